"""Real files of every agent: the right format claims each, or none; and each comes back whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.formats import detect, read_conversations, read_transcript, to_session
from porcelain.transcript.row import MAYBE, NO, heads
from store.errors import InvalidSession
from tests.harness.places import REAL_FILES, needs_real_files, real_files

BRANCHES = {
    "pi/v3-made-by-pi-1.5.2-branching.jsonl": 8,
    "more/codex/made-0.130.0/rollout-2026-11-30T12-52-41-01a22c83-c16f-72e2-8312-fed4ef3bbbd6"
    ".jsonl": 2,
    "chatgpt/chatgpt-native-conversation-v1.json": 2,
    "chatgpt/chatgpt-sample-00.json": 2,
    "more/chatgpt/chatgpt-tree.json": 3,
    "more/librechat/librechat-tree.json": 3,
    "more/claude_code/made-2.1.332/8b1c3e7f-c56b-47fd-bdce-bbb1bd269721.jsonl": 2,
    "more/qwen_code/agent-sessions/019f0000-0000-7000-8000-000000000004.jsonl": 2,
}
"""The number of ends of the conversations that branch."""

FOLDERS = {
    "chatgpt": "chatgpt",
    "claude_ai": "claude-ai",
    "claude_code": "claude-code",
    "cline": "cline",
    "codex": "codex",
    "copilot_cli": "copilot-cli",
    "cursor": "cursor",
    "gemini_cli": "gemini-cli",
    "librechat": "librechat",
    "oasst": "oasst",
    "openclaw": "pi",
    "opencode": "opencode",
    "openwebui": "openwebui",
    "pawan": "pawan",
    "pi": "pi",
    "qwen_code": "qwen-code",
    "sharegpt": "sharegpt",
    "vscode_copilot": "vscode-copilot",
    "swe_agent": "openai-chat",
}
"""The format of the sessions in a folder."""

FIXTURES = {
    "claude-small.jsonl": "claude-code",
    "codex-small.jsonl": "codex",
    "copilot-small.jsonl": "copilot-cli",
    "gemini-small.json": "gemini-cli",
    "pi-small.jsonl": "pi",
}

NO_SESSION = (
    "claude_code/ORACLE.json",
    "codex/made-0.171.0/session_index.jsonl",
    ".meta.json",
    "custom-title.json",
    "state/taskHistory.json",
    "task_metadata.json",
    "ui_messages.json",
    "1796043050593_6cgzi.json",
    ".db",
    ".zst",
    "SOURCES.md",
)
"""Ends of the paths of files that are no session by themselves, or of a shape that is not read."""

KNOWN = {
    "aider": "Aider",
    "amp": "Amp",
    "continue": "Continue",
    "droid": "Droid",
    "goose": "Goose",
    "gptme": "gptme",
    "kimi": "Kimi Code",
    "kiro": "Kiro",
    "mistral_vibe": "Mistral Vibe",
    "sillytavern": "SillyTavern",
    "zed": "Zed",
}
"""Agents whose transcripts are recognised, but not read."""

SIDECARS = ("settings.json", "state.json", "meta.json")

SEVERAL = {
    "openwebui-export.json": 3,
    "glaive_toolcall_en_demo_first25.json": 25,
    "v1_sft_demo_first40.jsonl": 40,
    "en_first_50_trees.jsonl": 50,
    "opencode-reverted.db": 3,
    "logs-made-by-llm-0.30.db": 2,
}
"""The number of conversations in a file with several."""

LINES = (".jsonl",)

FILES = [path for path in real_files("**/*") if path.is_file()]


def expected(path: Path) -> str:
    """Return the name of the format of a real file, "" for none."""
    parts = path.relative_to(REAL_FILES).parts
    if path.name in ("opencode-reverted.db", "logs-made-by-llm-0.30.db"):
        return "opencode" if path.name.startswith("opencode") else "llm"
    if path.as_posix().endswith(NO_SESSION) or "opencode-storage" in parts:
        return ""
    if parts[-1] == "v1_sft_demo_first40.jsonl":
        return "openai-chat"
    if parts[-1] == "claude-code-transcripts-sample_session.json":
        return "claude-code-web"
    if parts[0] == "fixtures":
        return FIXTURES.get(parts[1], "")
    return FOLDERS.get(parts[1] if parts[0] == "more" else parts[0], "")


def shown(path: Path) -> str:
    return path.relative_to(REAL_FILES).as_posix()


@needs_real_files
@pytest.mark.parametrize("path", FILES, ids=shown)
def test_exactly_the_right_format_claims_a_real_file(path: Path) -> None:
    data = path.read_bytes()
    claims = {name for name in FORMATS if format_named(name).detects(data, path.name) != NO}
    name = expected(path)
    assert claims == ({name} if name else set())
    if name:
        assert detect(data, path.name) == name
    else:
        with pytest.raises(InvalidSession):
            detect(data, path.name)


@needs_real_files
@pytest.mark.parametrize("path", [path for path in FILES if not expected(path)], ids=shown)
def test_a_known_agent_is_named_where_its_transcripts_are_not_read(path: Path) -> None:
    agent = KNOWN.get(path.parent.name, "")
    if path.suffix == ".db":
        agent = KNOWN.get(path.parent.name, "Codex's index of its rollouts")
    if agent and not path.name.endswith(SIDECARS):
        with pytest.raises(InvalidSession, match=f"{agent}: known, but not supported"):
            detect(path.read_bytes(), path.name)


@needs_real_files
def test_every_reply_of_open_assistant_is_a_branch() -> None:
    path = REAL_FILES / "oasst" / "en_first_50_trees.jsonl"
    found = read_conversations(path.read_bytes(), str(path))
    assert sum(len(one.rows) for one in found) == 549
    assert sum(len(heads(one.turns)) for one in found) == 288


@needs_real_files
@pytest.mark.parametrize("path", [path for path in FILES if expected(path)], ids=shown)
def test_a_real_file_comes_back_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    if path.name in SEVERAL:
        with pytest.raises(InvalidSession, match=f"holds {SEVERAL[path.name]} conversations"):
            read_transcript(data, str(path))
        found = read_conversations(data, str(path))
        assert len({one.native_id for one in found}) == len(found) == SEVERAL[path.name]
        assert path.suffix == ".db" or all(one.to_bytes() in data for one in found)
        return
    transcript = read_transcript(data, str(path))
    assert transcript.faults == ()
    assert transcript.to_bytes() == data
    assert to_session(transcript).to_bytes() == data
    assert to_session(transcript).title
    known = {place for turn in transcript.turns for place in turn.rows}
    assert known == set(range(len(transcript.rows)))
    assert len(heads(transcript.turns)) == BRANCHES.get(shown(path), 1)


@needs_real_files
@pytest.mark.parametrize("path", [path for path in FILES if expected(path)], ids=shown)
def test_the_name_of_a_file_does_not_decide(path: Path) -> None:
    data = path.read_bytes()
    name = detect(data, "-")
    assert format_named(name).detects(data, "-") > MAYBE or name == expected(path)
    assert name == expected(path)


@needs_real_files
@pytest.mark.parametrize(
    "path",
    [
        path
        for path in FILES
        if expected(path) and path.suffix in LINES and path.name not in SEVERAL
    ],
    ids=shown,
)
def test_a_growing_file_only_changes_its_last_turn(path: Path) -> None:
    transcript = read_transcript(path.read_bytes(), str(path))
    lineages = format_named(transcript.format).lineages
    count = len(transcript.rows)
    for cut in sorted(
        {*range(1, min(count, 60)), *(count * part // 7 or 1 for part in range(1, 7))}
    ):
        part = lineages(transcript.rows[:cut])
        last = len(part) - 1
        assert part[:last] == transcript.turns[:last]
        assert transcript.turns[last].parent == part[last].parent
        assert transcript.turns[last].rows[: len(part[last].rows)] == part[last].rows
        assert part[last].rows[-1] == cut - 1
