"""The trees of a fan-out map: hostile names, and trees from untrusted sources."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import CorruptObject, ObjectNotFound
from store.ids import NULL_ID, TreeId
from store.objects.fanout import FanOutMap, write_conflict
from store.objects.fanout_codec import Entry
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree
from tests.harness.memory import Memory
from tests.store.objects.fanout_maps import Content, build, commit, content_of, link


def leaf(name: str, mode: int = GITLINK, object_id: str = "1" * 40) -> list[TreeEntry]:
    return [TreeEntry(name, mode, object_id)]


@given(
    st.dictionaries(st.text(min_size=1), st.just(link(1))),
    st.lists(st.binary(min_size=1, max_size=8)),
)
def test_any_text_is_a_name(content: Content, raw: list[bytes]) -> None:
    memory = Memory()
    content |= {data.decode("utf-8", "surrogateescape"): link(2) for data in raw}

    root = build(memory, content)

    assert content_of(memory, root) == content
    assert all(FanOutMap(memory, root, hashed=True).get(key) == e for key, e in content.items())


HOSTILE = [
    *(".", "..", ".git", ".GIT", ".Git.", "git~1", "GIT~1", ".gitmodules", ".g\u200cit", "a%2Fb"),
    *(".gi\u200dt ", "=x", "!x", "a/b", "a//b", "/", "a\\b", "con", "x\ny", "\x01", "\x7f", "~"),
    *("%", "%%41", "-x", "0", "f", "\ufeff", "é" * 100, "e\u0301", "語" * 66, "\udcff\udcfe", " "),
]


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).decode()


def test_git_finds_no_fault_with_hostile_names(repo_path: Path) -> None:
    memory = Memory()
    blob = memory.add("blob", b"{}")
    conflict = write_conflict(memory, [commit(n) if n % 3 else None for n in range(13)])
    kinds = [link(1), Entry(FILE, blob), Entry(TREE, conflict, conflict=True)]
    kinds.append(Entry(TREE, conflict))
    # Neighbours in git's order, where a tree sorts as if its name ended in a slash.
    names = [*HOSTILE, "a", "a-", "a.", "a0", "A", "aa", *(f"session/{n}" for n in range(80))]
    content = {name: kinds[n % 4] for n, name in enumerate(names)}
    root = build(memory, content)
    small = build(memory, {name: kinds[n % 4] for n, name in enumerate(HOSTILE)})

    repository = pygit2.init_repository(str(repo_path), bare=True)
    kind_numbers = {"blob": pygit2.enums.ObjectType.BLOB, "tree": pygit2.enums.ObjectType.TREE}
    for object_id, (kind, data) in memory.objects.items():
        assert str(repository.odb.write(kind_numbers[kind], data)) == object_id
    user = pygit2.Signature("a", "a@b", 1, 0)
    for number, tree in enumerate((root, small)):
        assert tree is not None
        repository.create_commit(f"refs/heads/{number}", user, user, "", pygit2.Oid(hex=tree), [])

    git(repo_path, "symbolic-ref", "HEAD", "refs/heads/0")

    assert git(repo_path, "fsck", "--strict", "--no-progress") == ""
    assert content_of(memory, root) == content
    listed = git(repo_path, "ls-tree", str(small)).encode()
    assert git(repo_path, "mktree", "--missing", stdin=listed).strip() == small


def test_a_name_is_stored_as_documented() -> None:
    memory = Memory()
    root = build(memory, {"a%/é_-Z.9": link(0), "b": Entry(TREE, commit(1), conflict=True)})
    assert root is not None

    assert [entry.name for entry in read_tree(memory, root)] == ["!b", "=a%25%2F%C3%A9_-Z%2E9"]


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("", True),
        ("\ud800", True),  # no byte stands behind it
        ("\udcc3\udca9", True),  # the bytes of another key, "é"
        ("", False),
        ("abc", False),
        ("A" * 40, False),
    ],
)
def test_a_key_that_no_map_can_hold_is_refused(key: str, hashed: bool) -> None:
    memory = Memory()
    fresh = FanOutMap(memory, None, hashed=hashed)

    with pytest.raises(ValueError, match=r"key|encode"):
        fresh.update(memory, {commit(0): link(0), key: link(0)})
    with pytest.raises(ValueError, match=r"key|encode"):
        fresh.get(key)
    assert memory.adds == []


@pytest.mark.parametrize(
    "entry",
    [
        Entry(GITLINK, NULL_ID),
        Entry(GITLINK, "abc"),
        Entry(GITLINK, "A" * 40),
        Entry(0o120000, commit(0)),
        Entry(GITLINK, commit(0), conflict=True),
    ],
)
def test_a_value_that_no_map_can_hold_is_refused(entry: Entry) -> None:
    memory = Memory()

    with pytest.raises(ValueError, match=r"mode|not the id"):
        build(memory, {"a": link(0), "b": entry})
    assert memory.adds == []


@pytest.mark.parametrize(
    "entries",
    [
        leaf("=%2f"),  # lower case
        leaf("=%41"),  # a byte that needs no escape
        leaf("=%"),
        leaf("=%4"),
        leaf("=%GG"),
        leaf("=% 1"),
        leaf("=a.b"),
        leaf("=é"),
        leaf("=\udcff"),
        leaf("="),
        leaf("a"),
        leaf("a", TREE),  # an inner node whose child is missing
        leaf("g", TREE),
        leaf("aa", TREE),
        leaf("!a"),
        leaf("=a", 0o100755),
        leaf("=a", GITLINK, NULL_ID),
        leaf("=a") + leaf("!a", TREE),
        leaf("=a") + leaf("0", TREE),
        leaf("0", TREE) + leaf("=a"),
        leaf("0", FILE),
    ],
)
def test_a_foreign_tree_that_is_not_a_map_is_an_error(entries: list[TreeEntry]) -> None:
    memory = Memory()
    root = write_tree(memory, entries)

    with pytest.raises((CorruptObject, ObjectNotFound)) as caught:
        list(FanOutMap(memory, root, hashed=True).items())
    assert caught.value.id in (root, "1" * 40)
    with pytest.raises((CorruptObject, ObjectNotFound)):
        list(FanOutMap(memory, None, hashed=True).diff(root))


def test_a_key_that_is_no_id_is_an_error_where_keys_are_ids() -> None:
    memory = Memory()
    crowd = [entry for n in range(65) for entry in leaf(f"=name{n}")]
    root = write_tree(memory, crowd)

    with pytest.raises(CorruptObject, match="encodes no key"):
        list(FanOutMap(memory, root, hashed=False).items())
    with pytest.raises(CorruptObject, match="encodes no key"):
        FanOutMap(memory, root, hashed=False).update(memory, {commit(0): link(0)})


def test_an_entry_in_the_wrong_place_is_an_error() -> None:
    memory = Memory()
    key = "0" * 40
    stray = write_tree(memory, leaf(f"={key}"))
    root = write_tree(memory, leaf("0", TREE, stray) + leaf("1", TREE, stray))

    with pytest.raises(CorruptObject, match="wrong place"):
        list(FanOutMap(memory, root, hashed=False).items())
    with pytest.raises(CorruptObject, match="wrong place"):
        list(FanOutMap(memory, None, hashed=False).diff(write_tree(memory, leaf("1", TREE, root))))


@pytest.mark.parametrize("cut", [1, 6, 7, 8, 20, 27])
def test_an_inner_node_that_is_cut_short_is_an_error(cut: int) -> None:
    memory = Memory()
    whole = build(memory, {f"name {n}": link(n) for n in range(100)})
    assert whole is not None
    root = TreeId(memory.add("tree", memory.read(whole)[1][: -28 + cut]))

    with pytest.raises(CorruptObject):
        list(FanOutMap(memory, root, hashed=True).items())


def test_a_bottomless_nest_of_trees_is_an_error() -> None:
    memory = Memory()
    root = write_tree(memory, leaf("=" + "0" * 40))
    for _ in range(5_000):
        root = write_tree(memory, leaf("0", TREE, root))
    deep = FanOutMap(memory, root, hashed=False)

    with pytest.raises(CorruptObject):
        deep.get("0" * 40)
    with pytest.raises(CorruptObject):
        list(deep.items())
    with pytest.raises(CorruptObject):
        list(deep.diff(None))
    with pytest.raises(CorruptObject):
        deep.update(memory, {"0" * 40: link(0)})
