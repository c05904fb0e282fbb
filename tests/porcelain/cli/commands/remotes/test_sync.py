"""`wj sync`: operation logs of several machines become one, and undo works on each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from porcelain.model.operation import OperationData
from porcelain.model.operation_store import read_operation, stage_operation
from store.ids import TreeId
from store.objects.fanout import FanOutMap
from store.objects.tree import GITLINK, TREE, TreeEntry, read_tree, write_tree
from store.remote.push import push_refs
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from tests.harness.bare import fsck, git, leftovers
from tests.porcelain.cli.commands.remotes.machines import OP, Machines
from tests.porcelain.cli.sandbox import Sandbox
from tests.store.remote.servers import (
    git_daemon,
    http_server,
    needs_daemon,
    needs_http,
    needs_ssh,
    ssh_server,
)


@pytest.fixture
def two(box: Sandbox) -> Machines:
    """Return two machines with the same state."""
    return Machines(box)


def test_it_has_to_be_wanted_once(box: Sandbox) -> None:
    git(box.folder, "init", "--quiet", "--bare", "hub.git")
    box.begin(1)
    assert "There are no git remotes" in box.wj("sync")
    box.ok("git remote add origin hub.git")
    assert (
        box.wj("sync")
        == """\
Error: Nothing was sent: `wj sync` sends origin everything that was ever visible, hidden versions \
and all operations included
Hint: `wj sync origin --enable` says once that this is meant
Hint: `wj git push` sends sessions alone
[exit 1]
"""
    )
    assert git(box.folder / "hub.git", "for-each-ref") == b""
    assert (
        box.wj("sync --enable")
        == """\
