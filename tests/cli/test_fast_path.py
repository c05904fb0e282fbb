"""What the commands that scripts run a thousand times a day load, and what they never do."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.cli.sandbox import Sandbox
from tests.harness.bare import git

_NEVER = {
    "dataclasses",
    "difflib",
    "hashlib",
    "importlib.metadata",
    "json",
    "locale",
    "logging",
    "pathlib",
    "pygit2",
    "shutil",
    "subprocess",
    "tempfile",
    "tomlkit",
    "tomllib",
}
_PROBE = """
import sys, click, sqlite3
before = set(sys.modules)
from porcelain.cli import main
code = main(sys.argv[1:])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""
# Of everything that this project has, what `wj log` loads. A line more has to be worth it.
_FOR_LOG = """
porcelain porcelain.cli porcelain.cli.colors porcelain.cli.commands porcelain.cli.commands.log
porcelain.cli.context porcelain.cli.errors porcelain.cli.listing porcelain.cli.lookup porcelain.cli.output
porcelain.cli.params porcelain.cli.render porcelain.cli.render.commit
porcelain.cli.render.graph porcelain.display porcelain.id_prefix porcelain.ids
porcelain.log_order porcelain.repo_graph porcelain.repo_reader porcelain.revset
porcelain.revset.selection porcelain.view_rows porcelain.view_value porcelain.whole_order
porcelain.workspace_list
store store.commit_row store.errors store.git_config store.ids store.index
store.index_connection store.index_file store.index_fingerprint store.index_marks
store.loose_refs store.ref_name store.ref_value store.replica store.repository
"""


def loaded(box: Sandbox, *words: str) -> set[str]:
    """Return the modules that a command loads beside click and sqlite3."""
    time.sleep(0.05)  # files younger than the clock's grain have to be looked at twice
    box.ok("status")
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *words], capture_output=True, check=True, text=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "line", ["log -n 10", "status", "session list", "lineage", "leaves", "children @-"]
)
def test_looking_loads_nothing_heavy(box: Sandbox, line: str) -> None:
    box.begin()

    assert loaded(box, *line.split()) & _NEVER == set()


def test_the_operation_log_loads_json_and_nothing_heavier(box: Sandbox) -> None:
    box.begin()

    assert loaded(box, "op", "log", "-n", "5") & _NEVER == {"json"}


def test_the_log_loads_what_it_needs(box: Sandbox) -> None:
    box.begin()

    found = {name for name in loaded(box, "log") if name.startswith(("porcelain", "store"))}

    assert found == set(_FOR_LOG.split())


def test_packed_refs_make_no_difference(box: Sandbox) -> None:
    box.begin()
    git(box.repo, "pack-refs", "--all", "--prune")

    assert loaded(box, "log") & _NEVER == set()


@pytest.mark.parametrize("line", ["version", "help", "config path --user"])
def test_commands_without_a_repository_load_no_database(box: Sandbox, line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.replace(", sqlite3", ""), *line.split()],
        capture_output=True,
        check=True,
        text=True,
    )

    assert set(done.stderr.split()) & {*_NEVER - {"locale", "shutil"}, "sqlite3"} == set()
    assert not box.repo.exists()


def test_what_moved_outside_is_seen_all_the_same(box: Sandbox) -> None:
    box.begin()
    loaded(box, "log")

    git(box.repo, "update-ref", "refs/sessions/outside", "refs/sessions/demo~1")

    assert box.sessions() == {"demo": "q3", "outside": "q2"}
