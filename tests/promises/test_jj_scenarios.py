"""Promise (laws 3, 5 and 7): scenarios of jj's tests that concern several modules.

They cover undo and redo step by step, concurrent writers, ids in git, and a missing or damaged index.
Scenarios of one module are beside the tests of that module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from porcelain.errors import AmbiguousPrefix, UnknownRevision
from porcelain.index.view_rows import get_row
from porcelain.language.id_prefix import change_prefix
from porcelain.model.change_id import CHANGE_ID_HEADER, synthetic_change_id
from porcelain.model.view_value import SESSIONS, parse_target
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.bare import git
from tests.harness.processes import together
from tests.harness.slow_commands import Slow, described, heads, talking
from tests.harness.world import Clock, World, check, log_of, texts_of
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.graph.handmade_index import Made, full_change, graph, handmade_index, letters

WRITERS = 6


class Stopped(Clock):
    """A clock that does not advance."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        """Return the fixed time."""
        return self.now


@pytest.fixture
def box(box: Sandbox) -> Sandbox:
    """A user with a new repository."""
    box.ok("init")
    return box


@pytest.fixture
def world(repo_path: Path) -> World:
    """A session `talk` of two commits; `@` is its tip."""
    return talking(World(repo_path))


def begin(box: Sandbox, titles: str) -> None:
    """Make empty sibling changes, one command each."""
    for title in titles:
        box.ok(f"new root() -m {title}")


def step(box: Sandbox, *commands: str) -> str:
    """Run commands; return the title of `@` after each."""
    titles = []
    for command in commands:
        box.ok(command)
        titles.append(box.position()[0] or "-")
    return " ".join(titles)


def drop_index(repo: Path) -> None:
    """Delete the index."""
    for file in repo.glob("store-index*"):
        file.unlink()


# Undo and redo.


def test_undo_goes_down_to_where_nothing_was_and_stops(box: Sandbox) -> None:
    assert box.wj("undo") == "Error: Nothing to undo\n[exit 1]\n"
    begin(box, "A")
    made = box.stable(box.json("op log -n 1")[0]["id"][:12])

    assert box.ok("undo") == (
        f"Undid operation: {made} (2 seconds ago) new empty change on 000000000000\n"
        "Restored to operation: root()\n"
        "This workspace has no current commit now\n"
    )
    assert box.ok("status") == "This workspace has no current commit\n"
    assert box.titles("all() ~ root()") == []
    count = len(box.json("op log"))
    assert box.wj("undo") == "Error: Nothing to undo\n[exit 1]\n"
    assert len(box.json("op log")) == count


def test_of_two_commands_at_once_undo_takes_back_one(box: Sandbox) -> None:
    begin(box, "A")
    box.ok("new -m B")
    box.ok("new -m C --at-op @-")

    assert box.titles("visible_heads()") == ["C", "B"]
    box.ok("undo")
    assert box.titles("visible_heads()") == ["B"]
    box.ok("undo")
    assert box.titles("visible_heads()") == ["A"]
    box.ok("redo")
    box.ok("redo")
    assert box.titles("visible_heads()") == ["C", "B"]


def test_undo_jumps_over_an_older_run_of_undos(box: Sandbox) -> None:
    begin(box, "ABCD")
    assert step(box, "undo", "undo") == "C B"

    begin(box, "EF")
    assert step(box, "undo", "undo", "undo") == "E B A"
    assert box.titles("all() ~ root()") == ["A"]


def test_what_is_no_undo_cannot_be_redone(box: Sandbox) -> None:
    begin(box, "AB")
    before = box.json("op log")

    assert box.wj("redo") == "Error: Nothing to redo\n[exit 1]\n"
    assert box.json("op log") == before


def test_redo_jumps_over_an_older_run_of_redos(box: Sandbox) -> None:
    begin(box, "ABCD")
    assert step(box, "undo", "undo", "undo") == "C B A"
    assert step(box, "redo", "redo", "undo", "redo") == "B C B C"
    assert step(box, "redo") == "D"

    assert box.wj("redo") == "Error: Nothing to redo\n[exit 1]\n"
    assert box.ok("undo --quiet") == box.ok("redo --quiet") == ""
    assert box.position()[0] == "D"


def test_undo_after_duplicate_hides_the_copy(box: Sandbox) -> None:
    begin(box, "AB")
    before = box.json("log -r visible_heads()")
    (copy,) = box.json("duplicate @")["copies"].values()
    assert len(box.json("log -r visible_heads()")) == 3

    box.ok("undo")

    assert box.json("log -r visible_heads()") == before
    assert box.one(copy)["hidden"]


def test_what_was_undone_can_be_done_again_in_the_same_second(world: World) -> None:
    world.clock = Stopped(world.clock())
    first = described(world, "talk", "again")
    world.repo().undo()

    assert described(world, "talk", "again") == first
    check(world)
    assert world.tip("talk") == first
    assert not world.repo().graph.is_divergent(world.repo().graph.position_of(first) or 0)
    world.repo().undo()
    assert world.tip("talk") != first
    check(world)


# Writers at once.


def in_threads(*works: Callable[[], object]) -> None:
    """Run all of them at once, each in a thread."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("run", [in_threads, together], ids=["threads", "processes"])
