"""The fan-out map against a dict: content, shape, differences, and the cost of an edit."""

from __future__ import annotations

from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import CorruptObject
from store.ids import EMPTY_TREE, NULL_ID, TreeId
from store.objects.fanout import FanOutMap, read_conflict, write_conflict
from store.objects.fanout_codec import Entry
from store.objects.objects import hash_object
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree
from tests.harness.memory import Memory
from tests.store.objects.fanout_maps import Content, Edits, build, commit, content_of, link


def edited(content: Content, edits: Edits) -> Content:
    return {key: entry for key, entry in {**content, **edits}.items() if entry is not None}


# Ids that differ early, late, or somewhere in the middle of a long common beginning, so that
# nodes split at once, thirty levels down, and one path may hold far more than one leaf takes.
IDS = [
    *(sha1(b"%d" % n).hexdigest() for n in range(150)),
    *(f"{'0' * 36}{n:04x}" for n in range(150)),
    *(f"ab{'7' * 10}{n % 3}{'c' * 24}{n:03x}" for n in range(150)),
]
NAMES = [f"session/{n}" for n in range(450)]
LAST = len(NAMES)
assert len(IDS) == len(set(IDS)) == LAST

values = st.one_of(
    st.none(),
    st.integers(0, 2).map(link),
    st.integers(0, 2).map(lambda n: Entry(TREE, commit(n), conflict=True)),
)
# A run of neighbouring keys set to one value, or removed: shrinks well, splits and merges.
runs = st.tuples(st.integers(0, LAST - 1), st.integers(1, LAST), values)
batches = st.lists(st.lists(runs, min_size=1, max_size=3), max_size=5)


def edits_of(batch: list[tuple[int, int, Entry | None]], hashed: bool) -> dict[str, Entry | None]:
    keys = NAMES if hashed else IDS
    return {key: value for start, size, value in batch for key in keys[start : start + size]}


@given(batches, st.booleans())
def test_it_holds_what_a_dict_would_and_equal_content_is_one_tree(
    history: list[list[tuple[int, int, Entry | None]]], hashed: bool
) -> None:
    memory = Memory()
    expected: Content = {}
    root: TreeId | None = None
    for batch in history:
        edits = edits_of(batch, hashed)
        before = dict(expected)
        expected = edited(expected, edits)
        memory.forget()
        after = FanOutMap(memory, root, hashed=hashed).update(memory, edits)
        if expected == before:
            assert (after, memory.adds) == (root, [])
        root = after

        assert content_of(memory, root, hashed) == expected
        assert root == build(memory, dict(reversed(expected.items())), hashed)

    looked_up = FanOutMap(memory, root, hashed=hashed)
    assert len(looked_up) == len(expected)
    assert bool(looked_up) == bool(expected)
    for key in (NAMES if hashed else IDS)[::7]:
        assert looked_up.get(key) == expected.get(key)


