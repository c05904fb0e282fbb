"""Conversations past row 10,000: levels of folders, and trees of version 1, which have none."""

from __future__ import annotations

from functools import cache

import pytest

from store.errors import CorruptObject
from store.ids import TreeId
from store.objects.objects import blob_id
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree
from store.session.session import Session
from store.tree_layout.appended_rows import RowGrowth
from store.tree_layout.layout import (
    append_messages,
    common_prefix,
    cut,
    message_ids,
    read_root,
    read_session,
    transcript_digest,
    write_session,
)
from store.tree_layout.message_tree import MessageTree, common_rows
from store.tree_layout.stored_messages import write_messages
from tests.harness.memory import Memory

LENGTHS = (10_000, 10_001, 10_099, 10_100, 20_000, 20_001, 23_456)


def row(number: int) -> bytes:
    return b'{"n":%d}' % number


@cache
def session(rows: int) -> Session:
    lines = [row(n) for n in range(rows)]
    return Session.from_lines(lines, id="c", format="x", model="m", title="T", message_count=0)


def path(number: int) -> str:
    """Return the path of a row, as the documentation has it."""
    if number < 10_000:
        return f"{number // 100:04d}/{number % 100:02d}.json"
    digits = f"{number:d}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    pairs = [digits[n : n + 2] for n in range(0, len(digits), 2)]
    return f"{100 ** (len(pairs) - 1)}+/{'/'.join(pairs)}.json"


def files(memory: Memory, tree: TreeId, prefix: str = "") -> list[tuple[str, str]]:
    """Return all files below a tree in git's order."""
    found = []
    for entry in read_tree(memory, tree):
        if entry.mode == TREE:
            found += files(memory, TreeId(entry.id), f"{prefix}{entry.name}/")
        else:
            found.append((f"{prefix}{entry.name}", entry.id))
    return found


def messages(memory: Memory, tree: TreeId) -> TreeId:
    return TreeId(read_root(memory, tree)["messages"].id)


def flat(memory: Memory, rows: int) -> TreeId:
    """Write a conversation as version 1 did: all groups beside each other."""
    groups = []
    for first in range(0, rows, 100):
        there = range(first, min(first + 100, rows))
        entries = [TreeEntry(f"{n % 100:02d}.json", FILE, blob_id(row(n))) for n in there]
        groups.append(TreeEntry(f"{first // 100:04d}", TREE, write_tree(memory, entries)))
    whole = write_session(memory, session(rows), "native")
    document = read_root(memory, whole)["session.json"]
    found = write_tree(memory, [document, TreeEntry("messages", TREE, write_tree(memory, groups))])
    assert found != whole
    return found


def grown(memory: Memory, tree: TreeId, before: int, after: int) -> TreeId:
    lines = [row(n) for n in range(before, after)]
    return append_messages(memory, tree, lines, title="T", message_count=0)


@pytest.mark.parametrize("rows", LENGTHS)
def test_a_path_tells_the_number_of_its_row_and_gits_order_is_theirs(rows: int) -> None:
    memory = Memory()
    tree = write_session(memory, session(rows), "native")

    wanted = [(path(n), blob_id(row(n))) for n in range(rows)]
    assert files(memory, messages(memory, tree)) == wanted
    assert message_ids(memory, tree) == tuple(blob for _, blob in wanted)
    assert memory.version == (1 if rows <= 10_000 else 2)
    loaded = read_session(memory, tree)
    assert (loaded.rows, loaded.messages[rows - 1].raw) == (rows, row(rows - 1))


def test_paths_of_the_documentation() -> None:
    assert path(1237) == "0012/37.json"
    assert path(12_345) == "10000+/01/23/45.json"
    assert path(1_234_567) == "1000000+/01/23/45/67.json"


@pytest.mark.parametrize(
    ("before", "after"),
    [(9_999, 10_000), (9_999, 10_001), (10_000, 10_001), (10_100, 10_101), (19_999, 20_202)],
)
def test_growth_and_cut_give_the_tree_of_the_whole_and_write_little(
    before: int, after: int
) -> None:
    memory = Memory()
    short = write_session(memory, session(before), "native")
    long = write_session(memory, session(after), "native")
    memory.forget()

    assert grown(memory, short, before, after) == long
    assert len(memory.reads) <= 10
    assert len(memory.adds) <= after - before + 12
    memory.forget()
    assert cut(memory, long, before, title="T", message_count=0) == short
    assert len(memory.reads) + len(memory.adds) <= 16
    memory.forget()
    assert common_prefix(memory, short, long) == before
    assert len(memory.reads) <= 14
    base = (transcript_digest(memory, short), before)
    memory.forget()
    digest = transcript_digest(memory, long, base)
    assert len(memory.reads) <= 8 + (after - before) // 100
    assert digest == transcript_digest(memory, long)


