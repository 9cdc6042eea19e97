"""Rules of the repository that no linter knows."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from tongzhou.model.pages import formulation_page

ROOT = Path(__file__).parents[1]
FOLDERS = ("model", "solvers", "scenarios", "service")


def test_every_package_is_listed_for_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        "tongzhou." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert listed == found


def test_the_formulation_page_is_fresh() -> None:
    assert (ROOT / "model" / "README.md").read_text(encoding="utf-8") == formulation_page(), "run `make docs`"


def test_lock_files_pin_every_package_with_hashes_and_hold_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in block, block
            assert "--hash=sha256:" in block, block


def test_modules_and_functions_stay_small() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_no_file_names_a_path_of_one_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    pattern = re.compile(r"(?<![\w.])/(home|root|work)/\w")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".lock", ".csv", ".json", "") and path.is_file():
            assert not pattern.search(path.read_text(encoding="utf-8")), name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_files_that_documents_name_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
    for target in re.findall(r"`((?:model|solvers|scenarios|service|tests)/[\w/.-]+)`", text):
        assert (ROOT / target).exists(), target
