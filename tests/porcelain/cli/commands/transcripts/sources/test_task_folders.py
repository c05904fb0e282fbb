"""A folder that is one conversation, as a task of Cline or Roo Code, comes back with all its files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.harness.bare import fsck, git
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.cli.commands.transcripts.sources.test_repair_by_import import place, unpacked
from tests.porcelain.cli.sandbox import Run, Sandbox

ID = "1796043428175"
TASK = f"tasks/{ID}"
MAIN, SEEN = "api_conversation_history.json", "ui_messages.json"
META = b'{\n  "files_in_context": []\n}'


def said(number: int, text: str) -> list[dict[str, Any]]:
    prompt = {"type": "text", "text": f"<user_message>\n{text}\n</user_message>"}
    return [
        {"role": "user", "content": [prompt], "ts": 1796043428000 + number},
        {"role": "assistant", "content": [{"type": "text", "text": f"about {text}"}],
         "ts": 1796043428001 + number},
    ]  # fmt: skip


def write(box: Sandbox, *texts: str, folder: str = TASK) -> None:
    rows = [row for number, text in enumerate(texts) for row in said(10 * number, text)]
    seen = [{"ts": row["ts"], "type": "say", "text": str(row["content"])} for row in rows]
    box.file(f"{folder}/{MAIN}", json.dumps(rows).encode())
    box.file(f"{folder}/{SEEN}", json.dumps(seen, indent=1).encode())
    box.file(f"{folder}/task_metadata.json", META)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def out(box: Sandbox, name: str = TASK) -> dict[str, bytes]:
    shutil.rmtree(box.folder / "out", ignore_errors=True)
    box.ok(f"export --source {name} -o out")
    return files(box.folder / "out")


def one(done: Run) -> dict[str, Any]:
    assert done.code == 0, done.both
    (item,) = done.data["files"]
    return dict(item)


@pytest.fixture
def task(box: Sandbox) -> Path:
    """Return a task's folder; it is imported."""
    write(box, "birds", "fish")
    box.ok("init")
    assert "2 changes, 4 rows new; started session" in box.ok(f"import {TASK}")
    assert box.json("session list")[0]["name"] == ID
    return box.folder / TASK


def test_all_files_come_back(box: Sandbox, task: Path) -> None:
    assert out(box) == files(task)
    key = one(box.run("import", TASK, "--json"))["source_id"]
    assert out(box, key) == files(task)
    assert box.run("export", "--source", f"{TASK}/{SEEN}").raw == files(task)[SEEN]
    assert box.run("export", "--source", f"{TASK}/{MAIN}").raw == files(task)[MAIN]
    assert "folder of 3 files" in box.wj(f"export --source {TASK}")
    said = box.wj(f"export --source {TASK} -o out")
    assert "exists already" in said
    assert "2 other files" in box.run("export", ID).err
    fsck(box.repo)
    assert "no problems" in box.ok("doctor")


@pytest.mark.parametrize("path", ["tasks", TASK, f"{TASK}/{MAIN}"])
def test_a_folder_its_parent_and_its_file_are_one_source(
    box: Sandbox, task: Path, path: str
) -> None:
    assert "nothing new" in box.ok(f"import {path}")
    write(box, "birds", "fish", "trees")
    assert "1 change, 2 rows new; continued session" in box.ok(f"import {path}")
    assert out(box) == files(task)
    assert "nothing new" in box.ok(f"import {TASK}")
    box.ok("undo")
    assert len(json.loads(out(box)[SEEN])) == 4


def test_another_file_of_the_folder_changes_alone(box: Sandbox, task: Path) -> None:
    box.file(f"{TASK}/{SEEN}", b"[]")
    box.file(f"{TASK}/context_history.json", b"\xff\x00 no text")
    assert "0 changes, 0 rows new" in box.ok(f"import {TASK}")
    assert out(box) == files(task)
    assert "nothing new" in box.ok(f"import {TASK}")