From now on `wj sync` sends everything that was ever visible to $DIR/hub.git
Sent 1 operation to origin
"""
    )
    assert box.wj("sync") == "Nothing changed.\n"


@pytest.mark.parametrize(
    "by",
    [
        pytest.param("daemon", marks=needs_daemon),
        pytest.param("http", marks=needs_http),
        pytest.param("ssh", marks=needs_ssh),
    ],
)
def test_over_the_network(box: Sandbox, by: str) -> None:
    git(box.folder, "init", "--quiet", "--bare", "hub.git")
    git(box.folder / "hub.git", "config", "http.receivepack", "true")
    box.begin(1)
    server = {"daemon": git_daemon, "http": http_server, "ssh": ssh_server}[by]
    with server(box.folder) as url:
        box.ok(f"git remote add origin {url}/hub.git")
        box.ok("sync --enable")
        box.ok(f"git clone {url}/hub.git there.git")
        box.ok("append -m more -R there.git")
        assert "Sent 2 operations" in box.ok("sync -R there.git")
        assert "Received 2 operations" in box.ok("sync")
    assert box.titles("demo") == ["more"]


@pytest.mark.parametrize("hook", ["pre-receive", "reference-transaction"])
def test_a_server_that_dies_in_a_push_is_as_before_or_after(two: Machines, hook: str) -> None:
    before = two.head(two.hub)
    two.ada("append -m more")
    path = two.hub / "hooks" / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\ncase $1 in prepared) ;; *) kill -9 $PPID;; esac\n")
    path.chmod(0o755)
    assert "[exit 1]" in two.box.wj("sync")
    assert two.head(two.hub) == (before if hook == "pre-receive" else two.head(two.box.repo))
    for place in (two.hub, two.box.repo):
        fsck(place)
        assert leftovers(place) == []
    path.unlink()
    two.settle()
    assert two.titles("demo", bob=True) == ["more"]


def test_both_machines_get_the_same_state_and_history(two: Machines) -> None:
    two.ada("fork demo hers")
    two.ada("append -m from-ada")
    two.bob("fork demo his")
    two.bob("append -m from-bob")
    two.ada("sync")
    said = two.bob("sync")
    assert "Received 2 operations from origin" in said
    assert "Merged both operation logs" in said
    assert "Sent 3 operations to origin" in said
    two.settle()

    assert {*two.titles("heads(all())")} == {*two.titles("heads(all())", bob=True)}
    assert sorted(two.box.sessions()) == ["demo", "hers", "his"]
    kinds = [one["description"].partition(" ")[0] for one in two.box.json("op log")]
    assert {"merge", "fork", "append", "git", "import"} <= {*kinds}
    for path in (two.box.repo, two.bob_path, two.hub):
        fsck(path)
        assert leftovers(path) == []
    assert two.box.ok("doctor").endswith("no problems\n")
    assert two.bob("doctor").endswith("no problems\n")


def test_each_undoes_its_own(two: Machines) -> None:
    two.ada("fork demo hers")
    two.bob("fork demo his")
    two.settle()
    assert "fork his" in two.bob("undo")
    two.settle()
    assert sorted(two.box.sessions()) == ["demo", "hers"]
    assert "fork hers" in two.ada("undo")
    two.settle()
    assert sorted(two.box.sessions()) == ["demo"]
    assert "Redid" in two.bob("redo")


def test_what_one_rewrote_takes_the_others_work_along(two: Machines) -> None:
    two.ada("describe -r demo -m better")
    two.bob("append -m more")
    two.settle()

    assert two.titles("::demo & ~root()") == ["more", "better", "q1"]
    assert two.titles("::demo & ~root()", bob=True) == ["more", "better", "q1"]
    assert two.titles("conflicts()|divergent()") == []


def test_what_both_rewrote_stays_twice(two: Machines) -> None:
    two.ada("describe -r demo -m hers")
    two.bob("describe -r demo -m his")
    two.settle()

    assert sorted(two.titles("divergent()")) == ["hers", "his"]
    assert "demo (conflicted)" in two.ada("session list")
    two.ada("session set demo -r 'description(glob:hers*)' -B")
    two.ada("abandon 'description(glob:his*)'")
    two.settle()
    assert two.titles("demo", bob=True) == ["hers"]


def test_what_one_abandoned_is_gone_on_both(two: Machines) -> None:
    two.ada("fork demo try")
    two.ada("append -m idea")
    two.settle()
    two.bob("abandon try")
    two.ada("new demo -m elsewhere")
    two.settle()
    assert "idea" not in two.titles("all()")
    assert "elsewhere" in two.titles("all()", bob=True)


def test_the_workspace_of_the_other_stays_where_its_owner_put_it(two: Machines) -> None:
    two.ada("describe -r demo -m hers")
    two.bob("new demo -m work")
    two.settle()
    assert two.titles("@", bob=True) == ["work"]
    assert two.titles("@-", bob=True) == ["hers"]


def test_the_merge_does_not_depend_on_who_merges(two: Machines) -> None:
    two.ada("describe -r demo- -m hers")
    two.ada("fork demo try")
    two.bob("append -m more")
    two.bob("new demo- -m aside")
    third = two.box.folder / "third.git"
    git(two.box.folder, "init", "--quiet", "--bare", str(third))
    # Each gets the other's log, and merges it without having seen the other's merge.
    git(two.box.repo, "push", "--quiet", str(third), f"{OP}:{OP}")
    two.bob("git remote add third third.git")
    two.bob("sync third --enable")
    git(third, "update-ref", "-d", OP)
    for ref in git(third, "for-each-ref", "--format=%(refname)").decode().split():
        git(third, "update-ref", "-d", ref)
    git(two.bob_path, "push", "--quiet", str(third), f"{OP}^2:{OP}")
    merged = two.head(two.bob_path)
    parents = git(two.bob_path, "log", "-1", "--format=%P", OP).decode().split()[:2]
    (theirs,) = {*parents} - {two.head(two.box.repo)}
    git(third, "fetch", "--quiet", str(two.bob_path), theirs)
    git(third, "update-ref", OP, theirs)
    two.ada("git remote add third third.git")
    two.ada("sync third --enable")

    assert two.head(two.box.repo) == merged
    assert {*two.titles("all()")} == {*two.titles("all()", bob=True)}


def test_two_that_sync_at_once_both_succeed(two: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    two.ada("fork demo hers")
    two.bob("fork demo his")
    others: list[str] = []

    def slow(*given: Any, **named: Any) -> Any:
        if not others:  # the other machine is faster, between our fetch and our push
            others.append("")
            others.append(two.bob("sync"))
        return push_refs(*given, **named)

    monkeypatch.setattr("porcelain.exchange.remote.sync.push_refs", slow)
    assert two.box.json("sync")["attempts"] == 2
    assert "Sent" in others[1]
    two.settle()
    assert sorted(two.box.sessions()) == ["demo", "hers", "his"]


def test_plain_git_carries_and_shows_everything(two: Machines) -> None:
    git(two.box.folder, "clone", "--quiet", "--mirror", str(two.hub), "mirror.git")
    log = [one["id"] for one in two.box.json("op log")]
    assert [one["id"] for one in two.box.json("op log -R mirror.git")] == log
    shown = git(two.hub, "log", "--graph", "--format=%s", "refs/sessions/demo").decode()
    assert len(shown.splitlines()) == 2
    refspec = "remote.origin.fetch=+refs/sessions/*:refs/remotes/origin/*"
    git(two.box.folder, "clone", "--quiet", "--config", refspec, str(two.hub), "plain")
    assert b"origin/demo" in git(two.box.folder / "plain", "branch", "--remotes")


def test_sessions_that_were_pushed_alone_count_as_moved(two: Machines) -> None:
    two.bob("append -m alone")
    two.bob("git push")
    two.ada("sync")
    assert two.titles("demo") == ["alone"]
    two.settle()


def test_secrets_in_hidden_versions_and_operations_are_found(two: Machines) -> None:
    two.ada("append -m 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'")
    two.ada("undo")
    said = two.box.wj("sync")
    assert "would be sent may hold a secret" in said
    assert "[exit 1]" in said
    two.ada("session create ghp_abcdefghijklmnopqrstuvwxyz0123456789")
    assert ": its description or arguments" in two.box.wj("sync")
    assert "Sent 3 operations" in two.ada("sync --allow-secrets")


def test_operations_that_were_abandoned_here_do_not_come_back(two: Machines) -> None:
    two.ada("fork demo try")
    two.ada("undo")
    two.ada("sync")
    two.ada("op abandon ..@-")
    count = len(two.box.json("op log"))
    two.ada("sync")
    assert len(two.box.json("op log")) == count
    assert two.head(two.hub) == two.head(two.box.repo)

    before = two.head(two.bob_path)
    said = two.box.wj("sync -R bob.git")
    assert "that this copy has were abandoned or purged at origin" in said
    assert "[exit 1]" in said
    assert two.head(two.bob_path) == before


def test_a_purge_names_the_remotes_and_nothing_comes_back(two: Machines) -> None:
    two.ada("append -m 'the word is sesame'")
    two.ada("sync")
    said = two.ada("redact sesame --purge --yes")
    assert "These remotes may still hold the text: origin" in said
    two.ada("sync")
    kept = git(two.hub, "log", "-p", "--all").decode()
    assert "sesame" not in kept
    assert "Searched every object: the text is gone." in said


def _forge(two: Machines, view: object, **data: object) -> None:
    """Put an operation on top of the hub's log."""
    hub = Repository.open(str(two.hub))
    head = read_operation(hub, two.head(two.hub))  # type: ignore[arg-type]
    with ObjectBatch(hub) as batch:
        tree = view(batch, head.view) if callable(view) else head.view
        made = OperationData("new", "forged", parents=(head.id,), replica="f" * 32)
        staged = stage_operation(batch, made._replace(**data), tree, ())  # type: ignore[arg-type]
        batch.flush()
    git(two.hub, "update-ref", OP, staged.id)


