"""The index follows refs however they are moved, and however fast."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import CorruptRef
from store.ids import CommitId
from store.index.commit_index import Index
from store.repository.ref_read import list_refs
from store.repository.repository import Repository
from store.session_store.store import SessionStore
from tests.harness.bare import commit, fresh, git, set_ref
from tests.store.session_store.conversations import message, session, store_at


def tips(index: Index) -> dict[str, str | None]:
    """Return name to commit, after a refresh; None for what is no commit."""
    index.refresh()
    rows = {pos: cid.hex() for pos, cid in index.query("SELECT pos, id FROM commits")}
    return {
        name: None if pos is None else rows[pos]
        for name, (_, pos, _) in index.ref_positions().items()
    }


def live(index: Index) -> set[str]:
    """Return the commits that the index holds to be reached by refs."""
    return {row[0].hex() for row in index.query("SELECT id FROM commits WHERE live = 1")}


def test_refs_moved_by_plain_git_are_seen(repo_path: Path) -> None:
    repo = fresh(repo_path)
    index = Index(repo)
    one = commit(repo, "1")
    two = commit(repo, "2", one)
    assert tips(index) == {}
    git(repo_path, "update-ref", "refs/sessions/a", one)
    assert tips(index) == {"refs/sessions/a": one}
    git(repo_path, "update-ref", "refs/sessions/a", two)
    git(repo_path, "update-ref", "refs/sessions/deep/er", one)
    git(repo_path, "update-ref", "refs/heads/main", two)
    assert tips(index) == {"refs/sessions/a": two, "refs/sessions/deep/er": one}
    git(repo_path, "pack-refs", "--all", "--prune")
    assert tips(index) == {"refs/sessions/a": two, "refs/sessions/deep/er": one}
    git(repo_path, "update-ref", "refs/sessions/a", one)
    git(repo_path, "update-ref", "-d", "refs/sessions/deep/er")
    assert tips(index) == {"refs/sessions/a": one}
    git(repo_path, "update-ref", "-d", "refs/sessions/a")
    assert tips(index) == {}
    assert live(index) == set()


def test_moves_are_told_once_and_an_unmoved_look_writes_nothing(repo_path: Path) -> None:
    repo = fresh(repo_path)
    index = Index(repo)
    one = commit(repo, "1")
    index.refresh()
    set_ref(repo, "refs/sessions/a", one)
    assert [tuple(move) for move in index.refresh()] == [("refs/sessions/a", None, one)]
    assert index.refresh() == []
    set_ref(repo, "refs/sessions/a", None)
    assert [tuple(move) for move in index.refresh()] == [("refs/sessions/a", one, None)]


def test_packed_refs_rewritten_within_one_tick(repo_path: Path) -> None:
    repo = fresh(repo_path)
    index = Index(repo)
    ids = [commit(repo, str(n)) for n in range(6)]
    packed = repo_path / "packed-refs"
    stamp = None
    for number in (0, 1, 2, 3, 4, 5, 0):
        packed.write_text(
            f"# pack-refs with: peeled fully-peeled sorted \n{ids[number]} refs/sessions/a\n"
        )
        stamp = stamp or packed.stat().st_mtime_ns
        os.utime(packed, ns=(stamp, stamp))
        assert tips(index) == {"refs/sessions/a": ids[number]}


def test_a_loop_of_moves_within_one_tick(repo_path: Path) -> None:
    repo = fresh(repo_path)
    index = Index(repo)
    ids = [commit(repo, str(n)) for n in range(4)]
    path = repo_path / "refs" / "sessions" / "a"
    path.parent.mkdir(exist_ok=True)
    for number in [0, 1, 2, 3] * 25:
        new = path.with_name("a.lock")
        new.write_text(f"{ids[number]}\n")
        new.rename(path)
        assert tips(index) == {"refs/sessions/a": ids[number]}


def test_a_ref_that_we_wrote_and_git_removed_at_once(repo_path: Path) -> None:
    store = store_at(repo_path)
    for name in ("a", "deep/er"):
        store.save(session(name, "1"))
        git(repo_path, "update-ref", "-d", f"refs/sessions/{name}")
        assert store.sessions() == []
        assert store.leaves() == []


def test_a_reader_that_saw_a_later_move_is_not_set_back(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    two = store.append(one.id, [message("2")])
    reader = Index(store.repository)
    assert tips(reader) == {"refs/sessions/a": two.id}
    store.index.note_ref(store.repository, "refs/sessions/a", one.id)
    assert tips(reader) == {"refs/sessions/a": two.id}


def test_links_between_refs_are_followed_as_their_target_moves(repo_path: Path) -> None:
    repo = fresh(repo_path)
    index = Index(repo)
    one, two = commit(repo, "1"), commit(repo, "2")
    git(repo_path, "update-ref", "refs/heads/main", one)
    git(repo_path, "symbolic-ref", "refs/sessions/link", "refs/heads/main")
    assert tips(index) == {"refs/sessions/link": one}
    git(repo_path, "update-ref", "refs/heads/main", two)
    assert tips(index) == {"refs/sessions/link": two}
    git(repo_path, "update-ref", "-d", "refs/heads/main")
    assert tips(index) == {}
    git(repo_path, "update-ref", "refs/heads/main", one)
    assert tips(index) == {"refs/sessions/link": one}


def test_a_damaged_ref_is_reported_and_never_taken_for_deleted(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    store.save(session("b", "2"))
    store.sessions()
    path = repo_path / "refs" / "sessions" / "a"
    path.unlink()
    path.write_bytes(b"\0" * 41)
    assert [info.name for info in store.sessions()] == ["b"]
    assert [name for name, _ in store.problems()] == ["refs/sessions/a"]
    assert one.id in live(store.index)
    assert store.index.refresh() == []
    with pytest.raises(CorruptRef):
        store.load("a")
    with pytest.raises(CorruptRef):
        store.save(session("a", "1", "2"))
    path.write_text(f"{one.id}\n")
    assert {info.name for info in store.sessions()} == {"a", "b"}
    assert store.problems() == []


def test_a_damaged_ref_that_is_then_deleted_holds_nothing_any_more(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    store.sessions()
    path = repo_path / "refs" / "sessions" / "a"
    path.write_bytes(b"")
    os.utime(path.parent)
    assert len(store.problems()) == 1
    path.unlink()
    assert (store.sessions(), store.problems(), live(store.index)) == ([], [], set())


def test_damaged_packed_refs_are_an_error_and_not_a_deletion(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    git(repo_path, "pack-refs", "--all", "--prune")
    assert len(store.sessions()) == 1
    packed = repo_path / "packed-refs"
    good = packed.read_bytes()
    packed.write_bytes(good[:-20])
    with pytest.raises(CorruptRef):
        store.sessions()
    packed.write_bytes(good)
    assert [info.id for info in store.sessions()] == [one.id]


def test_a_ref_to_a_missing_object_is_reported_until_it_arrives(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    elsewhere = store_at(repo_path.with_name("other.git"))
    far = elsewhere.save(session("far", "1", "2"))
    (repo_path / "refs" / "sessions" / "far").write_text(f"{far.id}\n")
    assert [info.id for info in store.sessions()] == [one.id]
    assert [name for name, _ in store.problems()] == ["refs/sessions/far"]
    assert far.id in store.problems()[0][1]
    other = elsewhere.repository.path
    git(repo_path, "fetch", "-q", other, "refs/sessions/far")
    assert {info.id for info in store.sessions()} == {one.id, far.id}
    assert store.problems() == []


def test_packed_refs_that_are_new_keep_their_id_where_nothing_can_be_read(repo_path: Path) -> None:
    repo = fresh(repo_path)
    one, missing = commit(repo, "1"), "12" * 20
    blob = git(repo_path, "hash-object", "-w", "--stdin", data=b"no commit").decode().strip()
    lines = [
        f"{missing} refs/sessions/a",
        f"{one} refs/sessions/b",
        f"{blob} refs/sessions/c",
        f"{one} refs/tags/d",
    ]
    head = "# pack-refs with: peeled fully-peeled sorted"
    (repo_path / "packed-refs").write_text("\n".join([head, *lines, ""]))
    index = Index(repo)
    index.refresh()
    found = index.ref_positions()
    assert {name: value for name, (value, _, _) in found.items()} == {
        name: value for value, name in map(str.split, lines)
    }
    unusable = {name for name, (_, pos, problem) in found.items() if pos is None and problem}
    assert unusable == {"refs/sessions/a", "refs/sessions/c"}
    assert live(index) == {one}


def test_annotated_tags_are_peeled_and_refs_to_blobs_reported(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    git(repo_path, "-c", "user.name=a", "-c", "user.email=b", "tag", "-am", "x", "t", one.id)
    tag = git(repo_path, "rev-parse", "refs/tags/t").decode().strip()
    git(repo_path, "update-ref", "refs/sessions/tagged", tag)
    blob = git(repo_path, "rev-parse", f"{one.id}:session.json").decode().strip()
    (repo_path / "refs" / "sessions" / "blob").write_text(f"{blob}\n")
    (repo_path / "refs" / "tags" / "blob").write_text(f"{blob}\n")
    assert {i.name: i.id for i in store.sessions()} == {"a": one.id, "tagged": one.id}
    assert [name for name, _ in store.problems()] == ["refs/sessions/blob"]
    assert (store.resolve("tagged"), store.resolve(tag)) == (one.id, one.id)
    added = store.append("tagged", [message("2")])
    assert (added.parents, store.resolve("tagged")) == ((one.id,), added.id)


def test_names_that_are_no_text_are_listed_escaped(repo_path: Path) -> None:
    repo = fresh(repo_path)
    one, two = commit(repo, "1"), commit(repo, "2")
    folder = os.path.join(os.fsencode(repo_path), b"refs/sessions/d\xe9")
    os.makedirs(folder)
    path = os.path.join(folder, b"caf\xe9")
    for value in (one, two):
        with open(path, "wb") as file:
            file.write(value.encode() + b"\n")
        os.utime(folder)
        index = Index(repo)
        assert tips(index) == {"refs/sessions/d\\xe9/caf\\xe9": value}
    git(repo_path, "pack-refs", "--all", "--prune")
    assert tips(index) == {"refs/sessions/d\\xe9/caf\\xe9": two}
    (repo_path / "packed-refs").unlink()
    assert tips(index) == {}


def test_files_that_git_passes_over_are_no_refs(repo_path: Path) -> None:
    store = store_at(repo_path)
    store.save(session("a", "1"))
    for name in (".DS_Store", "a.lock", "b\\x41"):
        (repo_path / "refs" / "sessions" / name).write_text("x")
    assert (len(store.sessions()), store.problems()) == (1, [])


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["set", "delete", "pack", "refresh", "reopen", "grow", "break"]),
        st.sampled_from(["a", "b", "c/d", "c/e"]),
        st.integers(0, 30),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(MOVES)
def test_after_any_moves_the_index_says_what_git_says(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, str, int]]
) -> None:
    path = tmp_path_factory.mktemp("refs") / "repo.git"
    repo = fresh(path)
    index = Index(repo)
    commits: list[CommitId] = [commit(repo, "root")]
    parents: dict[str, tuple[CommitId, ...]] = {commits[0]: ()}
    for step, (what, key, number) in enumerate(moves):
        name = f"refs/sessions/{key}"
        if what in ("set", "grow"):
            if what == "grow":
                chosen = {commits[number % len(commits)], commits[-number % len(commits)]}
                commits.append(commit(repo, f"{step}", *sorted(chosen)))
                parents[commits[-1]] = tuple(sorted(chosen))
            set_ref(repo, name, commits[-1 if what == "grow" else number % len(commits)])
            if number % 3 == 0:
                index.note_ref(repo, name, CommitId(_value(repo, name)))
        elif what == "delete":
            set_ref(repo, name, None)
        elif what == "pack":
            git(path, "pack-refs", "--all", "--prune")
        elif what == "reopen":
            index = Index(repo)
        elif what == "break":
            _scribble(path, number)
        elif what == "refresh":
            _compare(repo, index, parents)
    _compare(repo, index, parents)


def _value(repo: Repository, name: str) -> str:
    return list_refs(repo, "refs/sessions/")[name]  # type: ignore[index]


def _scribble(path: Path, number: int) -> None:
    index = path / "store-index.sqlite"
    if not index.exists():
        return
    # What sqlite can notice: it has no checksums.
    if number % 3 == 0:
        index.unlink()
        return
    with index.open("r+b") as file:
        if number % 3 == 1:
            file.truncate(index.stat().st_size // 2)
        else:
            file.write(b"\xff" * 2000)


def _compare(repo: Repository, index: Index, parents: dict[str, tuple[CommitId, ...]]) -> None:
    refs = dict(list_refs(repo, "refs/sessions/"))
    assert tips(index) == refs
    reached: set[str] = set()
    pending: list[str] = list(refs.values())
    while pending:
        here = pending.pop()
        if here not in reached:
            reached.add(here)
            pending += parents[here]
    assert live(index) == reached
    leaves = {row[0].hex() for row in index.query("SELECT id FROM commits WHERE leaf = 1")}
    assert leaves == reached - {p for c in reached for p in parents[c]}
    for found in reached:
        row = index.row(found)
        assert row is not None
        above = [index.row_at(p).id for p in index.parents(row.pos) if p]
        assert sorted(above) == sorted(parents[found])
        assert all(index.row_at(p).pos < row.pos for p in index.parents(row.pos) if p)


def test_a_symbolic_ref_saved_on_becomes_a_ref(repo_path: Path) -> None:
    store = store_at(repo_path)
    one = store.save(session("a", "1"))
    git(repo_path, "symbolic-ref", "refs/sessions/link", "refs/sessions/a")
    added = SessionStore.open(repo_path).append("link", [message("2")])
    assert added.parents == (one.id,)
    assert {i.name: i.id for i in store.sessions()} == {"a": one.id, "link": added.id}
