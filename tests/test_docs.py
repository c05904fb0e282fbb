"""The documentation, held to the program: examples run, every module is named, links lead somewhere.

Blocks of shell commands (```console) are run in a home of their own with a fixed clock and
fixed randomness, one page after the other from an empty folder, and what they print is
compared. `...` stands for any text on a line, alone on a line for any lines. Hex ids are
compared by which are equal, not by their digits.

    python tests/test_docs.py        writes the output that the commands have now into the pages
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from porcelain.exchange.agents.claude_folder import claude_folder
from porcelain.index import view_rows as view_index
from porcelain.index.text import text_file
from porcelain.model.operation import FORMAT, OperationData
from store.index import database_file as index_file
from store.repository.repository import FORMAT_VERSION
from tests.harness.places import ROOT, SAMPLE

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONSOLE_PAGES = ("README.md", "docs/tutorial.md")
PYTHON_PAGES = ("README.md", "docs/store.md", "docs/porcelain.md")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEX = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,40}\b")
SESSION = "5b0f2c1e-7d4a-4c39-9e62-3f8a1d70b6c4"
_START = 1_773_309_600  # 12 March 2026, 10:00 UTC


class Step(NamedTuple):
    """One command of a block, and what the page says that it prints."""

    command: str
    output: str


def blocks(text: str, language: str) -> list[str]:
    return [body for name, body in _BLOCK.findall(text) if name == language]


def steps(block: str) -> list[Step]:
    """Cut a block into commands; a line that begins with `> ` continues one."""
    found: list[Step] = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(Step(line[2:].rstrip("\n"), ""))
        elif line.startswith("> ") and not found[-1].output:
            found[-1] = Step(f"{found[-1].command}\n{line[2:].rstrip()}", "")
        else:
            found[-1] = found[-1]._replace(output=found[-1].output + line)
    return found


class Shell:
    """Runs a page's commands, each a minute after the one before; shows its home as `~`."""

    def __init__(self, folder: Path) -> None:
        """Use an empty folder, with `wj` on the path and the sample at hand.

        The sample is a file of that name, and a session of Claude Code in `~/project`.
        """
        self.home = folder / "home"
        self.home.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        wj = programs / "wj"
        wj.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m porcelain "$@"\n')
        wj.chmod(0o755)
        claude = programs / "claude"
        played = ROOT / "tests" / "agents" / "played_claude.py"
        claude.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{played}" "$@"\n')
        claude.chmod(0o755)
        shutil.copy(SAMPLE, self.home / "session.jsonl")
        self._keep_session(self.home / "project")
        self.count = 0
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WJ_")},
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "WJ_USER": "Ada",
            "WJ_EMAIL": "ada@example.org",
            "WJ_OP_USERNAME": "ada",
            "WJ_OP_HOSTNAME": "desk",
        }

    def _keep_session(self, project: Path) -> None:
        """Put the sample where Claude Code keeps the sessions of a project, as of two days ago."""
        project.mkdir()
        path = self.home / ".claude" / "projects" / claude_folder(str(project)) / f"{SESSION}.jsonl"
        path.parent.mkdir(parents=True)
        data = SAMPLE.read_bytes().replace(b"/home/dev/project", os.fsencode(project))
        path.write_bytes(data)
        os.utime(path, (_START - 2 * 86_400, _START - 2 * 86_400))

    def run(self, command: str) -> str:
        """Return what a command prints, errors included."""
        self.count += 1
        moment = f"{moment_text(_START + 60 * self.count)}"
        clock = {"WJ_TIMESTAMP": moment, "WJ_OP_TIMESTAMP": moment}
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.home,
            env={**self.environment, **clock, "WJ_RANDOMNESS_SEED": str(self.count)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        shown = result.stdout.replace(str(self.home), "~")
        shown = shown.replace(claude_folder(str(self.home)), "-home-ada")
        lines = (line.rstrip() for line in shown.splitlines())
        return "".join(f"{line}\n" for line in lines)


def moment_text(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Ids:
    """Which id on the page is which in this run: each stands for one other."""

    def __init__(self) -> None:
        """Know none."""
        self.actual: dict[str, str] = {}

    def learn(self, page: str, run: str) -> None:
        """Pair the ids of two outputs that are alike otherwise."""
        for said, found in zip(_HEX.findall(page), _HEX.findall(run), strict=False):
            self.actual.setdefault(said, found)

    def spoken(self, text: str) -> str:
        """Return a text of the page with the ids of this run."""
        return _HEX.sub(lambda match: self.actual.get(match[0], match[0]), text)


def matches(expected: str, actual: str) -> bool:
    parts = []
    for line in expected.splitlines():
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(re.escape(line).replace(r"\.\.\.", r"[^\n]*") + r"\n")
    return re.fullmatch("".join(parts), actual) is not None


@pytest.mark.parametrize("page", CONSOLE_PAGES)
def test_the_commands_of_a_page_print_what_it_says(page: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    ids = Ids()
    for block in blocks((ROOT / page).read_text("utf-8"), "console"):
        for step in steps(block):
            actual = shell.run(ids.spoken(step.command))
            ids.learn(step.output, actual)
            expected = ids.spoken(step.output)

            assert matches(expected, actual), (
                f"{page}: $ {step.command}\n--- says\n{expected}--- prints\n{actual}"
            )


@pytest.mark.parametrize("page", PYTHON_PAGES)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path) -> None:
    os.chdir(tmp_path)
    shutil.copy(SAMPLE, tmp_path / "session.jsonl")
    found = blocks((ROOT / page).read_text("utf-8"), "python")
    names: dict[str, object] = {}

    assert found
    for number, block in enumerate(found, 1):
        exec(compile(block, f"{page}, block {number}", "exec"), names)


def test_the_architecture_names_every_room_in_under_200_lines() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("store", "porcelain")
        for path in (ROOT / package).rglob("*.py")
        if len(path.parent.relative_to(ROOT).parts) > 1
    }
    named = set(re.findall(r"`((?:store|porcelain)/[a-z_/]+)/`", text))

    assert named - {"porcelain/actions"} == rooms - {"porcelain/actions"}
    assert len(text.splitlines()) < 200


def test_the_architecture_names_only_modules_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:store|porcelain)/[a-z_/]+\.py)`", text))

    assert named
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def data_model() -> str:
    return (ROOT / "docs" / "data-model.md").read_text("utf-8")


def test_the_data_model_says_the_versions_that_are_written() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| ", data_model(), re.MULTILINE)

    assert dict(rows) == {
        "repository": str(FORMAT_VERSION),
        "session tree": "2",
        "operation": str(FORMAT),
        "view": str(FORMAT),
        "index, store's tables": str(index_file.VERSION),
        "index, porcelain's tables": str(view_index.VERSION),
        "full-text index": text_file.VERSION.partition(" ")[0],
    }


def test_the_data_model_lists_every_member_of_an_operation_in_order() -> None:
    table = data_model().partition("members in this order")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+`) \| [^|]+ \|$", table, re.MULTILINE)
    members = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    wanted = list(dict.fromkeys(["version", *OperationData._fields]))

    assert members[: len(wanted)] == wanted


