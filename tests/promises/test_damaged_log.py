"""Promise (laws 3 and 8): damage to any object of the operation log loses nothing visible.

Each object of the log of a small repository (operations, their trees and documents, views down to
single values) is removed or overwritten, loose or in a pack, with the index and without it.
"""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Run, Sandbox

HARMS = ("gone", "garbage")


class Before(NamedTuple):
    """The repository before the damage: visible commits, sessions, the log, newest first."""

    visible: frozenset[str]
    sessions: dict[str, str]
    operations: tuple[str, ...]
    newest: frozenset[str]


class Case(NamedTuple):
    """One damage: the object, how, whether in a pack, whether the index is there."""

    victim: str
    harm: str
    packed: bool
    indexed: bool


def begin(box: Sandbox) -> tuple[Before, list[str]]:
    """Make a repository with a fork and an unnamed head; return the objects of its log too.

    None of its objects is in a pack.
    """
    box.begin(2)
    box.ok("fork @- side")
    box.ok("append -m aside")
    box.ok("new demo -m unnamed")
    loosen(box.repo)
    head = git(box.repo, "rev-parse", "refs/wj/op").decode().strip()
    before = Before(
        frozenset(c["commit_id"] for c in box.json("log -r all()")),
        sessions(box.repo),
        tuple(one["id"] for one in box.json("op log") if one["id"].strip("0")),
        frozenset(own_objects(box.repo, head)),
    )
    found = [one for op in before.operations for one in own_objects(box.repo, op)]
    return before, list(dict.fromkeys(found))


def sessions(repo: Path) -> dict[str, str]:
    """Return the session refs as git lists them."""
    shown = git(repo, "for-each-ref", "--format=%(refname) %(objectname)", "refs/sessions")
    return dict(line.split(" ", 1) for line in shown.decode().splitlines())


def own_objects(repo: Path, operation: str) -> list[str]:
    """Return the objects that an operation is made of, without any commit that it names."""
    found = [operation, git(repo, "rev-parse", f"{operation}^{{tree}}").decode().strip()]
    for line in git(repo, "ls-tree", "-r", "-t", operation).decode().splitlines():
        _, kind, object_id = line.split("\t")[0].split()
        if kind != "commit":
            found.append(object_id)
    return found


def loosen(repo: Path) -> None:
    """Unpack all objects."""
    packs = repo / "objects" / "pack"
    for pack in sorted(packs.glob("*.pack")):
        moved = repo / pack.name
        pack.rename(moved)
        for other in packs.glob(f"{pack.stem}.*"):
            other.unlink()
        git(repo, "unpack-objects", "-q", data=moved.read_bytes())
        moved.unlink()


def damage(repo: Path, case: Case) -> None:
    """Damage one object of a repository whose objects are all loose."""
    path = repo / "objects" / case.victim[:2] / case.victim[2:]
    if case.packed and case.harm == "garbage":
        pack(repo)
        overwrite_packed(repo, case.victim)
        return
    path.chmod(0o644)
    if case.harm == "gone":
        path.unlink()
    else:
        path.write_bytes(b"garbage" * 3)
    if case.packed:
        pack(repo, without=case.victim)


def pack(repo: Path, without: str = "") -> None:
    ids = [f"{f.parent.name}{f.name}" for f in (repo / "objects").glob("??/*")]
    wanted = "\n".join(one for one in ids if one != without).encode()
    # No deltas: the damage of one object is not to be another's.
    git(
        repo,
        "pack-objects",
        "-q",
        "--window=0",
        str(repo / "objects" / "pack" / "pack"),
        data=wanted,
    )
    git(repo, "prune-packed", "-q")


def overwrite_packed(repo: Path, victim: str) -> None:
    (data,) = (repo / "objects" / "pack").glob("*.pack")
    listed = git(repo, "verify-pack", "-v", str(data.with_suffix(".idx"))).decode()
    fields = next(line.split() for line in listed.splitlines() if line.startswith(victim))
    data.chmod(0o644)
    with open(data, "r+b") as file:
        file.seek(int(fields[4]) + 2)
        file.write(b"\xff" * (int(fields[3]) - 2))