def test_writers_at_once_lose_nothing(world: World, run: Callable[..., None]) -> None:
    before, log = heads(world), log_of(world.open())

    def write(number: int) -> None:
        mine = World(world.path, make=False, seed=f"writer {number}")
        repo = mine.open(f"w{number}")
        with repo.transaction() as tx:
            tx.new(repo.resolve("talk-"), f"by {number}")

    run(*(partial(write, number) for number in range(WRITERS)))

    check(world)
    repo = world.open()
    added = heads(world) - before
    subjects = {repo.row(repo.graph.position_of(CommitId(one)) or 0).subject for one in added}
    assert subjects == {f"by {number}" for number in range(WRITERS)}
    assert heads(world) >= before
    assert len(log_of(repo)) == len(log) + WRITERS
    assert len(repo.operations()) == len(log) + WRITERS


# Ids.


def test_an_odd_number_of_letters_is_a_prefix_and_no_id() -> None:
    assert change_prefix("ZyX") == "zyx"
    assert change_prefix("") == ""
    assert change_prefix("zyj") is None


def test_a_change_is_found_by_half_bytes_too(tmp_path: Path) -> None:
    made = [Made("1", "deadbeef0123"), Made("2", "dead1")]
    of = graph(handmade_index(tmp_path / "r.git", made))
    shown = full_change("deadbeef0123")

    assert shown[:12] == "mlpmollkzyxw"
    for length in range(5, 33):
        assert of.resolve(shown[:length]) == 1
    for length in range(1, 5):
        with pytest.raises(AmbiguousPrefix):
            of.resolve(shown[:length])
    for digits in ("deadbeef4", "deadbeef1", "dead0"):
        with pytest.raises(UnknownRevision):
            of.resolve(letters(digits))


def test_a_change_id_is_in_the_commit_and_nowhere_else(world: World) -> None:
    commit_id = world.new("talk", "one").commit
    change = world.repo().change_id(world.repo().position("@"))
    world.repo().index.close()
    drop_index(world.path)

    repo = World(world.path, make=False).open()

    assert repo.change_id(repo.position("@")) == change
    header = f"{CHANGE_ID_HEADER} {change}"
    assert header in world.git("cat-file", "commit", commit_id).splitlines()


def test_what_plain_git_made_has_an_id_made_from_its_own(world: World) -> None:
    tree = world.git("rev-parse", "refs/sessions/talk^{tree}").strip()
    first = world.git("commit-tree", "-m", "first", tree).strip()
    second = world.git("commit-tree", "-m", "second", "-p", first, tree).strip()
    world.git("update-ref", "refs/sessions/git", second)

    world.new("talk")

    repo = world.open()
    for commit_id in (CommitId(first), CommitId(second)):
        position = repo.graph.position_of(commit_id)
        assert position is not None
        assert repo.change_id(position) == synthetic_change_id(commit_id)
        assert repo.resolve(synthetic_change_id(commit_id)) == commit_id
    outside = next(one for one in log_of(repo) if one.data.kind == "outside")
    above = world.git("log", "-1", "--format=%P", outside.id).split()
    assert above == [*outside.data.parents, second], "the newest keeps what it continues"
    check(world)


