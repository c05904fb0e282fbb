"""Large repositories for the benchmarks, written quickly through one batch."""

from __future__ import annotations

import os

from store import SessionStore
from store.gitdir.packed_refs import packed_path
from store.ids import CommitId
from store.objects.commit import Commit, Signature, write_commit
from store.objects.tree import FILE, TreeEntry, read_tree, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from store.session.session import Session
from store.tree_layout.layout import append_messages, write_session

TEMPLATE = "template-session"
START = 1_700_000_000
WORDS = [
    "parser",
    "cursor",
    "batch",
    "commit",
    "index",
    "prefix",
    "session",
    "branch",
    "message",
    "header",
    "layout",
    "replay",
    "window",
    "socket",
    "buffer",
    "thread",
    "signal",
    "format",
    "schema",
    "column",
    "vector",
    "matrix",
    "ledger",
    "cache",
]


def text(number: int, size: int = 2000) -> str:
    """Return about `size` bytes of text that is like no other number's."""
    out: list[str] = []
    length, state = 0, number * 2_654_435_761 + 12_345
    while length < size:
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 64)
        word = f"{WORDS[(state >> 33) % len(WORDS)]}{(state >> 17) % 1000}"
        out.append(word)
        length += len(word) + 1
    return " ".join(out)[:size]


def message(number: int, size: int = 2000) -> dict[str, object]:
    """Return a pawan message; users and assistants take turns."""
    role = "assistant" if number % 2 else "user"
    return {"role": role, "content": text(number, size), "tool_calls": []}


def fresh_session(name: str, count: int = 1, size: int = 2000) -> Session:
    """Return a session of `count` messages."""
    return Session.new(
        name,
        model="bench",
        messages=[message(n, size) for n in range(count)],
        created_at="2026-01-01T00:00:00+00:00",
    )


def build(path: str, sessions: int, length: int) -> Repository:
    """Write `sessions` sessions of `length` commits each, refs packed; return the repository.

    All hold the same messages under ids of their own, so that only documents, trees and
    commits have to be made for each.
    """
    repository, _ = Repository.init(path)
    tips: list[tuple[str, CommitId]] = []
    with ObjectBatch(repository) as batch:
        steps = _template(batch, length)
        for number in range(sessions):
            name = f"s{number:06d}"
            parent: tuple[CommitId, ...] = ()
            for step, (document, messages) in enumerate(steps):
                blob = batch.add("blob", document.replace(TEMPLATE.encode(), name.encode()))
                tree = write_tree(batch, [TreeEntry("session.json", FILE, blob), messages])
                who = Signature("b", "b@b", START + number * length + step)
                made = write_commit(batch, Commit(tree, parent, who, who, f"[{name}] {step}\n"))
                parent = (made,)
            tips.append((name, parent[0]))
        batch.flush()
    with open(packed_path(repository.path), "w", encoding="ascii") as file:
        file.write("# pack-refs with: peeled fully-peeled sorted \n")
        file.writelines(f"{tip} refs/sessions/{name}\n" for name, tip in sorted(tips))
    return repository


def _template(batch: ObjectBatch, length: int) -> list[tuple[bytes, TreeEntry]]:
    """Return document and messages of one conversation after each of its steps."""
    tree = write_session(batch, fresh_session(TEMPLATE, 1, 40), "native")
    steps = []
    for step in range(length):
        if step:
            tree = append_messages(batch, tree, [message(step, 40)])
        entries = {entry.name: entry for entry in read_tree(batch, tree)}
        steps.append((batch.read(entries["session.json"].id)[1], entries["messages"]))
    return steps


def store_at(repository: Repository) -> SessionStore:
    """Return a session store on a repository."""
    return SessionStore.open(repository.path)


def size_on_disk(path: str) -> int:
    """Return how many bytes the files below a folder occupy (blocks, as `du` counts)."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            total += os.stat(os.path.join(folder, name)).st_blocks * 512
    return total