@pytest.mark.parametrize("shared", [0, 50, 9_999, 10_000, 10_050, 15_000, 19_999, 20_000])
def test_a_common_beginning_is_found_in_all_forms(shared: int) -> None:
    memory = Memory()
    other = session(shared).appended([b'{"other":1}'] * 300)
    ours = write_session(memory, session(20_500), "native")
    theirs = write_session(memory, other, "native")
    old = flat(memory, 20_500)
    memory.forget()

    assert common_prefix(memory, ours, theirs) == shared
    assert len(memory.reads) <= 14
    assert common_prefix(memory, theirs, old) == common_prefix(memory, old, theirs) == shared
    assert common_prefix(memory, ours, old) == 20_500


def test_a_long_conversation_of_version_1_is_read_grown_and_cut() -> None:
    memory = Memory()
    old = flat(memory, 10_250)
    new = write_session(memory, session(10_250), "native")
    memory.version = 1

    assert message_ids(memory, old) == message_ids(memory, new)
    assert transcript_digest(memory, old) == transcript_digest(memory, new)
    assert read_session(memory, old).messages[10_249].raw == row(10_249)
    assert memory.version == 1
    memory.forget()
    longer = grown(memory, old, 10_250, 10_251)
    assert longer == write_session(Memory(), session(10_251), "native")
    assert memory.version == 2
    assert len(memory.adds) <= 8
    shorter = cut(memory, old, 9_000, title="T", message_count=0)
    assert shorter == write_session(memory, session(9_000), "native")


def test_the_index_reads_only_what_a_commit_adds() -> None:
    memory = Memory()
    trees = {n: write_session(memory, session(n), "native") for n in (9_990, 10_010, 10_020)}
    trees[10_030] = flat(memory, 10_030)
    trees[10_040] = write_session(memory, session(10_040), "native")
    growth = RowGrowth(memory)
    for before, after in zip([*trees][:-1], [*trees][1:], strict=True):
        memory.forget()
        added = growth.added(trees[before], trees[after], (before, after))
        assert added == [blob_id(row(n)) for n in range(before, after)]
        assert len(memory.reads) <= 14
    assert growth.added(trees[10_020], trees[10_010], (10_020, 10_010)) in (None, [])
    other = write_session(memory, session(5_000).appended([b"{}"] * 6_000), "native")
    assert growth.added(trees[10_010], other, (10_010, 11_000)) is None
    whole = growth.added(None, trees[10_040], (0, 10_040))
    assert whole == [blob_id(row(n)) for n in range(10_040)]


def replaced(memory: Memory, tree: TreeId, names: list[str], entry: TreeEntry | None) -> TreeId:
    """Replace the entry at a path in a tree; None takes it out."""
    there = {one.name: one for one in read_tree(memory, tree)}
    if len(names) == 1:
        there.pop(names[0], None)
        if entry is not None:
            there[entry.name] = entry
    else:
        below = replaced(memory, TreeId(there[names[0]].id), names[1:], entry)
        there[names[0]] = TreeEntry(names[0], TREE, below)
    return write_tree(memory, there.values())


@pytest.mark.parametrize(
    ("place", "name", "reason"),
    [
        ("10000+", None, "messages from number 10000 on are missing"),
        ("0099", None, "messages from number 9900 on are missing"),
        ("x", "0100", "more messages than the 12300"),
        ("x", "1000000+", "'1000000+' is not a group"),
        ("10000+/01", None, "messages from number 10000 on are missing"),
        ("10000+/x", "02", "more messages than the 12300"),
        ("10000+/01", "1", "'1' is not a group"),
        ("10000+/01/22", None, "messages from number 12200 on are missing"),
        ("10000+/01/05", None, "messages from number 10500 on are missing"),
        ("10000+/01/x", "23", "more messages than the 12300"),
        ("10000+/01/05/03.json", None, "message 10503 is missing"),
    ],
)
def test_damage_is_named(place: str, name: str | None, reason: str) -> None:
    memory = Memory()
    tree = messages(memory, write_session(memory, session(12_300), "native"))
    group = TreeId(read_tree(memory, tree)[0].id)
    entry = TreeEntry(name, TREE, group) if name else None
    damaged = MessageTree(memory, replaced(memory, tree, place.split("/"), entry), 12_300)

    with pytest.raises(CorruptObject, match=reason.replace("+", r"\+")):
        list(damaged.ids_from(0, 12_300))


@pytest.mark.soak
def test_a_million_rows_have_a_further_level() -> None:
    memory = Memory()
    rows = [session(1).messages[0]] * 1_010_250

    tree = write_messages(memory, rows, None)
    assert tree.tree is not None
    assert [name for name, _ in files(memory, tree.tree)] == [path(n) for n in range(len(rows))]
    fresh = MessageTree(memory, tree.tree, len(rows))
    assert len(fresh.groups()) == 10_103
    shorter = write_messages(memory, rows[:1_000_000], None)
    assert common_rows(shorter, fresh) == common_rows(fresh, shorter) == 1_000_000
    longer = write_messages(memory, [*rows, session(2).messages[1]], None)
    assert common_rows(longer, fresh) == len(rows)
