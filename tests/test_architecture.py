"""Rules that no linter checks: sizes, names, docstrings, and that the import contracts bite."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.places import ROOT

PACKAGES = ("store", "porcelain")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_ENTRIES = 15

# path::function -> why it may be longer. May only shrink.
LONG_FUNCTIONS: dict[str, str] = {}

BANNED_PARTS = frozenset(
    {
        "checkpoint",
        "checkpoints",
        "snapshot",
        "snapshots",
        "branch",
        "branches",
        "thread",
        "threads",
        "node",
        "nodes",
        "manager",
        "managers",
        "helper",
        "helpers",
        "util",
        "utils",
        "common",
        "misc",
        "core",
        "base",
    }
)
# `wj util` is a command, and a command's file has its name.
NAMED_BY_COMMAND = Path("porcelain/cli/commands")


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and text of every file that the project ships."""
    folders = (*PACKAGES, "tests", "docs", "scripts", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += [path for path in ROOT.iterdir() if path.name != ".git"]
    for path in sorted(files):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8", errors="replace")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_a_concept() -> None:
    long = {
        shown(path): lines
        for path in sources(*PACKAGES, "tests", "scripts")
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_FILE_LINES
    }

    assert long == {}


def test_no_folder_has_more_entries_than_a_reader_takes_in() -> None:
    full = {
        shown(folder): entries
        for folder in {path.parent for path in sources(*PACKAGES, "tests")}
        if (
            entries := sum(
                c.suffix == ".py" or (c.is_dir() and c.name != "__pycache__")
                for c in folder.iterdir()
            )
        )
        > MAX_ENTRIES
    }

    assert full == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = set()
    for path in sources(*PACKAGES, "scripts"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.add(f"{shown(path)}::{node.name}")

    assert long == set(LONG_FUNCTIONS)


def test_no_module_is_named_for_nothing_or_by_a_second_word() -> None:
    banned = {
        shown(path)
        for path in sources(*PACKAGES)
        if not path.relative_to(ROOT).is_relative_to(NAMED_BY_COMMAND)
        and BANNED_PARTS & set(path.with_suffix("").name.split("_"))
    }

    assert banned == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_says_what_it_is(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__doc__

    silent = {
        public
        for public in getattr(package, "__all__", ())
        if inspect.isclass(value := getattr(package, public)) or inspect.isroutine(value)
        # A named tuple or dataclass without a docstring gets its signature for one.
        if not value.__doc__ or value.__doc__.startswith(f"{value.__name__}(")
    }

    assert silent == set()


def test_no_work_is_put_off_in_a_comment() -> None:
    marks = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")

    found = {path for path, text in texts() if path.endswith((".py", ".sh")) and marks.search(text)}

    assert found == set()


def test_nothing_is_tied_to_one_machine_or_registry() -> None:
    places = r"/[r]oot/|/[w]ork/|\.pyen[v]\b|site-package[s]|pypi\.or[g]|pythonhoste[d]\.org"
    tied = re.compile(rf"(?<![\w.~)}}>])(?:{places})")

    found = {
        f"{path}: {match.group()}"
        for path, text in texts()
        # A sample holds an invented person's folders.
        if not path.startswith("docs/sample/") and (match := tied.search(text))
    }

    assert found == set()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in PACKAGES:
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(folder: Path) -> str:
    """Return what import-linter says of the copy, "" where it keeps every contract."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout + result.stderr if result.returncode else ""


def test_the_import_contracts_hold_and_a_new_file_needs_no_line(copy: Path) -> None:
    (copy / "store" / "objects" / "new.py").touch()
    (copy / "porcelain" / "cli" / "commands" / "history" / "new.py").touch()

    assert broken_contracts(copy) == ""


def test_an_undeclared_room_a_wrong_import_and_a_cycle_break_them(copy: Path) -> None:
    (copy / "store" / "tools.py").touch()
    (copy / "porcelain" / "tools.py").touch()
    for path, line in {
        "store/objects/fanout.py": "import pygit2",
        "store/objects/tree.py": "import porcelain",
        "store/objects/tag.py": "import store.objects.commit_walk",
        "store/objects/commit_walk.py": "import store.objects.tag",
        "porcelain/cli/config/layers.py": "import click, tomlkit",
        "porcelain/cli/config/keys.py": "import porcelain.cli.main",
    }.items():
        with (copy / path).open("a") as file:
            file.write(f"\ndef late() -> None:\n    {line}\n")

    said = broken_contracts(copy)

    for fault in (
        "- store.tools",
        "- porcelain.tools",
        "store.objects.fanout -> pygit2",
        "store.objects.tree -> porcelain",
        "No cycles are allowed in store.objects",
        "porcelain.cli.config.layers -> click",
        "porcelain.cli.config.layers -> tomlkit",
        "porcelain.cli.config.keys -> porcelain.cli.main",
    ):
        assert fault in said
