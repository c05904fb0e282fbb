"""Ends of branches: appended like any turn, and the tree is that of the whole conversation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from porcelain.transcript.formats import read_transcript, to_session
from porcelain.transcript.row import heads, lineage_rows
from store.ids import CommitId
from store.objects.commit import read_commit
from store.tree_layout.layout import read_session, write_session
from tests.harness.memory import Memory
from tests.harness.work import lines_run
from tests.harness.world import World, chat, check, view_of
from tests.porcelain.transcript.claude_rows import Chat


def branching(turns: int, every: int) -> Chat:
    """Return a line of turns whose prompts are asked again, every so many turns."""
    chat = Chat()
    answers = []
    for number in range(turns):
        chat.user(f"question {number}")
        answers.append(chat.answer(f"answer {number}", model=f"model-{number % 3}"))
        if number and number % every == 0:
            chat.user(f"other question {number}", parent=answers[-2])
            chat.answer(f"other answer {number}", model=None)  # type: ignore[arg-type]
            chat.last = answers[-1]
    return chat


@pytest.mark.parametrize("end", [b"\n", b"", b"\n\n"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_tree_of_each_end_is_that_of_its_whole_conversation(
    tmp_path: Path, end: bytes, newline: bytes
) -> None:
    data = newline.join(branching(9, 2).data().splitlines()) + end
    world = World(tmp_path / "r.git")
    world.load(data)
    transcript = read_transcript(data, "chat.jsonl")
    wanted = set()
    for turn in heads(transcript.turns):
        session = to_session(transcript, lineage_rows(transcript.turns, turn))
        wanted.add(write_session(Memory(), session, "native"))

    repo = world.open()
    commits = [CommitId(key) for part, key in view_of(repo) if part == "heads"]
    found = {read_commit(repo.repository, commit).tree for commit in commits}
    assert len(wanted) > 3
    assert wanted <= found
    check(world)


def test_twice_as_many_branches_are_twice_the_work(tmp_path: Path) -> None:
    def work(turns: int) -> int:
        world = World(tmp_path / f"{turns}.git")
        data = branching(turns, 2).data()
        return lines_run(lambda: world.load(data))

    short, long = work(80), work(160)
    assert long < 2.4 * short


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_is_imported_turn_by_turn_as_it_would_be_cut(
    tmp_path: Path, indent: int | None
) -> None:
    document = json.loads(chat("doc", *map(str, range(9)), total_tokens=7).to_json())
    document["messages"][4]["odd"] = [1, {"x": 1.50}]
    text = json.dumps(document, indent=indent)
    data = text.replace('"odd"', '"odd" ').replace('"content": "6"', '"content":"6"').encode()
    world = World(tmp_path / "r.git")
    world.load(data, "doc.json")
    transcript = read_transcript(data, "doc.json")

    repo = world.open()
    here = repo.resolve("doc")
    for turn in reversed(range(len(transcript.turns))):
        rows = lineage_rows(transcript.turns, turn)
        commit = read_commit(repo.repository, here)
        session = read_session(repo.repository, commit.tree)
        assert session == to_session(transcript, rows)
        assert commit.tree == write_session(Memory(), to_session(transcript, rows), "native")
        here = commit.parents[0] if commit.parents else here
    assert (
        read_session(
            repo.repository, read_commit(repo.repository, repo.resolve("doc")).tree
        ).to_json()
        == data
    )


def test_a_document_of_twice_as_many_turns_is_twice_the_work(tmp_path: Path) -> None:
    def work(turns: int) -> int:
        world = World(tmp_path / f"{turns}.git")
        data = chat("doc", *map(str, range(2 * turns))).to_json()
        return lines_run(lambda: world.load(data, "doc.json"))

    short, long = work(100), work(200)
    assert long < 2.3 * short
