"""`wj agent`: hooks in the user's own settings, shown before they are written."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from porcelain.exchange.agents.table import AGENTS, Places
from porcelain.exchange.hooks.table import HOOKS, hook_line
from tests.porcelain.cli.commands.live.agent_files import Session
from tests.porcelain.cli.sandbox import Sandbox

OLD = b'{\n    "model": "opus",  \n    "cleanupPeriodDays": 9999,\n    "env": {"A": "b"}\n}'


@pytest.fixture
def settings(box: Sandbox, home: Path) -> Path:
    """Return Claude Code's settings of a user who has a repository."""
    box.ok("init")
    path = home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def test_a_change_is_shown_and_written_only_when_told_so(box: Sandbox, settings: Path) -> None:
    shown = box.ok("agent setup claude")
    assert '+    "hooks": {' in shown
    assert "`wj agent setup claude --yes` writes it" in shown
    assert settings.read_bytes() == OLD

    assert "Claude Code: is set up in" in box.ok("agent setup claude --yes")
    command = json.loads(settings.read_bytes())["hooks"]["Stop"][0]["hooks"][0]["command"]
    assert command.startswith("sh -c '")
    assert command.endswith("exit 0'")
    assert str(box.repo) in command
    assert settings.stat().st_mode & 0o777 == 0o640
    assert "is set up already" in box.ok("agent setup claude --yes")
    assert "Claude Code (claude): set up\n" in box.ok("agent status claude")


def test_it_is_taken_back_exactly(box: Sandbox, settings: Path) -> None:
    box.ok("agent setup claude --yes")
    assert '-    "hooks": {' in box.ok("agent remove claude")
    assert settings.read_bytes() != OLD
    box.ok("agent remove claude --yes")
    assert settings.read_bytes() == OLD
    assert "is not set up already" in box.ok("agent remove claude --yes")


def test_what_the_user_wrote_since_stays(box: Sandbox, settings: Path) -> None:
    box.ok("agent setup claude --yes")
    value = json.loads(settings.read_bytes())
    value["hooks"]["Stop"].append({"hooks": [{"type": "command", "command": "mine"}]})
    settings.write_text(json.dumps(value))
    box.ok("agent remove claude --yes")
    left = json.loads(settings.read_bytes())
    assert left["hooks"] == {"Stop": [{"hooks": [{"type": "command", "command": "mine"}]}]}
    assert left["env"] == {"A": "b"}


def test_a_member_that_was_written_behind_ours_stays(box: Sandbox, settings: Path) -> None:
    settings.write_bytes(b'{"hooks": {}}')
    box.ok("agent setup claude --yes")
    text = settings.read_bytes()
    settings.write_bytes(text[:-2] + b', "Start": []}}')
    box.ok("agent remove claude --yes")
    assert json.loads(settings.read_bytes()) == {"hooks": {"Start": []}}


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"{\n}\n", b'{"hooks":{"Stop":[]}}'])
def test_small_files_come_back_exactly(box: Sandbox, settings: Path, data: bytes) -> None:
    settings.write_bytes(data)
    box.ok("agent setup claude --yes")
    assert json.loads(settings.read_bytes())["hooks"]["Stop"]
    box.ok("agent remove claude --yes")
    assert settings.read_bytes() == data


def test_a_linked_file_is_written_at_its_target(box: Sandbox, settings: Path) -> None:
    target = box.folder / "dotfiles" / "claude.json"
    target.parent.mkdir()
    settings.rename(target)
    settings.symlink_to(target)
    box.ok("agent setup claude --yes")
    assert settings.is_symlink()
    assert b"hook claude" in target.read_bytes()
    box.ok("agent remove claude --yes")
    assert settings.is_symlink()
    assert target.read_bytes() == OLD


def test_files_that_were_made_are_removed_again(box: Sandbox, home: Path) -> None:
    box.ok("init")
    for name in ("codex", "gemini", "qwen", "copilot"):
        (home / AGENTS[name].folder).mkdir()
    said = box.ok("agent setup --yes")
    assert "trust this one" in said  # Codex asks for it
    assert "sessionRetention" in said
    for name in ("codex", "gemini", "qwen", "copilot"):
        path = Path(HOOKS[name].path(Places(str(home), {})))
        (entry,) = json.loads(path.read_bytes())["hooks"][HOOKS[name].event]
        assert HOOKS[name].is_ours(entry)
        assert path.stat().st_mode & 0o77 == 0
    box.ok("agent remove --yes")
    for name in ("codex", "gemini", "qwen", "copilot"):
        assert list((home / AGENTS[name].folder).iterdir()) == []


def test_an_older_hook_of_ours_is_replaced(box: Sandbox, settings: Path) -> None:
    box.ok("agent setup claude --yes")
    box.ok("init other.git")
    assert "set up for another repository" in box.ok("agent status claude -R other.git")
    box.ok("agent setup claude --yes -R other.git")
    (entry,) = json.loads(settings.read_bytes())["hooks"]["Stop"]
    assert "other.git" in entry["hooks"][0]["command"]
    box.ok("agent remove claude --yes")
    assert settings.read_bytes() == OLD


@pytest.mark.parametrize(
    "data", [b"// a comment\n{}", b"[]", b'{"hooks": 1}', b'{"hooks": {"Stop": {}}}', b"\xff", b"{"]
)
def test_settings_that_are_not_understood_are_left_alone(
    box: Sandbox, settings: Path, data: bytes
) -> None:
    settings.write_bytes(data)
    done = box.run("agent", "setup", "claude", "--yes")
    assert done.code == 1
    assert done.err.startswith("Error: ~/.claude/settings.json")
    assert settings.read_bytes() == data
    box.ok("agent status")
    box.ok("agent list")


