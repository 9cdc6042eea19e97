"""A browser without a network, and a settlement; makes `report_case` importable."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from report_case import Settled, told

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=20000", "--dump-dom",
)  # fmt: skip


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Path], str]:
    """Opens a page in chromium and gives back its document as drawn."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no browser: make test installs chromium")
        pytest.skip("no browser: apt-get install chromium")

    def dom(page: Path) -> str:
        command = [found, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    return dom


@pytest.fixture(scope="session")
def case() -> Settled:
    return told()
