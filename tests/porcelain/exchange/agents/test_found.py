"""Agents' sessions are found by the names of their files, and nothing outside their folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from porcelain.exchange.agents.claude_folder import claude_folder, existing_folder
from porcelain.exchange.agents.found import Found, found_sessions, is_session_name
from porcelain.exchange.agents.table import AGENTS, Places, UnknownAgent, agent_named, agent_of
from porcelain.transcript.format_table import FORMATS


def put(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(home: Path, **variables: str) -> list[tuple[str, str, bool]]:
    found = found_sessions(Places(str(home), variables))
    return [(one.agent.name, os.path.basename(one.path), one.part) for one in found]


def test_sessions_are_found_by_the_names_that_agents_give_them(home: Path) -> None:
    projects = home / ".claude" / "projects"
    put(projects / "-w-one" / "a.jsonl")
    put(projects / "-w-two" / "b.jsonl")
    put(projects / "-w-two" / "b" / "subagents" / "agent-1.jsonl")
    put(projects / "-w-two" / "b" / "subagents" / "workflows" / "w" / "agent-2.jsonl")
    put(projects / "-w-two" / "b" / "subagents" / "agent-1.meta.json")
    put(projects / "-w-two" / "b" / "tool-results" / "x.jsonl")
    put(projects / "-w-two" / "sessions-index.json")
    put(projects / "loose.jsonl")
    put(home / ".claude" / "history.jsonl")
    put(home / ".pawan" / "sessions" / "3f9c1a7e.json")
    put(home / ".pawan" / "sessions" / "notes.txt")

    assert names(home) == [
        ("claude", "a.jsonl", False),
        ("claude", "b.jsonl", False),
        ("claude", "agent-1.jsonl", True),
        ("claude", "agent-2.jsonl", True),
        ("pawan", "3f9c1a7e.json", False),
    ]


U = "11111111-2222-4333-8444-00000000000"


@pytest.mark.parametrize(
    ("path", "agent", "native_id"),
    [
        (f".codex/sessions/2026/11/30/rollout-2026-11-30T10-00-00-{U}1.jsonl", "codex", f"{U}1"),
        (f".codex/sessions/2026/11/30/rollout-T-{U}1_{U}2.jsonl", "codex", f"{U}1"),
        (f".codex/sessions/2026/11/30/rollout-T-{U}1.jsonl.zst", "codex", f"{U}1"),
        (f".codex/archived_sessions/rollout-T-{U}1.jsonl", "codex", f"{U}1"),
        (".local/share/opencode/opencode.db", "opencode", "opencode"),
        (".gemini/tmp/p/chats/session-2026-11-30T10-00-1a2b3c4d.jsonl", "gemini",
         "session-2026-11-30T10-00-1a2b3c4d"),
        (f".qwen/projects/-w-p/chats/{U}1.jsonl", "qwen", f"{U}1"),
        (f".copilot/session-state/{U}1/events.jsonl", "copilot", f"{U}1"),
        (f".copilot/session-state/{U}1.jsonl", "copilot", f"{U}1"),
        (f".pi/agent/sessions/--w-p--/2026-11-30T10-00-00-000Z_{U}1.jsonl", "pi", f"{U}1"),
        (f".cursor/projects/w-p/agent-transcripts/{U}1/{U}1.jsonl", "cursor", f"{U}1"),
    ],
)  # fmt: skip
def test_other_agents_sessions_are_found(home: Path, path: str, agent: str, native_id: str) -> None:
    put(home / path)

    (found,) = found_sessions(Places(str(home), {}))

    assert (found.agent.name, found.native_id, found.part) == (agent, native_id, False)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("a.json", True),
        ("a.jsonl", True),
        ("rollout-T.jsonl.zst", True),
        ("opencode.db", True),
        ("other.db", False),
        ("data.jsonl.zst", False),
        ("a.txt", False),
    ],
)
def test_files_in_folders_are_looked_at_by_their_names(name: str, may: bool) -> None:
    assert is_session_name(name) is may


def test_every_agent_writes_a_known_format() -> None:
    assert {agent.format for agent in AGENTS.values()} <= set(FORMATS)


def test_a_file_is_described_without_being_read(home: Path) -> None:
    path = put(home / ".pawan" / "sessions" / "3f9c1a7e.json", "12345")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    path.chmod(0)

    (found,) = found_sessions(Places(str(home), {}))

    assert found == Found(AGENTS["pawan"], str(path), 1_700_000_000.0, 5, "3f9c1a7e")


def test_a_sub_agents_file_belongs_to_the_session_that_started_it(home: Path) -> None:
    put(home / ".claude" / "projects" / "p" / "b" / "subagents" / "workflows" / "agent-2.jsonl")

    (found,) = found_sessions(Places(str(home), {}))

    assert (found.native_id, found.part) == ("b/agent-2", True)


def test_a_variable_moves_an_agents_folder(home: Path, tmp_path: Path) -> None:
    put(home / ".claude" / "projects" / "p" / "old.jsonl")
    put(tmp_path / "moved" / "projects" / "p" / "new.jsonl")

    moved = names(home, CLAUDE_CONFIG_DIR=str(tmp_path / "moved"))
    assert [name for _, name, _ in moved] == ["new.jsonl"]
    assert [name for _, name, _ in names(home, CLAUDE_CONFIG_DIR="")] == ["old.jsonl"]


def test_links_inside_an_agents_folder_lead_nowhere(home: Path, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "secret.jsonl")
    projects = home / ".claude" / "projects"
    put(projects / "p" / "a.jsonl")
    (projects / "q").symlink_to(outside.parent)
    (projects / "p" / "b.jsonl").symlink_to(outside)
    (projects / "p" / "loop").symlink_to(projects)

    assert [name for _, name, _ in names(home)] == ["a.jsonl"]


def test_the_folder_of_all_sessions_may_be_a_link(home: Path, tmp_path: Path) -> None:
    put(tmp_path / "disk" / "p" / "a.jsonl")
    (home / ".claude").mkdir()
    (home / ".claude" / "projects").symlink_to(tmp_path / "disk")

    assert [name for _, name, _ in names(home)] == ["a.jsonl"]


@pytest.mark.skipif(os.geteuid() == 0, reason="folders that root cannot read")
def test_a_folder_that_cannot_be_read_is_reported_and_left_out(home: Path) -> None:
    projects = home / ".claude" / "projects"
    put(projects / "closed" / "a.jsonl").parent.chmod(0)
    put(projects / "open" / "b.jsonl")
    errors: list[OSError] = []

    found = list(found_sessions(Places(str(home), {}), on_error=errors.append))
    (projects / "closed").chmod(0o700)

    assert [os.path.basename(one.path) for one in found] == ["b.jsonl"]
    assert [error.filename for error in errors] == [str(projects / "closed")]


def test_agents_are_looked_up_by_name_and_by_format() -> None:
    assert agent_named("claude").format == "claude-code"
    assert agent_of("pawan") is AGENTS["pawan"]
    assert agent_of("unknown") is None
    with pytest.raises(UnknownAgent, match=r"known: claude, .*, pawan"):
        agent_named("clyde")


# Claude Code's folder of a project


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/w/proj_a.b c", "-w-proj-a-b-c"),
        ("/w/ünï_ö", "-w--n---"),
        ("/w/🌍", "-w---"),
        ("/w/u\u0308", "-w--"),  # written with a combining mark, which is joined first
    ],
)
def test_a_project_folder_is_named_as_claude_code_names_it(path: str, name: str) -> None:
    assert claude_folder(path) == name


def test_a_link_to_a_project_names_the_project(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")

    assert claude_folder(str(tmp_path / "link")) == claude_folder(str(tmp_path / "real"))


def test_a_long_path_is_cut_and_ends_in_the_hash_of_the_sdk() -> None:
    """The expected hash was computed by claude-agent-sdk 0.2.189."""
    name = claude_folder("/w/" + "a" * 300)

    assert name == "-w-" + "a" * 197 + "-d8rhdl"


def test_of_a_long_path_an_existing_folder_is_used(tmp_path: Path) -> None:
    name = claude_folder("/w/" + "b" * 300)
    made_by_agent = tmp_path / f"{name[:200]}-x7k2m"
    made_by_agent.mkdir()

    assert existing_folder(str(tmp_path), name) == str(made_by_agent)
    assert existing_folder(str(tmp_path / "absent"), name) == str(tmp_path / "absent" / name)
    assert existing_folder(str(tmp_path), "-w-short") == str(tmp_path / "-w-short")