def survive(box: Sandbox, before: Before, case: Case) -> None:
    """Use, examine and repair the damaged repository; fail if anything visible is lost."""
    runs: list[Run] = []

    def run(line: str) -> Run:
        runs.append(box.run(*line.split()))
        assert runs[-1].code in (0, 1), f"{case} {line}: {runs[-1].both}"
        assert "Traceback" not in runs[-1].both, f"{case} {line}: {runs[-1].both}"
        return runs[-1]

    looks = [run(line) for line in ("log", "status", "op log", "append -m after")]
    if case.victim not in before.newest:
        assert [one.code for one in looks] == [0] * 4, (case, looks)
    found, fixed, left = run("doctor"), run("doctor --fix"), run("doctor")
    told = f"{case}\n{found.both}\n{fixed.both}\n{left.both}"
    assert (found.code, left.code) == (1, 0), told
    shown = run("log -r all() --json")
    assert before.visible <= {one["commit_id"] for one in shown.data}, told
    assert set(before.sessions) == set(sessions(box.repo)), told
    for line in ("append -m later", "new demo", "undo", "op log", "status"):
        assert run(line).code == 0, f"{line}: {runs[-1].both}\n{told}"
    assert run("util gc --expire now").code == 0, f"{runs[-1].both}\n{told}"
    git(box.repo, "fsck", "--strict", "--no-dangling", "--no-progress")


COMBINATIONS = tuple(itertools.product(HARMS, (False, True), (True, False)))


def survive_all(box: Sandbox, before: Before, cases: list[Case]) -> None:
    """Damage a fresh copy of the repository for each case."""
    whole = box.folder / "whole.git"
    shutil.copytree(box.repo, whole)
    for case in cases:
        shutil.rmtree(box.repo)
        shutil.copytree(whole, box.repo)
        if not case.indexed:
            for file in box.repo.glob("store-index*"):
                file.unlink()
        damage(box.repo, case)
        survive(box, before, case)


@pytest.mark.parametrize("part", range(3))
def test_any_object_of_the_log_may_be_damaged(box: Sandbox, part: int) -> None:
    """Damage every second object, in the eight ways by turns."""
    before, objects = begin(box)
    cases = [
        Case(victim, *COMBINATIONS[place % len(COMBINATIONS)])
        for place, victim in enumerate(objects)
    ]

    survive_all(box, before, cases[part::6])


@pytest.mark.soak
def test_any_object_of_the_log_may_be_damaged_in_any_way(box: Sandbox) -> None:
    before, objects = begin(box)

    survive_all(box, before, [Case(v, *way) for v in objects for way in COMBINATIONS])


def break_middle(box: Sandbox, *, whole: bool = True) -> tuple[Before, str]:
    """Damage the second newest operation, or its document; delete the index."""
    before, _ = begin(box)
    victim = before.operations[1]
    object_id = victim
    if not whole:
        listed = git(box.repo, "ls-tree", victim, "operation.json").decode()
        object_id = listed.split()[2]
    damage(box.repo, Case(object_id, "gone", packed=False, indexed=False))
    for file in box.repo.glob("store-index*"):
        file.unlink()
    return before, victim


def test_the_log_says_where_it_has_a_gap(box: Sandbox) -> None:
    before, _ = break_middle(box)

    assert "Hint: The operation log has a gap" in box.ok("log")
    assert "Hint" not in box.ok("log")  # said once
    shown = box.run("op", "log")

    assert shown.code == 0
    assert "\n~  args: wj new demo" in shown.out
    assert "Warning: The log has a gap: operation" in shown.err
    assert "`wj doctor --fix`" in shown.err
    assert [one["id"] for one in box.run("op", "log", "--json").data] == [before.operations[0]]


def test_undo_stops_at_a_gap_and_says_so(box: Sandbox) -> None:
    break_middle(box)

    done = box.run("undo")
    assert done.code == 1
    assert "is corrupt" in done.err
    assert "wj doctor" in done.err

    box.run("doctor", "--fix")
    done = box.run("undo")
    assert done.code == 1
    assert "the state before it was damaged and lost" in done.err
    box.ok("append -m more")
    box.ok("undo")