def _objects(path: Path) -> set[bytes]:
    return {*git(path, "cat-file", "--batch-all-objects", "--batch-check").splitlines()}


def _names_nothing(batch: ObjectBatch, _: TreeId) -> TreeId:
    leaf = write_tree(batch, [TreeEntry("=evil", GITLINK, "12" * 20)])
    return write_tree(batch, [TreeEntry("sessions", TREE, leaf)])


def _names_badly(batch: ObjectBatch, tree: TreeId) -> TreeId:
    roots = {entry.name: entry for entry in read_tree(batch, tree)}
    ((_, tip),) = FanOutMap(batch, TreeId(roots["sessions"].id), hashed=True).items()
    made = FanOutMap(batch, None, hashed=True).update(batch, {"../../../evil": tip})
    return write_tree(batch, [roots["heads"], TreeEntry("sessions", TREE, str(made))])


@pytest.mark.parametrize(
    "kind", ["circle", "bad name", "missing commit", "no json", "not an operation"]
)
def test_a_log_that_does_not_hold_is_refused_whole(two: Machines, kind: str) -> None:
    if kind == "missing commit":
        _forge(two, _names_nothing)
    elif kind == "bad name":
        _forge(two, _names_badly)
    elif kind == "circle":
        one, other = (one["commit_id"] for one in two.box.json("log -r 'all()~root()'")[:2])
        _forge(two, None, predecessors={one: (other,), other: (one,)})
    elif kind == "no json":
        tip = git(two.hub, "rev-parse", "refs/sessions/demo").decode().strip()
        git(two.hub, "update-ref", OP, tip)
    else:
        git(two.hub, "update-ref", OP, git(two.hub, "rev-parse", f"{OP}^{{tree}}").decode().strip())
    two.ada("fork demo mine")
    before = two.head(two.box.repo)
    log = [one["id"] for one in two.box.json("op log")]
    objects = _objects(two.box.repo)
    said = two.box.wj("sync")
    assert "[exit 1]" in said
    assert two.head(two.box.repo) == before
    assert _objects(two.box.repo) == objects
    assert leftovers(two.box.repo) == []
    assert [one["id"] for one in two.box.json("op log")] == log
    assert two.ada("doctor").endswith("no problems\n")