def test_the_line_ends_of_the_file_are_kept(box: Sandbox, settings: Path) -> None:
    settings.write_bytes(OLD.replace(b"\n", b"\r\n"))
    box.ok("agent setup claude --yes")
    text = settings.read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") > 10
    box.ok("agent remove claude --yes")
    assert settings.read_bytes() == OLD.replace(b"\n", b"\r\n")


def test_where_nothing_of_ours_is_nothing_is_removed(
    box: Sandbox, home: Path, settings: Path
) -> None:
    settings.write_bytes(b"// a comment\n{}")
    (home / ".qwen").mkdir()
    box.ok("agent setup qwen --yes")
    said = box.ok("agent remove --yes")
    assert "Claude Code: is not set up already" in said
    assert list((home / ".qwen").iterdir()) == []

    settings.write_bytes(b'// by hand\n{"command": "wj hook claude --spool /x"}')
    assert "Remove the entry by hand" in box.wj("agent remove claude --yes")


@pytest.mark.parametrize("mode", ["file", "records"])
def test_a_file_that_cannot_be_written_is_named(
    box: Sandbox, home: Path, settings: Path, mode: str
) -> None:
    if mode == "file":
        settings.chmod(0o440)
        wanted = "Error: ~/.claude/settings.json is read-only"
    else:
        records = home / ".local" / "state" / "wajutsu" / "agents"
        records.parent.mkdir(parents=True, exist_ok=True)
        records.write_text("in the way")
        wanted = "Error: ~/.local/state/wajutsu/agents cannot be written"
    done = box.run("agent", "setup", "claude", "--yes")
    assert done.code == 1
    assert done.err.splitlines()[0].startswith(wanted)
    assert settings.read_bytes() == OLD


def test_a_folder_that_is_no_text_is_refused(box: Sandbox, settings: Path) -> None:
    folder = os.fsdecode(bytes(box.folder) + b"/\xff.git")
    box.ok(f"init {folder}")
    said = box.run("agent", "setup", "claude", "--yes", "-R", folder)
    assert (said.code, said.err.count("is not UTF-8")) == (1, 1)
    assert settings.read_bytes() == OLD


def test_agents_without_hooks_name_the_watch(box: Sandbox) -> None:
    box.ok("init")
    assert "`wj watch` records its sessions" in box.wj("agent setup cursor")
    assert "doesn't exist" in box.wj("agent setup nobody")
    assert "No agent with hooks is here" in box.wj("agent setup")


def test_without_a_repository_nothing_is_set_up(box: Sandbox, home: Path) -> None:
    (home / ".claude").mkdir()
    assert "There is no repository" in box.wj("agent setup claude --yes")
    assert list((home / ".claude").iterdir()) == []
    assert "not set up" in box.ok("agent list")


def test_the_list_names_each_agent_and_data_has_the_rest(
    box: Sandbox, home: Path, settings: Path
) -> None:
    Session(home)
    first = box.ok("agent list").splitlines()[0]
    assert first == "claude: Claude Code, 1 file; not set up, `wj agent setup claude` shows how"
    box.ok("agent setup claude --yes")
    data: dict[str, Any] = box.json("agent status claude")
    assert data["agents"][0]["recorded"] == "set up"
    assert data["watching"] is False
    changes = box.json("agent setup claude")["agents"]
    assert [one["changed"] for one in changes] == [False]


# The line that the agent's shell runs.


def shell(line: str, data: bytes = b"{}") -> tuple[int, bytes]:
    done = subprocess.run(
        ["sh", "-c", line], input=data, capture_output=True, check=False, timeout=30
    )
    return done.returncode, done.stdout + done.stderr


def program(folder: Path, text: str) -> list[str]:
    path = folder / "it's a program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return [str(path)]


def test_the_line_calls_the_hook_unless_an_importer_looks(tmp_path: Path) -> None:
    spool = tmp_path / "it's a spool"
    spool.mkdir()
    said = tmp_path / "said"
    started = program(tmp_path, f'echo "$@" >>{said}; cat >>{said}')
    line = hook_line(AGENTS["claude"], started, str(spool), "/my repo")

    assert shell(line, b"input") == (0, b"")
    assert said.read_text() == f"hook claude --spool {spool} -R /my repo\ninput"
    assert (spool / "claude.poke").exists()

    said.unlink()
    (spool / "lease").touch()
    os.utime(spool / "lease", (time.time() + 60,) * 2)
    assert shell(line, b"x" * 1_000_000) == (0, b"")
    assert not said.exists()

    os.utime(spool / "lease", (time.time() - 60,) * 2)  # its importer was killed
    assert shell(line) == (0, b"")
    assert said.exists()


@pytest.mark.parametrize("fault", ["missing", "fails", "killed", "prints", "no spool", "no folder"])
def test_the_line_ends_with_0_and_prints_nothing_whatever_is_wrong(
    tmp_path: Path, fault: str
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    text = {"fails": "exit 2", "killed": "kill -9 $$", "prints": "echo hello; echo hello >&2"}
    started = program(tmp_path, text.get(fault, "exit 2"))
    if fault == "missing":
        started = [str(tmp_path / "nothing")]
    if fault == "no spool":
        spool.rmdir()
    if fault == "no folder":
        spool.rmdir()
        spool.write_text("a file")
    line = hook_line(AGENTS["claude"], started, str(spool), "/repo")
    assert shell(line, b"x" * 1_000_000) == (0, b"")