def test_what_is_known_to_be_before_a_gap_stays_in_the_log(box: Sandbox) -> None:
    before, victim = break_middle(box, whole=False)

    said = box.run("doctor", "--fix").both

    assert "Removed 1 operation that cannot be read from the log" in said
    listed = [one["id"] for one in box.json("op log")]
    assert victim not in listed
    assert set(before.operations[2:]) <= set(listed)
    assert box.run("doctor").code == 0


def test_where_nothing_is_known_the_older_operations_are_listed(box: Sandbox) -> None:
    break_middle(box)

    said = box.run("doctor", "--fix").both

    assert "These operations are still in the object database, though not in the log:" in said
    assert "update-ref" not in said
    assert "import demo" in said


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("form", ["{}", "..{}"])
def test_an_operation_that_cannot_be_read_can_be_abandoned(
    box: Sandbox, form: str, whole: bool
) -> None:
    before, victim = break_middle(box, whole=whole)

    box.ok(f"op abandon {form.format(victim[:12])}")

    assert box.run("doctor").code == 0
    shown = box.run("log", "-r", "all()", "--json").data
    assert {one["commit_id"] for one in shown} == before.visible
    assert victim not in [one["id"] for one in box.json("op log")]
    assert box.ok("util gc --expire now").startswith("Collected: ")
    assert {c["commit_id"] for c in box.json("log -r all()")} == before.visible


def test_a_damaged_conversation_is_told_and_leaves_others_alone(box: Sandbox) -> None:
    before, _ = begin(box)
    tip = before.sessions["refs/sessions/side"]
    damage(box.repo, Case(tip, "gone", packed=False, indexed=False))
    for file in box.repo.glob("store-index*"):
        file.unlink()

    said = box.run("doctor")

    assert said.code == 1
    assert "Session side" in said.both
    assert "other conversations are not affected" in said.both
    for line in ("log", "status", "op log", "new demo -m on", "append -m more", "doctor --fix"):
        done = box.run(*line.split())
        assert done.code == (1 if "doctor" in line else 0), done.both
    shown = {c["commit_id"] for c in box.json("log -r all()")}
    assert before.visible - {tip} <= shown


def test_an_operation_of_a_newer_version_is_never_mended_away(box: Sandbox) -> None:
    before, _ = begin(box)
    victim = before.operations[1]
    text = git(box.repo, "cat-file", "blob", f"{victim}:operation.json")
    newer = re.sub(rb'^{"version":[0-9]+', b'{"version":99', text)
    assert newer != text
    child = rewritten(box.repo, victim, newer)
    head = rewritten_parent(box.repo, before.operations[0], victim, child)
    for name in ("op", "exported"):
        git(box.repo, "update-ref", f"refs/wj/{name}", head)

    assert "newer than" in box.run("doctor", "--fix").both
    assert git(box.repo, "rev-parse", "refs/wj/op").decode().strip() == head


def rewritten(repo: Path, operation: str, document: bytes) -> str:
    """Write an operation again with another document."""
    blob = git(repo, "hash-object", "-w", "--stdin", data=document).decode().strip()
    listed = git(repo, "ls-tree", operation).decode().splitlines()
    lines = [
        f"100644 blob {blob}\toperation.json" if "operation.json" in one else one for one in listed
    ]
    tree = git(repo, "mktree", data="\n".join(lines).encode()).decode().strip()
    raw = git(repo, "cat-file", "commit", operation).decode().split("\n", 1)[1]
    data = f"tree {tree}\n{raw}".encode()
    return git(repo, "hash-object", "-t", "commit", "-w", "--stdin", data=data).decode().strip()


def rewritten_parent(repo: Path, operation: str, old: str, new: str) -> str:
    """Write an operation again on another parent."""
    text = git(repo, "cat-file", "blob", f"{operation}:operation.json")
    made = rewritten(repo, operation, text.replace(old.encode(), new.encode()))
    raw = git(repo, "cat-file", "commit", made).replace(old.encode(), new.encode(), 1)
    return git(repo, "hash-object", "-t", "commit", "-w", "--stdin", data=raw).decode().strip()