def test_an_edited_message_and_one_that_was_taken_out(box: Sandbox, task: Path) -> None:
    was = box.json(f"log -r {ID}-")[0]["change_id"]
    write(box, "swans", "fish")
    assert one(box.run("import", TASK, "--json"))["kind"] == "rewritten"
    assert out(box) == files(task)
    assert box.titles(f"::{ID} ~ root()") == ["fish", "swans"]
    assert box.json(f"log -r {ID}-")[0]["change_id"] == was
    write(box, "fish")
    item = one(box.run("import", TASK, "--json"))
    assert (item["kind"], item["session"]) == ("rewritten", ID)
    assert out(box) == files(task)
    assert box.json("session list")[0]["name"] == ID


def test_a_file_that_was_imported_without_its_folder_gets_it(box: Sandbox) -> None:
    write(box, "birds")
    box.file(f"alone/{MAIN}", (box.folder / TASK / MAIN).read_bytes())
    box.ok("init")
    first = one(box.run("import", f"alone/{MAIN}", "--json"))
    assert box.run("export", "--source", f"alone/{MAIN}").raw == files(box.folder / TASK)[MAIN]
    then = one(box.run("import", TASK, "--json"))
    assert (then["source_id"], then["session"]) == (first["source_id"], first["session"])
    assert out(box) == files(box.folder / TASK)


def test_a_moved_folder_and_a_copy_are_known(box: Sandbox, task: Path) -> None:
    shutil.copytree(task, box.folder / "backup" / ID)
    assert "nothing new" in box.ok(f"import backup/{ID}")
    write(box, "birds", "fish", "trees", folder=f"backup/{ID}")
    assert one(box.run("import", f"backup/{ID}", "--json"))["kind"] == "grown"
    assert out(box, f"backup/{ID}") == files(box.folder / "backup" / ID)
    assert "older than what was imported" in box.ok(f"import {TASK}")


def test_a_redaction_covers_all_files_and_nothing_brings_the_text_back(
    box: Sandbox, task: Path
) -> None:
    box.ok("redact birds --purge --yes")
    everything = git(box.repo, "cat-file", "--batch", "--batch-all-objects")
    assert b"birds" not in everything
    assert "redacted here" in box.run("export", "--source", TASK, "-o", "out").err
    assert all(b"birds" not in data for data in files(box.folder / "out").values())
    assert "nothing new" in box.ok(f"import {TASK}")
    write(box, "birds", "fish", "trees")
    assert "other files of its folder are kept as they were" in box.ok(f"import {TASK}")
    write(box, "birds", "fish", "trees", folder=f"backup/{ID}")
    box.ok(f"import backup/{ID}")
    everything = git(box.repo, "cat-file", "--batch", "--batch-all-objects")
    assert b"birds" not in everything
    assert b"trees" in out(box)[MAIN]


def test_a_text_that_only_another_file_has_is_redacted(box: Sandbox, task: Path) -> None:
    box.file(f"{TASK}/note.md", b"the password is swordfish\n")
    box.ok(f"import {TASK}")
    box.ok("redact swordfish --purge --yes")
    assert out(box)["note.md"] == b"the password is [redacted]\n"
    assert out(box)[MAIN] == files(task)[MAIN]
    assert "nothing new" in box.ok(f"import {TASK}")
    box.file(f"{TASK}/note.md", b"the password is swordfish, indeed\n")
    box.ok(f"import {TASK}")
    assert out(box)["note.md"] == b"the password is [redacted]\n"


def test_links_and_folders_inside_are_no_part_of_it(box: Sandbox) -> None:
    write(box, "birds")
    (box.folder / TASK / "link.json").symlink_to("/etc/hostname")
    box.file(f"{TASK}/checkpoints/HEAD", b"ref: refs/heads/main")
    box.ok("init")
    assert "left out: checkpoints" in box.ok(f"import {TASK}")
    assert sorted(out(box)) == [MAIN, "task_metadata.json", SEEN]


def test_a_damaged_file_of_the_folder_is_written_again(box: Sandbox, task: Path) -> None:
    unpacked(box)
    place(box, META).unlink()
    assert box.run("export", "--source", TASK, "-o", "out").code == 1
    assert "restored 1 damaged row" in box.ok(f"import {TASK}")
    assert out(box) == files(task)


@needs_real_files
def test_a_real_task(box: Sandbox) -> None:
    box.ok("init")
    folder = next((REAL_FILES / "more/cline/made-2.18.0/tasks").iterdir())
    box.ok(f"import {folder.parent}")
    assert out(box, str(folder)) == files(folder)
