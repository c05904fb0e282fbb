"""Long transcripts: the work grows with their length, and no faster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.actions.importing.import_transcript import Importer
from porcelain.actions.importing.turn_tree import TurnTree
from porcelain.transcript.formats import read_transcript, to_session
from tests.harness.work import lines_run
from tests.harness.world import World, check
from tests.porcelain.transcript.claude_rows import Chat
from tests.porcelain.transcript.documents.test_chatgpt import conversation, node


def turns(count: int) -> Chat:
    """Return a file with this number of turns."""
    chat = Chat()
    for number in range(count):
        chat.turn(number)
    return chat


def test_twice_as_many_turns_are_twice_the_work(tmp_path: Path) -> None:
    def work(count: int) -> int:
        world = World(tmp_path / f"{count}.git")
        data = turns(count).data()
        return lines_run(lambda: world.load(data))

    short, long = work(150), work(300)
    assert long < 2.2 * short


def test_a_grown_file_of_more_turns_than_python_nests_calls_adds_its_new_turn(
    repo_path: Path,
) -> None:
    world = World(repo_path)
    chat = turns(1200)
    assert world.load(chat.data()).changes == 1200
    chat.turn(1200)
    found = world.load(chat.data())
    assert (found.changes, found.rows) == (1, 2)
    check(world, fsck=False)


def test_changes_of_one_import_have_the_shortest_free_prefixes(repo_path: Path) -> None:
    world = World(repo_path)
    found = world.load(turns(40).data())
    repo = world.repo()
    with repo.transaction() as tx:
        rows = tx.index.query("SELECT change FROM changes WHERE shown = 1")
    assert found.changes == 40
    assert len({change[:2] for (change,) in rows}) == len(rows)


def test_the_changes_of_an_import_are_shown_before_it_ends(repo_path: Path) -> None:
    world = World(repo_path)
    repo = world.repo()
    transcript = read_transcript(turns(30).data(), "chat.jsonl")
    with repo.transaction() as tx:
        found = Importer(tx).add(transcript, "chat.jsonl", location="chat.jsonl")
        assert tx.row(found.commit).visible
        assert not tx.index.query("SELECT 1 FROM commits WHERE visible = 0")


FILES: dict[str, Callable[[bytes], bytes]] = {
    "lines": lambda data: data,
    "CR LF": lambda data: data.replace(b"\n", b"\r\n"),
    "blank lines at the beginning": lambda data: b"\n \n" + data,
    "a blank line": lambda data: data.replace(b"\n", b"\n\n", 7).replace(b"\n\n", b"\n", 6),
    "a mixed file": lambda data: data.replace(b"\n", b"\r\n", 9),
    "a damaged row": lambda data: data.replace(b"\n", b"\n\0\0\n", 5).replace(b"\n\0\0", b"", 4),
    "no newline at the end": lambda data: data[:-1],
}


@pytest.mark.parametrize("kind", FILES)
def test_appended_turns_are_stored_as_if_each_was_written_whole(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = turns(6)
    chat.user("another way", parent="a2")
    chat.answer("yes")
    chat.turn(20)
    data = FILES[kind](chat.data())

    def trees(name: str) -> list[str]:
        world = World(tmp_path / name)
        world.load(data)
        with world.repo().transaction() as tx:
            return [row.tree for row in tx.index.rows("visible = 1 ORDER BY pos")]

    appended = trees("appended.git")
    monkeypatch.setattr(TurnTree, "is_regular", lambda *_: False)
    assert appended == trees("whole.git")
    assert len(appended) == 8


@pytest.mark.parametrize("kind", ["CR LF", "a blank line"])
def test_twice_as_many_turns_of_an_unusual_file_are_twice_the_work(
    tmp_path: Path, kind: str
) -> None:
    def work(count: int) -> int:
        world = World(tmp_path / f"{count}.git")
        data = FILES[kind](turns(count).data())
        return lines_run(lambda: world.load(data))

    short, long = work(150), work(300)
    assert long < 2.2 * short


def tree_of(count: int) -> bytes:
    """Return a conversation of ChatGPT with so many turns, and a branch in the middle."""
    nodes, above = [node("root", None)], "root"
    for number in range(count):
        question, answer = f"u{number}", f"a{number}"
        nodes.append(node(question, above, "user", f"question {number}"))
        nodes.append(node(answer, question, "assistant", f"answer {number}"))
        above = answer
    if count > 4:
        nodes.append(node("other", f"a{count // 2}", "user", "another way"))
        nodes.append(node("better", f"u{count // 3}", "assistant", "another answer"))
    return json.dumps(conversation(*nodes, current_node=above)).encode()


@pytest.mark.parametrize("count", [4, 9])
def test_turns_of_a_document_with_keys_are_stored_as_if_each_was_written_whole(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trees(name: str) -> list[str]:
        world = World(tmp_path / name)
        world.load(tree_of(count), "tree.json")
        with world.repo().transaction() as tx:
            return [row.tree for row in tx.index.rows("visible = 1 ORDER BY pos")]

    appended = trees("appended.git")
    monkeypatch.setattr(TurnTree, "is_regular", lambda *_: False)
    assert appended == trees("whole.git")
    assert len(appended) == {4: 4, 9: 11}[count]


def test_twice_as_many_turns_of_a_document_with_keys_are_twice_the_work(tmp_path: Path) -> None:
    def work(count: int) -> int:
        world = World(tmp_path / f"{count}.git")
        data = tree_of(count)
        return lines_run(lambda: world.load(data, "tree.json"))

    short, long = work(100), work(200)
    assert long < 2.2 * short


def document(members: int, indent: int | None) -> bytes:
    """Return a document of pawan's with this number of unknown members."""
    known = {"id": "s", "model": "m", "created_at": "c", "updated_at": "u", "messages": []}
    return json.dumps(
        {**known, **{f"k{number}": number for number in range(members)}}, indent=indent
    ).encode()


@pytest.mark.parametrize("indent", [None, 2])
def test_twice_as_many_unknown_members_are_twice_the_work(indent: int | None) -> None:
    def work(count: int) -> int:
        data = document(count, indent)

        def run() -> None:
            session = to_session(read_transcript(data, "s.json"))
            assert session.to_bytes() == data
            fields = {f"k{number}": "new" for number in range(0, count * 2, 2)}
            longer = session.with_header(fields)
            assert len(longer.header) == len(session.header) + count // 2
            assert longer.with_header(remove=fields).header.get("k1") == 1

        return lines_run(run)

    short, long = work(400), work(800)
    assert long < 2.2 * short
