"""Operations that were abandoned or purged do not come back, although others went on from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.bare import fsck, git
from tests.porcelain.cli.commands.remotes.machines import OP, Machines
from tests.porcelain.cli.sandbox import Sandbox


class Three(Machines):
    """A third machine, Carol's, is behind the other two."""

    def __init__(self, box: Sandbox) -> None:
        super().__init__(box)
        box.ok("git clone hub.git carol.git")
        self.carol_path = box.folder / "carol.git"
        self.carol("sync")
        self.ada("sync")
        self.bob("sync")

    def carol(self, line: str) -> str:
        return self.box.ok(f"{line} -R carol.git")

    def log(self, path: Path) -> set[str]:
        return {one["id"] for one in self.box.json(f"op log -R {path}")}

    def descriptions(self, path: Path) -> list[str]:
        return [one["description"] for one in self.box.json(f"op log -R {path}")]

    def round(self) -> None:
        """Synchronise all three until they are at the same operation."""
        for line in (self.ada, self.bob, self.carol, self.ada, self.bob):
            line("sync")
        paths = (self.box.repo, self.bob_path, self.carol_path, self.hub)
        assert len({self.head(path) for path in paths}) == 1
        for path in paths:
            fsck(path)


@pytest.fixture
def three(box: Sandbox) -> Three:
    """Return three machines with the same state."""
    return Three(box)


def test_what_one_abandons_stays_away_although_others_went_on(three: Three) -> None:
    three.ada("fork demo try")
    three.ada("undo")
    three.round()
    before = three.log(three.box.repo)
    three.ada("op abandon @-")  # the fork; the undo now changes nothing
    gone = before - three.log(three.box.repo)
    three.bob("append -m from-bob")
    three.bob("sync")

    said = three.ada("sync")
    assert "Received" in said
    assert three.titles("demo") == ["from-bob"]
    assert not gone & three.log(three.box.repo)
    assert not gone & {*git(three.hub, "rev-list", OP).decode().split()}

    # The list has arrived, and drops nothing by itself.
    refs = git(three.carol_path, "for-each-ref")
    said = three.box.wj("sync -R carol.git")
    assert "that this copy has were abandoned or purged at origin" in said
    assert "[exit 1]" in said
    assert git(three.carol_path, "for-each-ref") == refs
    assert gone < three.log(three.carol_path)

    three.carol("append -m from-carol")
    said = three.carol("sync --drop")
    assert "operations here, as before at origin" in said
    assert "Received" in said
    assert not gone & three.log(three.carol_path)
    three.bob("sync --drop")
    three.round()
    assert {*three.titles("heads(all())")} == {*three.titles("heads(all())", bob=True)}
    assert {"from-bob", "from-carol"} <= {*three.titles("all()")}
    assert "append" in three.carol("undo")
    assert three.carol("doctor").endswith("no problems\n")
    three.round()


def test_what_nobody_went_on_from_is_replaced_at_the_remote(three: Three) -> None:
    three.ada("fork demo try")
    three.ada("sync")
    three.ada("op abandon ..@-")
    three.ada("sync")
    assert three.head(three.hub) == three.head(three.box.repo)
    assert "Dropped" in three.bob("sync --drop")
    three.carol("sync --drop")
    three.round()
    assert three.descriptions(three.bob_path) == three.descriptions(three.box.repo)


def test_lists_that_meet_are_united(three: Three) -> None:
    three.ada("fork demo one")
    three.ada("undo")
    three.round()
    before = three.log(three.box.repo)
    three.ada("op abandon @-")
    three.ada("sync")
    three.bob("sync --drop")
    three.bob("fork demo two")
    three.bob("undo")
    three.bob("op abandon @-")
    three.bob("sync")
    three.ada("sync")
    three.carol("sync --drop")
    three.round()
    assert not (before - three.log(three.box.repo)) & three.log(three.carol_path)
    assert "fork two" not in three.descriptions(three.carol_path)
    listed = git(three.hub, "ls-tree", "-r", f"{OP}:dropped").decode().splitlines()
    assert len(listed) >= 4


def test_purged_text_does_not_come_back_from_anybody(three: Three) -> None:
    three.ada("append -m 'the word is sesame'")
    three.round()
    three.ada("redact sesame --purge --yes")
    three.ada("sync")
    assert "sesame" not in git(three.hub, "log", "-p", "--all").decode()

    three.carol("append -m onwards")  # on top of the purged text
    refs = git(three.carol_path, "for-each-ref")
    said = three.box.wj("sync --drop -R carol.git")
    assert "continues one that was abandoned or purged" in said
    assert git(three.carol_path, "for-each-ref") == refs

    assert "Dropped" in three.bob("sync --drop")
    assert "sesame" not in git(three.bob_path, "log", "-p", "--all").decode()
    assert three.head(three.bob_path) == three.head(three.hub)
    assert three.bob("doctor").endswith("no problems\n")


def test_without_remotes_nothing_is_listed(box: Sandbox) -> None:
    box.begin(2)
    box.ok("fork demo try")
    box.ok("op abandon ..@-")
    assert [one["kind"] for one in box.json("op log")] == ["fork", "root"]
    assert b"dropped" not in git(box.repo, "ls-tree", "--name-only", OP)


def test_a_damaged_list_is_refused(three: Three) -> None:
    blob = git(three.hub, "hash-object", "-w", "--stdin", data=b"?").decode().strip()
    tree = git(three.hub, "ls-tree", OP).decode() + f"100644 blob {blob}\tdropped\n"
    forged = git(three.hub, "mktree", data=tree.encode()).decode().strip()
    parents = [f"-p{one}" for one in git(three.hub, "rev-parse", f"{OP}^@").decode().split()]
    user = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    made = git(three.hub, *user, "commit-tree", forged, *parents, "-m", "x").decode().strip()
    git(three.hub, "update-ref", OP, made)
    refs = git(three.bob_path, "for-each-ref")
    said = three.box.wj("sync -R bob.git")
    assert "[exit 1]" in said
    assert git(three.bob_path, "for-each-ref") == refs
