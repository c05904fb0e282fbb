"""The frameworks' own tests, from their source packages, with our classes in place of theirs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.places import ROOT

pytestmark = pytest.mark.adapters

CLAUDE = (
    "test_session_helpers_store.py",
    "test_session_import.py",
    "test_session_mutations.py",
    "test_session_resume.py",
    "test_session_store_anyio.py",
    "test_session_store_conformance.py",
    "test_session_summary.py",
    "test_transcript_mirror.py",
)
OPENAI = (
    "memory/test_session.py",
    "memory/test_session_limit.py",
    "memory/test_session_persistence_sanitize.py",
    "test_hitl_session_scenario.py",
)
# Parts of names of their tests that cannot hold for another class, and why.
CLAUDE_LEFT_OUT = {
    "test_continue_": "reads the private member _mtimes",
    "test_load_concurrency_is_bounded": "counts steps of the event loop",
    "test_gap_fill_bounded_concurrency": "counts steps of the event loop",
    "test_cancelled_after_mkdtemp": "expects to get there within milliseconds",
    "test_eager_flush_mode_appends_per_frame_before_result": "counts steps of the event loop",
}
OPENAI_LEFT_OUT = {
    "test_sqlite_session_close": "looks at connections of sqlite3, or for their error's text",
    "test_sqlite_session_reaps_connections": "looks at connections of sqlite3",
    "test_sqlite_session_keeps_connections": "looks at connections of sqlite3",
    "skips_corrupt": "writes into their file",
    "only_corrupt_rows": "writes into their file",
    "test_sqlite_session_file_lock_is_shared": "looks at their lock",
    "test_sqlite_session_failed_": "opens their file",
    "test_sqlite_session_rollback_failure": "looks at connections of sqlite3",
    "test_sqlite_session_post_commit": "looks at connections of sqlite3",
}

OPENAI_ADVANCED = ("extensions/memory/test_advanced_sqlite_session.py",)
OPENAI_ADVANCED_LEFT_OUT = {
    "closed_rejects_empty_add_items": "looks for their error's text",
    "test_branch_ids_remain_reserved": "ours may use the name of a deleted branch again",
    "test_get_conversation_turns": "wants a member `timestamp`",
    "test_structure_tables_": "looks at their tables",
    "test_create_branch_logging_": "looks at their log",
    "test_generated_branch_ids_do_not_merge": "looks for the names that theirs makes",
    "test_failed_force_delete": "ours has branches without items",
    "test_add_captures_coherent": "looks at private members, through a function of the tests",
    "test_clear_session_resets": "looks at private members, through a function of the tests",
}

LANGGRAPH = ("test_time_travel.py", "test_time_travel_async.py")
LANGGRAPH_LEFT_OUT = {
    "memory": "another saver",
    "aes": "their saver on SQLite, encrypted",
}


def run(suite: str, plugin: str, files: tuple[str, ...], left_out: dict[str, str]) -> int:
    """Run a vendor's tests, and return the number that passed; all others must be left out."""
    found = sorted((ROOT / ".venv-adapters" / "suites").glob(f"{suite}-[0-9]*/"))
    if not found:
        pytest.skip("adapters of agent frameworks (make adapters)")
    only = " and ".join(f"not {part}" for part in left_out)
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", plugin, "-k", only, "-p", "no:cacheprovider"]
        + [f"tests/{name}" for name in files],
        cwd=found[0],
        env={
            **os.environ,
            "NO_DOCKER": "true",
            "PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    passed = re.search(r"(\d+) passed", result.stdout)
    assert passed is not None
    return int(passed[1])


def test_claude_agent_sdk() -> None:
    assert run("claude_agent_sdk", "claude_in_git", CLAUDE, CLAUDE_LEFT_OUT) >= 400


def test_openai_agents() -> None:
    assert run("openai_agents", "openai_in_git", OPENAI, OPENAI_LEFT_OUT) >= 80


def test_openai_agents_with_branches() -> None:
    assert (
        run("openai_agents", "openai_advanced_in_git", OPENAI_ADVANCED, OPENAI_ADVANCED_LEFT_OUT)
        >= 45
    )


def test_langgraph() -> None:
    assert run("langgraph", "langgraph_in_git", LANGGRAPH, LANGGRAPH_LEFT_OUT) >= 90
