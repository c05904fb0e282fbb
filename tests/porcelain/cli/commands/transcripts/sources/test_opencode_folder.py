"""OpenCode's old folder of JSON files: each session is one conversation; and what is appended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.transcript.formats import read_transcript
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_opencode_writer import ASKED, SESSION, TOLD

MESSAGES = [("msg_1", "user", "q1"), ("msg_2", "assistant", "a1"), ("msg_0", "user", "q2")]


@pytest.fixture
def storage(box: Sandbox) -> Path:
    """Return a folder with one session; the repository is there."""
    for number, (name, role, text) in enumerate(MESSAGES):
        info = {"id": name, "sessionID": "ses_1", "role": role, "time": {"created": number}}
        box.file(f"storage/message/ses_1/{name}.json", json.dumps(info, indent=2).encode())
        part = {"id": f"prt_{number}", "type": "text", "text": text, "messageID": name}
        box.file(f"storage/part/{name}/prt_{number}.json", json.dumps(part).encode())
    about = {"id": "ses_1", "title": "Birds", "directory": "/home/dev/project"}
    box.file("storage/session/proj/ses_1.json", json.dumps(about).encode())
    box.ok("init")
    return box.folder / "storage"


@pytest.mark.parametrize("path", ["storage", "storage/message", "storage/message/ses_1"])
def test_the_messages_and_parts_are_one_conversation(
    box: Sandbox, storage: Path, path: str
) -> None:
    said = box.wj(f"import {path}")
    assert "2 changes, 3 rows new; started session ses_1" in said
    assert box.titles("::ses_1 ~ root()") == ["q2", "q1"]
    shown = box.json("show ses_1")[0]
    assert (shown["session_title"], shown["project"]) == ("Birds", "/home/dev/project")
    document = json.loads(box.run("export", "ses_1").raw)
    assert document["messages"][0]["parts"][0]["text"] == "q1"


def test_a_changed_file_in_the_folder_is_noticed(box: Sandbox, storage: Path) -> None:
    box.ok("import storage")
    assert "nothing new" in box.wj("import storage")
    info = {"id": "msg_3", "sessionID": "ses_1", "role": "assistant", "time": {"created": 9}}
    box.file("storage/message/ses_1/msg_3.json", json.dumps(info).encode())
    part = {"id": "prt_9", "type": "text", "text": "a2", "messageID": "msg_3"}
    box.file("storage/part/msg_3/prt_9.json", json.dumps(part).encode())
    assert "1 row new; continued session ses_1" in box.wj("import storage")


def test_a_file_that_is_no_json_refuses_the_session(box: Sandbox, storage: Path) -> None:
    box.file("storage/part/msg_2/prt_1.json", b'{"id": "prt_1", ')
    said = box.wj("import storage/message/ses_1")
    assert "prt_1.json: is no JSON object" in said
    assert "[exit 1]" in said
    assert len(box.json("op log")) == 1


def test_an_appended_message_is_part_of_the_exported_document(box: Sandbox) -> None:
    about = {
        "id": SESSION,
        "title": "Birds",
        "directory": "/x",
        "time": {"created": 1, "updated": 2},
    }
    document = {"info": about, "messages": [ASKED, TOLD]}
    box.file("s.json", json.dumps(document, indent=2).encode())
    box.ok("init")
    box.ok("import s.json --session birds")
    box.ok("append -m 'and fish?'")
    out = box.run("export", "birds").raw
    found = json.loads(out)
    assert found["info"] == about
    assert [one["parts"][0]["text"] for one in found["messages"]][-1] == "and fish?"
    assert found["messages"][:2] == [ASKED, TOLD]
    assert read_transcript(out, "s.json").native_id == SESSION
    assert "roles: user, assistant" in box.wj("append --role system -m no")


@needs_real_files
def test_a_real_folder(box: Sandbox) -> None:
    box.ok("init")
    folder = REAL_FILES / "more" / "opencode" / "git-ai" / "opencode-storage"
    assert "2 rows new; started session test-session-123" in box.wj(f"import {folder}")
