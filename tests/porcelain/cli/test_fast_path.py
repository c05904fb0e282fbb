"""Modules that frequently run commands load, and modules that they never load."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox

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
from porcelain.cli.main import main
code = main(sys.argv[1:])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""
# Of everything that this project has, what `wj log` loads. A line more has to be worth it.
_FOR_LOG = """
porcelain
porcelain.cli
porcelain.cli.commands
porcelain.cli.commands.history
porcelain.cli.commands.history.log
porcelain.cli.main
porcelain.cli.render
porcelain.cli.render.commit
porcelain.cli.render.graph
porcelain.cli.render.log
porcelain.cli.render.looks
porcelain.cli.render.looks.look
porcelain.cli.render.looks.recipes
porcelain.cli.render.terms
porcelain.cli.render.terms.commit_terms
porcelain.cli.render.terms.ref_terms
porcelain.cli.render.terms.subject
porcelain.cli.run
porcelain.cli.run.colors
porcelain.cli.run.context
porcelain.cli.run.settings
porcelain.cli.run.errors
porcelain.cli.run.output
porcelain.cli.run.params
porcelain.display
porcelain.graph
porcelain.graph.graph_rows
porcelain.graph.repo_graph
porcelain.graph.line_order
porcelain.graph.workspace_list
porcelain.index
porcelain.index.default_log
porcelain.index.id_sources
porcelain.index.view_rows
porcelain.language
porcelain.language.id_prefix
porcelain.language.revset
porcelain.language.template
porcelain.language.template.linked
porcelain.language.template.methods
porcelain.language.template.operators
porcelain.language.template.shapes
porcelain.language.template.value
porcelain.language.revset.position_set
porcelain.model
porcelain.model.ids
porcelain.model.view_value
porcelain.repo
porcelain.repo.reader
store
store.document
store.document.agent_facts
store.errors
store.gitdir
store.gitdir.config_file
store.gitdir.loose_ref
store.gitdir.own_files
store.ids
store.index
store.index.commit_index
store.index.commit_row
store.index.connection
store.index.noting
store.index.database_file
store.index.ref_stat_cache
store.document.numbers
store.repository
store.repository.ref_read
store.repository.replica
store.repository.repository
"""


def loaded(box: Sandbox, *words: str) -> set[str]:
    """Return the modules that a command loads beside click and sqlite3."""
    time.sleep(0.05)  # files younger than the clock's grain have to be looked at twice
    box.ok("status")
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *words],
        env={**os.environ},  # without what readline puts into the environment behind it
        capture_output=True,
        check=True,
        text=True,
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
