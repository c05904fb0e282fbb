"""A transcript is data: no name in it becomes a path, a ref or an option that nobody checked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from store.repository.ref_name import check_name
from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox

NAMES = [
    "../../../outside",
    "/etc/passwd",
    "..",
    "-R",
    "--force",
    "refs/heads/main",
    "HEAD",
    "a.lock",
    "a//b",
    "x\x1b]0;title\x07",
    "x\u202egnp",
    "x\ny",
    "0" * 40,
    "z" * 32,
    "@{-1}",
    "é" * 300,
    "",
    ".",
]


def transcripts(name: str) -> dict[str, bytes]:
    """Return one conversation with this id in every format."""
    rows = [
        {"type": "user", "uuid": "1", "parentUuid": None, "sessionId": name, "cwd": name,
         "message": {"role": "user", "content": f"hello {name}"}},
        {"type": "assistant", "uuid": "2", "parentUuid": "1", "sessionId": name,
         "message": {"role": "assistant", "model": name, "content": [{"type": "text", "text": name}]}},
    ]  # fmt: skip
    document = {
        "id": name, "model": name, "created_at": name, "updated_at": name, "title": name,
        "parent_id": name, "root_id": name, "branch_label": name,
        "messages": [{"role": "user", "content": f"hello {name}"}],
    }  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return {"c.jsonl": lines.encode(), "p.json": json.dumps(document).encode()}


def files(folder: Path) -> set[str]:
    """Return every file around a folder, but for those of the repository and the export in it."""
    return {
        os.path.join(parent, name)
        for parent, _, names in os.walk(folder.parent)
        for name in names
        if not parent.startswith((f"{folder}/conversations.git", f"{folder}/out"))
    }


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_of_a_transcript_leads_out_of_its_place(box: Sandbox, name: str) -> None:
    box.patch.setenv("XDG_STATE_HOME", str(box.folder / "conversations.git-state"))
    box.ok("init")
    for file, data in transcripts(name).items():
        box.file(file, data)
    before = files(box.folder)
    for line in ("import c.jsonl", "import p.json", "save p.json", "fork", "append -m more"):
        done = box.run(*line.split())
        assert done.code in (0, 1), done.both
        assert not any(mark in done.both for mark in ("\x1b", "\x07", "\u202e")), line
    for session in box.sessions():
        check_name(session)
    done = box.run("export", "--all", "-o", "out")
    assert done.code in (0, 1), done.both
    for line in ("log", "session list", "status", "op log", "show @", "evolog"):
        shown = box.ok(line)
        assert not any(mark in shown for mark in ("\x1b", "\x07", "\u202e")), line
    assert files(box.folder) == before
    fsck(box.repo)
    assert "no problems" in box.ok("doctor")
