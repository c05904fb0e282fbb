"""`wj agent` for agents that load an extension: a file of ours among the user's own."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from porcelain.exchange.agents.table import Places
from porcelain.exchange.hooks.table import EXTENSIONS
from tests.porcelain.cli.sandbox import Sandbox

FOLDERS = {"pi": ".pi/agent", "opencode": ".config/opencode"}
agents = pytest.mark.parametrize("name", FOLDERS)
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node")

CALL = """
const found = await import(process.argv[2]);
let listener;
if (process.argv[3] === "pi") found.default({ on: (name, one) => { listener = one; } });
else listener = (await found.Wajutsu({})).event;
const values = JSON.parse(process.argv[4]);
for (const value of values)
  await listener(value, { sessionManager: {
    getSessionFile: () => "/s/one.jsonl", getSessionId: () => "one" } });
console.log("went on");
process.exit(0);
"""
IDLE = {"event": {"type": "session.idle", "properties": {"sessionID": "one"}}}


@pytest.fixture(autouse=True)
def folders(box: Sandbox, home: Path) -> None:
    """Let the agents be here, and a repository."""
    for folder in FOLDERS.values():
        (home / folder).mkdir(parents=True)
    box.ok("init")


def place(name: str, home: Path) -> Path:
    return Path(EXTENSIONS[name].path(Places(str(home), {})))


@agents
def test_it_is_shown_written_and_removed_with_its_folder(
    box: Sandbox, home: Path, name: str
) -> None:
    path = place(name, home)
    assert "+const COMMAND = " in box.ok(f"agent setup {name}")
    assert not path.parent.exists()

    assert "is set up in" in box.ok(f"agent setup {name} --yes")
    assert path.stat().st_mode & 0o77 == 0
    assert "is set up already" in box.ok(f"agent setup {name} --yes")
    data = box.json(f"agent status {name}")["agents"][0]
    assert data["recorded"] == "set up"
    assert data["command"].startswith("sh -c '")
    assert data["command"].endswith("exit 0'")

    assert "-const COMMAND = " in box.ok(f"agent remove {name}")
    box.ok(f"agent remove {name} --yes")
    assert list((home / FOLDERS[name]).iterdir()) == []
    assert "is not set up already" in box.ok(f"agent remove {name} --yes")


def test_without_a_name_both_are_set_up_where_their_folders_are(box: Sandbox, home: Path) -> None:
    assert box.ok("agent setup --yes").count("is set up in") == 2
    assert box.ok("agent remove --yes").count("is not set up in") == 2
    shutil.rmtree(home / ".pi")
    assert "Pi" not in box.ok("agent setup")


def test_one_of_another_repository_is_replaced(box: Sandbox, home: Path) -> None:
    box.ok("agent setup pi --yes")
    box.ok("init other.git")
    assert "set up for another repository" in box.ok("agent status pi -R other.git")
    box.ok("agent setup pi --yes -R other.git")
    assert "other.git" in place("pi", home).read_text()
    box.ok("agent remove pi --yes")
    assert list((home / ".pi/agent").iterdir()) == []


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_that_is_not_as_we_wrote_it_is_left_alone(
    box: Sandbox, home: Path, edited: bool
) -> None:
    path = place("pi", home)
    path.parent.mkdir()
    text = "export default function () {}\n"
    if edited:
        box.ok("agent setup pi --yes")
        text = path.read_text().replace("getSessionId()", "getSessionId() + 1")
    path.write_text(text)
    box.ok("init other.git")
    done = box.run("agent", "setup", "pi", "--yes", "-R", "other.git")
    assert done.code == 1
    assert "is no extension as `wj` wrote it" in done.err
    said = box.wj("agent remove pi --yes")
    assert ("Remove it by hand" if edited else "is not set up already") in said
    assert path.read_text() == text


def test_a_linked_file_is_written_at_its_target(box: Sandbox, home: Path) -> None:
    target = box.folder / "dotfiles.js"
    target.write_text("")
    path = place("opencode", home)
    path.parent.mkdir()
    path.symlink_to(target)
    box.ok("agent setup opencode --yes")
    assert "session.idle" in target.read_text()
    box.ok("agent remove opencode --yes")
    assert path.is_symlink()
    assert target.read_text() == ""


def test_the_agents_variables_move_the_folder(box: Sandbox, home: Path) -> None:
    for variable, folder in (("XDG_CONFIG_HOME", "config"), ("PI_CODING_AGENT_DIR", "pi")):
        (home / folder).mkdir()
        box.patch.setenv(variable, str(home / folder))
    box.ok("agent setup opencode --yes")
    box.ok("agent setup pi --yes")
    assert (home / "config/opencode/plugins/wajutsu.js").exists()
    assert (home / "pi/extensions/wajutsu.js").exists()


# The code that the agents run.


def call(path: Path, name: str, *values: object) -> None:
    """Let an agent end turns; it must go on at once, and nothing may be printed."""
    script = path.parent / "call.mjs"
    script.write_text(CALL)
    module = path.with_suffix(".mjs")
    module.write_bytes(path.read_bytes())
    words = ["node", str(script), str(module), name, json.dumps(values)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n", "")


def with_command(path: Path, *words: str) -> None:
    """Let an extension start other words."""
    lines = path.read_text().splitlines(keepends=True)
    (number,) = (n for n, line in enumerate(lines) if line.startswith("const COMMAND = "))
    lines[number] = f"const COMMAND = {json.dumps(words)};\n"
    path.write_text("".join(lines))


@needs_node
@agents
def test_a_turn_starts_the_command_with_a_note_and_goes_on_at_once(
    box: Sandbox, home: Path, name: str
) -> None:
    box.ok(f"agent setup {name} --yes")
    path, said = place(name, home), box.folder / "it's said"
    script = f"cat >{shlex.quote(f'{said}.new')}; mv {shlex.quote(f'{said}.new')} "
    with_command(path, "sh", "-c", f"sleep 0.2; {script}{shlex.quote(str(said))}; exit 0")
    call(path, name, IDLE)
    end = time.monotonic() + 60
    while not said.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    note = json.loads(said.read_text())
    assert note["session_id"] == "one"
    assert note.get("transcript_path") == ("/s/one.jsonl" if name == "pi" else None)


@needs_node
@agents
def test_the_turn_goes_on_whatever_is_wrong(box: Sandbox, home: Path, name: str) -> None:
    box.ok(f"agent setup {name} --yes")
    path = place(name, home)
    for words in (["/nowhere/sh"], ["sh", "-c", "exec <&-; echo hello; exit 2"], []):
        with_command(path, *words)
        call(path, name, IDLE, IDLE, {}, None, {"event": {"type": "session.idle"}})
