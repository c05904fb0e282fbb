"""Trees: the same bytes and ids as C git; bytes that C git refuses are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import CorruptObject, WrongObjectKind
from store.ids import EMPTY_TREE, TreeId
from store.objects.objects import hash_object
from store.objects.tree import (
    EXECUTABLE,
    FILE,
    GITLINK,
    LINK,
    TREE,
    TreeEntry,
    decode_tree,
    encode_tree,
    find_entry,
    read_tree,
    write_tree,
)
from store.repository.pack_writer import ObjectBatch
from tests.harness.bare import commit, fresh, git

BLOB = "32f95c0d1244a78b2be1bab8de17906fabb2c4a8"

names = st.binary(min_size=1, max_size=12).filter(
    lambda raw: not set(raw) & {0, ord("/")} and raw not in (b".", b"..", b".git")
)
modes = st.sampled_from([FILE, EXECUTABLE, LINK, TREE, GITLINK])
entries = st.dictionaries(names, st.tuples(modes, st.binary(min_size=20, max_size=20)), max_size=9)


def as_entries(drawn: dict[bytes, tuple[int, bytes]]) -> list[TreeEntry]:
    return [
        TreeEntry(name.decode("utf-8", "surrogateescape"), mode, raw.hex())
        for name, (mode, raw) in drawn.items()
    ]


@given(entries)
def test_what_is_written_is_read_back(drawn: dict[bytes, tuple[int, bytes]]) -> None:
    wanted = as_entries(drawn)
    data = encode_tree(wanted)
    found = decode_tree(data)
    assert sorted(found) == sorted(wanted)
    assert encode_tree(reversed(found)) == data


@settings(max_examples=25)
@given(drawn=entries)
def test_git_writes_the_same_tree(
    tmp_path_factory: pytest.TempPathFactory, drawn: dict[bytes, tuple[int, bytes]]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mktree.git"
    if not folder.exists():
        git(folder.parent, "init", "-q", "--bare", str(folder))
    kinds = {TREE: b"tree", GITLINK: b"commit"}
    lines = [
        b"%06o %s %s\t%s\0" % (mode, kinds.get(mode, b"blob"), raw.hex().encode(), name)
        for name, (mode, raw) in drawn.items()
    ]
    written = git(folder, "mktree", "-z", "--missing", data=b"".join(lines))
    assert written.decode().strip() == hash_object("tree", encode_tree(as_entries(drawn)))


def test_a_folder_sorts_as_if_its_name_ended_in_a_slash() -> None:
    mixed = [TreeEntry(n, TREE if n == "a" else FILE, BLOB) for n in ("a", "a-", "a.b", "a0", "a_")]
    assert [e.name for e in decode_tree(encode_tree(mixed))] == ["a-", "a.b", "a", "a0", "a_"]
    linked = [entry._replace(mode=GITLINK) if entry.name == "a" else entry for entry in mixed]
    assert [e.name for e in decode_tree(encode_tree(linked))] == ["a", "a-", "a.b", "a0", "a_"]


def test_a_tree_cut_short_anywhere_is_corrupt() -> None:
    data = encode_tree([TreeEntry("one", FILE, BLOB), TreeEntry("two", TREE, BLOB)])
    ends = {0, len(b"100644 one") + 21}
    for cut in range(len(data)):
        if cut not in ends:
            with pytest.raises(CorruptObject, match="cut short"):
                decode_tree(data[:cut])


@pytest.mark.parametrize(
    "head", [b" x", b"1e5 x", b"+100644 x", b"1_0 x", b"0o100644 x", b"8 x", b"100644 ", b"\xd9 x"]
)
def test_an_entry_without_mode_or_name_is_corrupt(head: bytes) -> None:
    with pytest.raises(CorruptObject, match=f"object {BLOB} is corrupt: a tree entry"):
        decode_tree(head + b"\0" + bytes(20), BLOB)


def test_an_old_tree_with_a_group_writable_file_keeps_its_mode() -> None:
    data = b"100664 x\0" + bytes(20)
    assert decode_tree(data) == (TreeEntry("x", 0o100664, "0" * 40),)
    assert encode_tree(decode_tree(data)) == data


def test_trees_in_a_repository(repo_path: Path) -> None:
    repository = fresh(repo_path)
    made = commit(repository, "hello")
    with ObjectBatch(repository) as batch:
        blob = batch.add("blob", b"x")
        inner = write_tree(batch, [TreeEntry("x", FILE, blob)])
        outer = write_tree(batch, [TreeEntry("folder", TREE, inner), TreeEntry("é", FILE, blob)])
        assert write_tree(batch, []) == EMPTY_TREE
        batch.flush()
    assert git(repo_path, "ls-tree", "-r", "--name-only", "-z", outer) == "folder/x\0é\0".encode()
    assert read_tree(repository, outer)[0].id == inner
    assert find_entry(repository, outer, "é") == TreeEntry("é", FILE, blob)
    assert find_entry(repository, outer, "e") is None
    with pytest.raises(WrongObjectKind, match="is a commit, not a tree"):
        read_tree(repository, TreeId(made))