def test_the_data_model_lists_every_table_of_the_index() -> None:
    section = data_model().partition("\n## Index")[2]
    cells = re.findall(r"^\| (`[^|]+`) \| (?:store|porcelain) \|", section, re.MULTILINE)
    listed = sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell))
    with closing(index_file.copy_to_memory(None, view_index.TABLES, 0)) as index:
        rows = index.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()

    assert listed == sorted(name for (name,) in rows)


def test_the_data_model_shows_the_document_of_the_sample(tmp_path: Path) -> None:
    (shown,) = blocks(data_model(), "json")
    shell = Shell(tmp_path)
    shell.run("wj init sample.git && wj -R sample.git import session.jsonl")
    ref = f"refs/sessions/{SESSION}"

    assert shell.run(f"git -C sample.git show {ref}:session.json") == shown


def links(page: Path) -> Iterator[str]:
    """Yield where a page's links lead, outside of code."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not target.startswith(("https://", "http://", "mailto:")):
            yield target


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = [w.split(",")[0].lower() for w in re.findall(r"^\| ([^|]+?) \| ", text, re.MULTILINE)]

    assert words[1:] == sorted(set(words[1:]))


def test_the_reference_is_what_the_code_says() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "scripts.write_reference", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


_TEST = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")


def promises() -> list[str]:
    """Return the promises of the page on security, each a line of its lists."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## Not promised")[0]
    return [line for line in text.splitlines() if line.startswith("- ")]


def named_tests(path: str) -> set[str]:
    """Return the tests of a file, as pytest names them behind its path."""
    found = set()
    for part in ast.parse((ROOT / path).read_text("utf-8")).body:
        inner = part.body if isinstance(part, ast.ClassDef) else [part]
        first = f"::{part.name}" if isinstance(part, ast.ClassDef) else ""
        found |= {f"{first}::{one.name}" for one in inner if isinstance(one, ast.FunctionDef)}
    return found


def test_each_promise_of_security_names_tests_that_exist() -> None:
    assert len(promises()) > 20
    for promise in promises():
        for sentence in re.split(r"\.(?: |$)", promise)[:-1]:
            assert _TEST.search(sentence), sentence
        for path, name in _TEST.findall(promise):
            assert name in named_tests(path), f"{path}{name}"


def rewrite(page: Path) -> bool:
    """Write what the commands of a page print now into it, where that is not what it says."""
    text = page.read_text("utf-8")
    ids = Ids()
    with tempfile.TemporaryDirectory(prefix="wj-docs-") as folder:
        shell = Shell(Path(folder))

        def run(block: re.Match[str]) -> str:
            if block[1] != "console":
                return block[0]
            parts = []
            for step in steps(block[2]):
                actual = shell.run(ids.spoken(step.command))
                ids.learn(step.output, actual)
                expected = ids.spoken(step.output)
                command = ids.spoken(step.command).replace("\n", "\n> ")
                parts.append(f"$ {command}\n{expected if matches(expected, actual) else actual}")
            return f"```console\n{''.join(parts)}```"

        fresh = _BLOCK.sub(run, text)
    if fresh != text:
        page.write_text(fresh, "utf-8")
    return fresh != text


if __name__ == "__main__":
    for name in CONSOLE_PAGES:
        if rewrite(ROOT / name):
            sys.stdout.write(f"wrote {name}\n")