def test_equal_commits_are_told_apart_by_their_change_ids(world: World) -> None:
    world.clock = Stopped(world.clock())
    one, other = (world.new("talk", "equal", workspace=name).commit for name in ("a", "b"))

    first, second = (read_commit(world.repo().repository, found) for found in (one, other))

    assert one != other
    assert first._replace(headers=()) == second._replace(headers=())
    assert world.repo("a").workspace.commit == one
    assert world.repo("b").workspace.commit == other
    check(world)


def test_hidden_commits_lengthen_what_is_shown_without_a_short_set(tmp_path: Path) -> None:
    hidden = [Made(f"{2 * n:02x}", f"{2 * n:02x}", visible=False) for n in range(1, 128)]
    index = handmade_index(tmp_path / "r.git", [Made("ab", "ab"), *hidden])
    whole, usual = graph(index), graph(index, None)
    commit, change = usual.commit_id(1), usual.change_id(1)

    assert usual.commit_ids.shortest(commit) == usual.change_ids.shortest(change) == 1
    assert usual.resolve("a") == usual.resolve(letters("a")) == 1
    assert whole.commit_ids.shortest(commit) == whole.change_ids.shortest(change) == 2
    for text in ("a", letters("a")):
        with pytest.raises(AmbiguousPrefix):
            whole.resolve(text)
    assert whole.resolve("ab") == whole.resolve(letters("ab")) == 1


# An index that is gone or damaged.


def test_a_new_index_knows_hidden_commits_and_both_sides_of_a_conflict(world: World) -> None:
    old = world.tip("talk")
    described(world, "talk", "rewritten")
    undone = world.new("talk", "undone").commit
    world.repo().undo()
    slow = Slow(world)
    world.append("fast")
    slow.append("late")
    target = get_row(world.repo().index, SESSIONS, "talk")
    sides = [one for one in parse_target(target) if one is not None]
    assert len(sides) == 3
    world.repo().index.close()
    drop_index(world.path)

    repo = World(world.path, make=False).open()

    assert get_row(repo.index, SESSIONS, "talk") == target
    found = {one: repo.index.position(one) for one in (old, undone, *sides)}
    assert None not in found.values()
    visible = {one for one, position in found.items() if repo.row(position or 0).visible}
    assert visible == set(sides)
    assert {texts_of(repo, one)[-1] for one in (sides[0], sides[2])} == {"fast", "late"}
    check(world)


def test_an_index_of_zeros_is_made_anew(box: Sandbox) -> None:
    begin(box, "AB")
    box.ok("describe -m C")
    shown, old = box.json("log -r all()"), box.json("evolog")[-1]["commit"]["commit_id"]
    (file,) = box.repo.glob("store-index.sqlite")
    file.write_bytes(bytes(file.stat().st_size))

    assert box.json("log -r all()") == shown
    assert box.titles(old) == ["B"]
    assert box.json("evolog")[-1]["commit"]["commit_id"] == old


def test_a_commit_that_only_an_old_operation_shows_is_missing(box: Sandbox) -> None:
    begin(box, "A")
    missing = box.one("@")["commit_id"]
    bad = box.json("op log -n 1")[0]["id"]
    box.ok("describe -m B")
    box.ok("new -m C")
    remove(box.repo, missing)
    drop_index(box.repo)

    assert box.titles("all() ~ root()") == ["C", "B"]
    assert [one["id"] for one in box.json("op log")][2] == bad
    assert len(box.json("op log --at-op @-")) == 3
    for command in (f"log --at-op {bad}", f"op show {bad}"):
        done = box.run(*command.split())
        assert done.code == 1
        assert done.err.startswith(f"Error: Object {box.stable(missing)} is missing")
    done = box.run("doctor", "--json")
    assert done.code == 1
    assert missing in done.raw.decode()

    box.ok(f"op abandon ..{bad}")
    assert bad not in [one["id"] for one in box.json("op log")]
    assert box.titles("all() ~ root()") == ["C", "B"]
    assert step(box, "new -m D", "undo", "undo", "redo") == "D C B C"


def remove(repo: Path, object_id: str) -> None:
    """Delete an object from its pack."""
    packs = repo / "objects" / "pack"
    found = {file: file.read_bytes() for file in packs.glob("*.pack")}
    for pack in found:
        for file in packs.glob(f"{pack.stem}.*"):
            file.unlink()
    for data in found.values():
        git(repo, "unpack-objects", "-q", data=data)
    (repo / "objects" / object_id[:2] / object_id[2:]).unlink()