@given(batches, batches, st.booleans())
def test_differences_of_two_maps_are_those_of_dicts(
    first: list[list[tuple[int, int, Entry | None]]],
    second: list[list[tuple[int, int, Entry | None]]],
    hashed: bool,
) -> None:
    memory = Memory()
    old: Content = {}
    for batch in first:
        old = edited(old, edits_of(batch, hashed))
    new = old
    for batch in second[:2]:
        new = edited(new, edits_of(batch, hashed))

    found = FanOutMap(memory, build(memory, old, hashed), hashed=hashed).diff(
        build(memory, new, hashed)
    )

    assert sorted(found, key=lambda row: row[0]) == [
        (key, old.get(key), new.get(key))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def test_a_leaf_takes_64_entries_and_one_more_spreads_them() -> None:
    memory = Memory()
    content = {name: link(0) for name in NAMES[:64]}
    full = build(memory, content)
    assert full is not None
    spread = FanOutMap(memory, full, hashed=True).update(memory, {NAMES[64]: link(0)})
    assert spread is not None

    assert all(entry.name.startswith("=") for entry in read_tree(memory, full))
    assert [entry.name for entry in read_tree(memory, spread)] == list("0123456789abcdef")
    assert FanOutMap(memory, spread, hashed=True).update(memory, {NAMES[64]: None}) == full


def test_removing_everything_leaves_no_tree() -> None:
    memory = Memory()
    root = build(memory, dict.fromkeys(NAMES, link(0)))

    assert FanOutMap(memory, root, hashed=True).update(memory, dict.fromkeys(NAMES)) is None
    assert list(FanOutMap(memory, EMPTY_TREE, hashed=True).items()) == []
    assert build(memory, {"a": None}) is None


def test_a_value_and_a_conflict_take_each_others_place() -> None:
    memory = Memory()
    root = build(memory, {"main": link(0)})
    conflict = Entry(TREE, write_conflict(memory, [commit(1), None, commit(2)]), conflict=True)

    disputed = FanOutMap(memory, root, hashed=True).update(memory, {"main": conflict})

    assert content_of(memory, disputed) == {"main": conflict}
    assert FanOutMap(memory, disputed, hashed=True).update(memory, {"main": link(0)}) == root


def test_an_edit_writes_only_the_nodes_on_its_way() -> None:
    memory = Memory()
    content = {f"name {n}": link(n) for n in range(5_000)}
    root = build(memory, content)
    many = FanOutMap(memory, root, hashed=True)
    before = set(memory.objects)

    memory.forget()
    changed = many.update(memory, {"name 17": link(1)})
    assert len(memory.adds) == len(memory.reads) == 3
    assert before.isdisjoint(memory.adds)

    memory.forget()
    assert many.get("name 17") == link(17)
    assert len(memory.reads) == 3

    memory.forget()
    assert list(many.diff(changed)) == [("name 17", link(17), link(1))]
    assert len(memory.reads) == 6

    memory.forget()
    assert many.update(memory, {"name 17": link(17), "absent": None}) == root
    assert memory.adds == []


def test_a_removal_looks_at_a_few_neighbours_only() -> None:
    memory = Memory()
    root = build(memory, {f"name {n}": link(n) for n in range(5_000)})

    memory.forget()
    smaller = FanOutMap(memory, root, hashed=True).update(memory, {"name 17": None})

    # Three on the way; a leaf holds 20 here, so the fourth sibling shows that 64 are passed.
    assert len(memory.reads) <= 3 + 4
    assert len(memory.adds) == 3
    assert smaller == build(memory, {f"name {n}": link(n) for n in range(5_000) if n != 17})


def test_a_removal_beside_a_crowd_keeps_the_crowd() -> None:
    memory = Memory()
    crowd = {f"{'0' * 36}{n:04x}": link(n) for n in range(150)}
    alone = "f" * 40
    root = build(memory, {**crowd, alone: link(0)}, hashed=False)

    assert FanOutMap(memory, root, hashed=False).update(memory, {alone: None}) == build(
        memory, crowd, hashed=False
    )


def test_names_with_one_and_the_same_hash_share_the_last_leaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.objects.fanout_codec.sha1", lambda _: sha1(b"all alike"))
    memory = Memory()
    content = {name: link(0) for name in NAMES[:100]}

    root = build(memory, content)

    assert content_of(memory, root) == content
    assert FanOutMap(memory, root, hashed=True).update(
        memory, dict.fromkeys(NAMES[50:100])
    ) == build(memory, {name: link(0) for name in NAMES[:50]})


def leaf(name: str, mode: int = GITLINK, object_id: str = "1" * 40) -> list[TreeEntry]:
    return [TreeEntry(name, mode, object_id)]


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=3, max_size=25))
def test_the_terms_of_a_conflict_come_back_in_order(numbers: list[int | None]) -> None:
    memory = Memory()
    terms = [None if number is None else commit(number) for number in numbers]
    if len(terms) % 2 == 0:
        terms.pop()

    assert read_conflict(memory, write_conflict(memory, terms)) == tuple(terms)


def test_a_conflict_is_stored_as_documented() -> None:
    memory = Memory()
    tree = write_conflict(memory, [commit(1), None, commit(2)])

    assert read_tree(memory, tree) == (
        TreeEntry("0+", GITLINK, commit(1)),
        TreeEntry("1-", FILE, hash_object("blob", b"")),
        TreeEntry("2+", GITLINK, commit(2)),
    )
    assert hash_object("blob", b"") in memory.adds


@pytest.mark.parametrize("terms", [[], [commit(0)], [commit(0)] * 4, [commit(0), NULL_ID, None]])
def test_terms_that_are_no_conflict_are_refused(terms: list[str | None]) -> None:
    memory = Memory()

    with pytest.raises(ValueError, match=r"terms|not the id"):
        write_conflict(memory, terms)
    assert memory.adds == []


@pytest.mark.parametrize(
    "entries",
    [
        [],
        leaf("0+"),
        leaf("0+") + leaf("1-"),
        leaf("0+") + leaf("1+") + leaf("2+"),
        leaf("0+") + leaf("1-") + leaf("02+"),
        leaf("0+") + leaf("1-") + leaf("4+"),
        leaf("0+") + leaf("1-") + leaf("2+", FILE),
        leaf("0+") + leaf("1-") + leaf("2+", TREE),
        leaf("0+") + leaf("1-") + leaf("2+", GITLINK, NULL_ID),
    ],
)
def test_a_tree_of_a_stranger_that_is_no_conflict_is_an_error(entries: list[TreeEntry]) -> None:
    memory = Memory()

    with pytest.raises(CorruptObject):
        read_conflict(memory, write_tree(memory, entries))
