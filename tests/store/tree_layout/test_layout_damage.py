from __future__ import annotations

import json
import subprocess
import zlib
from pathlib import Path

import pytest

from store.errors import CorruptObject, InvalidSession
from store.ids import TreeId
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import message_ids, read_session, write_session
from tests.harness.memory import LAYOUTS, Memory, claude, document_of, new


def replaced(memory: Memory, tree: TreeId, path: str, data: bytes | None) -> TreeId:
    """Return a tree with the blob at `path` replaced, or the entry removed."""
    name, _, rest = path.partition("/")
    entries = {entry.name: entry for entry in read_tree(memory, tree)}
    if rest:
        old = entries.get(name)
        under = TreeId(old.id) if old else write_tree(memory, [])
        entries[name] = TreeEntry(name, TREE, replaced(memory, under, rest, data))
    elif data is None:
        del entries[name]
    else:
        entries[name] = TreeEntry(name, FILE, memory.add("blob", data))
    return write_tree(memory, entries.values())


def broken(memory: Memory) -> dict[str, TreeId]:
    tree = write_session(memory, new(250), "native")
    document = document_of(memory, tree)
    return {
        "no session: tree": replaced(memory, tree, "session.json", None),
        "message 117 is missing": replaced(memory, tree, "messages/0001/17.json", None),
        "'50.json' is not a message": replaced(memory, tree, "messages/0002/50.json", b"{}"),
        "'x.json' is not a message": replaced(memory, tree, "messages/0001/x.json", b"{}"),
        "from number 100 on are missing": replaced(memory, tree, "messages/0001", None),
        "from number 200 on are missing": replaced(memory, tree, "messages/0002", None),
        "more messages than the 250": replaced(memory, tree, "messages/0003/00.json", b"{}"),
        "'1' is not a group": replaced(memory, tree, "messages/1/00.json", b"{}"),
        "from number 0 on are missing": replaced(memory, tree, "messages", None),
        "$.messages: must be a list": replaced(
            memory, tree, "session.json", document.replace(b"250", b'"250"')
        ),
        "$.messages: is missing": replaced(
            memory, tree, "session.json", document.replace(b'"messages"', b'"mess"')
        ),
        "is malformed": replaced(
            memory, tree, "session.json", document.replace(b'"title"', b'"style": [], "title"')
        ),
        "must be an object": replaced(memory, tree, "session.json", b"[]"),
        "unterminated string": replaced(memory, tree, "session.json", document[:40]),
        "$.messages[0].content": replaced(
            memory, tree, "session.json", document.replace(b"250", b'[{"role":"user"}]')
        ),
    }


@pytest.mark.parametrize("reason", list(broken(Memory())))
def test_a_damaged_tree_is_one_clear_error(reason: str) -> None:
    memory = Memory()
    tree = broken(memory)[reason]
    with pytest.raises((CorruptObject, InvalidSession)) as caught:
        message_ids(memory, tree)
    assert reason in str(caught.value)


def test_a_missing_message_is_named_when_it_is_read() -> None:
    memory = Memory()
    tree = write_session(memory, new(3), "native")
    session = read_session(memory, tree)
    del memory.objects[message_ids(memory, tree)[1]]
    assert session.messages[0].text == "message 0"
    with pytest.raises(CorruptObject, match="message 1 is missing"):
        session.to_json()


def test_rows_that_are_no_json_in_a_received_repository_are_one_clear_error() -> None:
    memory = Memory()
    for raw in (b"}", b"\xff", b"]["):
        tree = replaced(
            memory, write_session(memory, new(1), "native"), "messages/0000/00.json", raw
        )
        with pytest.raises(InvalidSession, match=r"\$\.messages\[0\]"):
            read_session(memory, tree).to_json()


def test_a_native_document_written_by_others_needs_nothing_of_ours() -> None:
    memory = Memory()
    tree = write_session(memory, new(2), "native")
    document = json.loads(document_of(memory, tree))
    del document["wajutsu"]
    plain = replaced(memory, tree, "session.json", json.dumps(document).encode())
    assert read_session(memory, plain).to_json() == new(2).to_json()
    assert read_facts(memory, plain)[:6] == ("s", "m", "", "", 2, 2)


def test_git_fsck_finds_nothing_and_git_reads_the_same_bytes(tmp_path: Path) -> None:
    memory = Memory()
    trees = [write_session(memory, new(205), layout) for layout in LAYOUTS]
    trees.append(write_session(memory, claude(3), "native"))
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "r")], check=True)
    folder = tmp_path / "r"
    for object_id, (kind, data) in memory.objects.items():
        path = folder / "objects" / object_id[:2] / object_id[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(b"%s %d\0%s" % (kind.encode(), len(data), data)))
    git = ["git", "-C", str(folder)]
    for number, tree in enumerate(trees):
        author = ["-c", "user.name=n", "-c", "user.email=e"]
        made = subprocess.run(
            [*git, *author, "commit-tree", tree, "-m", "x"],
            check=True,
            capture_output=True,
            text=True,
        )
        subprocess.run(
            [*git, "update-ref", f"refs/sessions/{number}", made.stdout.strip()], check=True
        )
    done = subprocess.run(
        [*git, "fsck", "--strict", "--no-progress"], check=True, capture_output=True, text=True
    )
    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if "unborn branch" not in line] == []
    shown = subprocess.run(
        [*git, "show", "refs/sessions/0:messages/0002/04.json"], check=True, capture_output=True
    )
    assert shown.stdout == new(205).messages[204].raw
