"""Tables of coalition values as files, good and bad, and the command as a user runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from game_tables import write_game
from tongzhou.model.errors import ScenarioError, UsageError
from tongzhou.model.game.table_game import TableGame
from tongzhou.scenarios.game_table import read_game
from tongzhou.service.cli import game as command
from tongzhou.service.cli.main import run


def written(folder: Path, *lines: str, head: str = "coalition,value") -> Path:
    path = folder / "game.csv"
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read_game(path)
    assert "处错误" in caught.value.report("zh")
    return [fault.line("en") for fault in caught.value.faults]


def test_players_are_ordered_by_their_own_rows(tmp_path: Path) -> None:
    table = read_game(written(tmp_path, "y z,5", "z,2", "x  y z,9.5", "x,1e0", "y,-3", "z x,4", "x y,.5", ",0"))
    assert table.players == ("z", "x", "y")
    # bits z = 1, x = 2, y = 4
    assert table.values.tolist() == [0, 2, 1, 4, -3, 5, 0.5, 9.5]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_common_text_file_is_read(tmp_path: Path, start: str, end: str) -> None:
    path = tmp_path / "game.csv"
    path.write_bytes(end.join((f"{start}value,coalition", "1,郑州", "2,开封", "", "2.5,开封　郑州")).encode())
    table = read_game(path)
    assert table.players == ("郑州", "开封")
    assert table.values.tolist() == [0, 1, 2, 2.5]


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path, "A,nan", "B,1", "A A,3", "B A,1", "A B,2", ",5", "C B,1 000", "A C,inf", "A B C,", "C,1e999"
    )
    assert faults(path) == [
        "game, row 2, column value: found `nan`; expected: a finite number",
        "game, row 4, column coalition: found `A`; expected: each player once in a coalition",
        "game, row 6, column coalition: found `A B`; expected: each coalition once (also in row 5)",
        "game, row 7, column value: found `5`; expected: 0 for the coalition of nobody",
        "game, row 8, column value: found `1 000`; expected: a finite number",
        "game, row 9, column value: found `inf`; expected: a finite number",
        "game, row 10, column value: found blank; expected: a finite number",
        "game, row 11, column value: found `1e999`; expected: a finite number",
    ]


def test_missing_coalitions_are_one_fault_with_the_first_ten(tmp_path: Path) -> None:
    path = write_game(tmp_path / "game.csv", "ABCDE", dict.fromkeys((1, 2, 4, 8, 16, 31), 1.0))
    # 31 coalitions less 6; the first by size: the ten pairs.
    (line,) = faults(path)
    assert "25 missing: `A B`, `A C`, `B C`, `A D`, `B D`, `C D`, `A E`, `B E`, `C E`, `D E`, ...;" in line
    assert "a row for each of the 31 coalitions of 5 players" in line


def test_a_misspelt_player_is_pointed_out(tmp_path: Path) -> None:
    (line,) = faults(written(tmp_path, "A,1", "B,1", "C,1", "A B,1", "A C,1", "B C,1", "A B Cc,1"))
    assert "a misspelling? `Cc`" in line


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("coalition,value,note", ["A,1,hello"], "column note: found `note`; expected: the columns coalition and value"),
        ("coalition,valu", ["A,1"], "did you mean `value`?"),
        ("coalition", ["A"], "column value: found no such column"),
        ("coalition,value,value", ["A,1,1"], "expected: each column once"),
        ("coalition,value", [], "found no rows"),
        ("", [], "column coalition: found no such column"),
        ("coalition,value", ["A,1,2"], "found 3 cells; expected: 2 cells"),
        ("coalition,value", ["A"], "found 1 cells; expected: 2 cells"),
        ("coalition,value", ['"A,1'], "a well-formed CSV file"),
    ],
)
def test_files_of_another_form(tmp_path: Path, head: str, rows: list[str], expected: str) -> None:
    assert any(expected in line for line in faults(written(tmp_path, *rows, head=head)))


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "game.csv"
    path.write_bytes("coalition,value\n郑州,1\n".encode("gb18030"))
    assert any("text in UTF-8" in line for line in faults(path))


def test_too_many_players_are_one_fault(tmp_path: Path) -> None:
    (line,) = faults(written(tmp_path, *(f"p{place},1" for place in range(40))))
    assert "found 25 players, the last one `p24`; expected: at most 24 players" in line


def test_a_file_full_of_faults_is_not_read_to_its_end(tmp_path: Path) -> None:
    found = faults(written(tmp_path, *("A,one" for _ in range(5000))))
    assert len(found) < 300


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_game(tmp_path / "game.csv")


def test_a_large_table_is_read_in_seconds(tmp_path: Path) -> None:
    values = {group: float(group % 97) for group in range(1, 1 << 16)}
    path = write_game(tmp_path / "game.csv", [f"p{place}" for place in range(16)], values)
    start = time.process_time()
    table = read_game(path)
    assert time.process_time() - start < 5
    assert np.array_equal(table.values[1:], np.array(list(values.values())))


@pytest.fixture
def peleg(tmp_path: Path) -> Path:
    """Peleg, Sudhoelter 2007, example 5.5.12."""
    return written(tmp_path, "A,0", "B,0", "C,0", "A B,10", "A C,0", "B C,0", "A B C,2")


def test_the_document_of_an_answer(peleg: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["game", str(peleg), "--kind", "savings", "--format", "json"]) == 0
    # AB give up 10 - (2 - x_C), C gives up -x_C: equal at x_C = -4, epsilon 4. AB need 10: D = 8. With x_C >= 0: (1, 1, 0).
    assert json.loads(capsys.readouterr().out) == {
        "rule": "nucleolus",
        "kind": "savings",
        "players": ["A", "B", "C"],
        "allocation": {"A": 1.0, "B": 1.0, "C": 0.0},
        "core_empty": True,
        "least_core_epsilon": 4.0,
        "cost_of_stability": 8.0,
        "worst_group": ["A", "B"],
        "worst_excess": 8.0,
        "imputation_set_empty": False,
        "prenucleolus_returned": False,
    }


def test_no_imputation_is_flagged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Two players who cost 1 alone and 4 together: excess 1 each at (2, 2).
    path = written(tmp_path, "A,1", "B,1", "A B,4")
    assert run(["game", str(path), "--kind", "cost", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["imputation_set_empty"] and found["prenucleolus_returned"]
    assert found["allocation"] == {"A": 2.0, "B": 2.0}
    assert found["least_core_epsilon"] == 1.0
    assert found["cost_of_stability"] == 2.0
    assert run(["game", str(path), "--kind", "cost"]) == 0
    assert "prenucleolus" in capsys.readouterr().out


def test_a_table_on_the_terminal_in_both_languages(
    peleg: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, word in (("en", "core empty: yes"), ("zh", "核为空: 是")):
        monkeypatch.setenv("TONGZHOU_LANG", language)
        assert run(["game", str(peleg), "--kind", "savings", "--rule", "least-core"]) == 0
        assert word in capsys.readouterr().out


def test_exit_codes(peleg: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["game", str(peleg), "--kind", "savings", "--rule", "responsibility"]) == 2
    assert "nucleolus, least-core, shapley, equal-surplus" in capsys.readouterr().err
    assert run(["game", str(peleg)]) == 2, "a table says whether it holds costs or savings"
    assert run(["game", str(tmp_path / "none.csv"), "--kind", "cost"]) == 2
    assert run(["game", str(written(tmp_path, "A,x")), "--kind", "cost"]) == 3
    assert "row 2, column value" in capsys.readouterr().err


def test_values_of_any_size_come_back_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for scale in (1e-3, 1.0, 1e9):
        path = write_game(tmp_path / "game.csv", "AB", {1: 3 * scale, 2: 1 * scale, 3: 3 * scale})
        assert run(["game", str(path), "--kind", "cost", "--format", "json"]) == 0
        # savings of 1 are halved
        found = json.loads(capsys.readouterr().out)["allocation"]
        assert found == {"A": pytest.approx(2.5 * scale, rel=1e-12), "B": pytest.approx(0.5 * scale, rel=1e-12)}
        assert not any(re.search(r"\d{13}", repr(amount)) for amount in found.values())


def test_an_answer_can_be_cancelled(
    peleg: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = command.solve_game

    def interrupted(*arguments: object, **options: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return solve(*arguments, **options)

    monkeypatch.setattr(command, "solve_game", interrupted)
    assert run(["game", str(peleg), "--kind", "savings", "--format", "json"]) == 130
    printed = capsys.readouterr()
    assert not printed.out
    assert "stopped before there was an answer" in printed.err


def test_progress_of_long_searches_goes_to_stderr(
    peleg: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["game", str(peleg), "--kind", "savings", "--format", "json"]
    assert run(arguments) == 0
    assert not capsys.readouterr().err, "short work is silent"
    separate = TableGame.separate

    def slow(*arguments: object, **options: object) -> object:
        time.sleep(0.02)
        return separate(*arguments, **options)

    monkeypatch.setattr(TableGame, "separate", slow)
    monkeypatch.setattr(command, "QUIET_S", 0.01)
    assert run(arguments) == 0
    printed = capsys.readouterr()
    assert "level" in printed.err
    assert json.loads(printed.out)["core_empty"]
