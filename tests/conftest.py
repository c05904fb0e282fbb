"""The seal around every test: no home, no configuration, no clock zone of the machine's.

The environment is sealed twice: once while this file is loaded, because libgit2 looks for
the user's configuration when it is imported; and for each test, with a home of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_DROPPED_PREFIXES = ("GIT_", "WJ_", "XDG_", "LC_", "PYGIT2_")
_DROPPED = ("BROWSER", "COLUMNS", "EMAIL", "FORCE_COLOR", "LANG", "LANGUAGE", "LINES", "NO_COLOR")
_FIXED = {
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    # Whoever starts an editor must have been given one by the test.
    "EDITOR": "false",
    "VISUAL": "false",
    "GIT_EDITOR": "false",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def sealed_environment(home: Path) -> dict[str, str]:
    """Return what a test may see of the environment, with `home` as its home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    own = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
    }
    return kept | _FIXED | own


_MEMORY = Path("/dev/shm")  # a memory file system; folders of this run are made in it
_ROOM = 2 << 30


def _use_memory() -> None:
    """Put all temporary files into memory where the machine has room for them.

    A test makes a repository of its own and most of its time would go into waiting for a disk.
    Programs and hooks are written there too, so it must be allowed to run them.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    room = os.statvfs(_MEMORY)
    if room.f_bavail * room.f_frsize >= _ROOM and not room.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


_use_memory()
_loading_home = Path(tempfile.mkdtemp(prefix="wj-tests-"))
_sealed = sealed_environment(_loading_home)
os.environ.clear()
os.environ.update(_sealed)
time.tzset()

# Two busy cores make any deadline a coin toss; a failing example is printed and belongs
# into the test file, not into a database beside it. The suite takes the same examples in each
# run, so that a failure belongs to the change that was made; `make soak` takes new ones.
settings.register_profile(
    "random",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("same", settings.get_profile("random"), derandomize=True)
settings.load_profile("same")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End the run with one line that says what was not tested, and how to have it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in skipped}
    if reasons:
        terminalreporter.write_line(f"Not tested: {'; '.join(sorted(reasons))}.", yellow=True)


def pytest_sessionfinish() -> None:
    """Remove the home that was there while the tests were loaded."""
    shutil.rmtree(_loading_home, ignore_errors=True)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty home and an environment without the machine's."""
    folder = tmp_path_factory.mktemp("home")
    wanted = sealed_environment(folder)
    for name in set(os.environ) - set(wanted):
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture(autouse=True)
def _back_to_the_folder() -> Iterator[None]:
    """Undo a change of the current folder, which outlives the test that made it."""
    before = Path.cwd()
    yield
    os.chdir(before)


@pytest.fixture
def repo_path(tmp_path: Path) -> Path:
    """Return where the test may make its repository; nothing is there yet."""
    return tmp_path / "repo.git"
