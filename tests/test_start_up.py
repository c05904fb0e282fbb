"""Start-up time: an import stands inside a function only where it saves a frequent run something."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.places import ROOT, SAMPLE

# Runs that happen a thousand times a day; each line goes on from the one before.
RUNS = [
    ["init", "r.git"],
    ["import", str(SAMPLE), "--session", "talk"],
    ["log"],
    ["status"],
    ["op", "log"],
    ["session", "list"],
    ["show"],
    ["search", "the"],
    ["search", "the"],  # the first fills the full-text file
    ["log", "-r", "mine()"],
    ["lineage"],
    ["fork", "talk", "try"],
    ["append", "-m", "go on"],
    ["undo"],
    ["new"],
    ["describe", "-m", "a title"],
    ["export", "talk"],
    ["config", "path", "--user"],
    ["version"],
    ["--help"],
]
LIBRARY = """
from store import Session, SessionStore
store = SessionStore.init("s.git")
first = store.save(Session.new("talk", model="m", created_at="2026-01-01T00:00:00+00:00"))
store.append(first.id, [{"role": "user", "content": "hello"}])
store.lineage("talk")
"""
PROBE = """
import sys
run = sys.argv.pop(1)
sys.argv[0] = "wj"
try:
    exec(run)
finally:
    sys.stderr.write("\\n" + " ".join(sys.modules))
"""
COMMAND = (
    "import porcelain.__main__\nfrom porcelain.cli.main import main\nassert main(sys.argv[1:]) == 0"
)
HOOK = """
import porcelain.__main__
from porcelain.exchange.live.poke import poke
assert poke(["copilot", "--spool", "spool"], 0.0, lambda *_: None)
"""


def loaded(folder: Path, code: str, *words: str) -> set[str]:
    """Return the modules that a run had loaded at its end."""
    result = subprocess.run(
        [sys.executable, "-c", PROBE, code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WJ_REPO": str(folder / "r.git")},
        input='{"sessionId": "one"}',
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.rpartition("\n")[2].split())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """Return what each frequent run loads."""
    folder = tmp_path_factory.mktemp("runs")
    commands = [loaded(folder, COMMAND, *words) for words in RUNS]
    return [*commands, loaded(folder, LIBRARY), loaded(folder, HOOK)]


def inner_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and module of each import inside a function."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in ast.walk(function):
                if isinstance(part, ast.ImportFrom) and part.module:
                    yield part.lineno, part.module
                elif isinstance(part, ast.Import):
                    yield from ((part.lineno, alias.name) for alias in part.names)


def test_an_import_inside_a_function_saves_a_frequent_run_something(runs: list[set[str]]) -> None:
    useless = []
    for path in sorted(
        file for top in ("store", "porcelain") for file in (ROOT / top).rglob("*.py")
    ):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        light = [run for run in runs if module in run]
        for line, imported in inner_imports(path):
            if not any(imported not in run for run in light):
                useless.append(f"{path.relative_to(ROOT)}:{line} {imported}")

    assert "\n".join(useless) == ""
