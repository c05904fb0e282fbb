"""Promise: no stored value of an operation or a view crashes a command that can do without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.model.operation_store import head_operation
from store.ids import CommitId, RefName, TreeId
from store.objects.commit import read_commit, write_commit
from store.objects.tree import FILE, GITLINK, TreeEntry, read_tree, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository
from tests.porcelain.cli.sandbox import Sandbox

Change = Callable[[ObjectBatch, TreeEntry], TreeEntry]
COMMANDS = (
    *("log", "log --json", "status", "show @", "session list", "workspace list", "op log"),
    *("op show", "op diff", "op log --json", "evolog", "append -m more", "new", "undo", "redo"),
    *("op restore @-", "op revert @", "session set x -r @", "workspace add w2", "doctor"),
)


def changed_tree(batch: ObjectBatch, tree: TreeId, path: list[str], change: Change) -> TreeId:
    """Stage a tree with another entry at a path."""
    entries = []
    for entry in read_tree(batch, tree):
        if entry.name != path[0]:
            entries.append(entry)
        elif len(path) == 1:
            entries.append(change(batch, entry))
        else:
            below = changed_tree(batch, TreeId(entry.id), path[1:], change)
            entries.append(entry._replace(id=below))
    return write_tree(batch, entries)


def forge(path: Path, where: str, change: Change) -> str:
    """Put another entry into the newest operation; return its new id."""
    repository = Repository.open(str(path))
    head = CommitId(head_operation(repository))
    with ObjectBatch(repository) as batch:
        commit = read_commit(batch, head)
        tree = changed_tree(batch, commit.tree, where.split("/"), change)
        forged = write_commit(batch, commit._replace(tree=tree))
        batch.flush()
        edits = [RefEdit(RefName("refs/wj/op"), forged, head)]
        if (path / "refs/wj/exported").exists():
            edits.append(RefEdit(RefName("refs/wj/exported"), forged, Expect.ANY))
        update_refs(repository, edits)
    return forged


def blob(data: str) -> Change:
    return lambda batch, entry: TreeEntry(entry.name, FILE, batch.add("blob", data.encode()))


def member(name: str, value: object) -> Change:
    def change(batch: ObjectBatch, entry: TreeEntry) -> TreeEntry:
        fields = json.loads(batch.read(entry.id)[1])
        return blob(json.dumps(fields | {name: value}))(batch, entry)

    return change


def place(box: Sandbox, part: str) -> str:
    """Return the path of the only value of a part."""
    repository = Repository.open(str(box.repo))
    tree = read_commit(repository, CommitId(head_operation(repository))).tree
    for name in ("view", part):
        tree = TreeId({entry.name: entry.id for entry in read_tree(repository, tree)}[name])
    (entry,) = read_tree(repository, tree)
    return f"view/{part}/{entry.name}"


@pytest.fixture
def used(box: Sandbox) -> Sandbox:
    """A user with a conversation, an undo and an imported file."""
    box.chat(2, "new.jsonl", "new")
    for line in ("init", "import new.jsonl", "append -m one", "append -m two", "undo"):
        box.ok(line)
    return box


def none_crashes(box: Sandbox) -> dict[str, int]:
    codes = {}
    for line in COMMANDS:
        done = box.run(*line.split())
        assert done.code in (0, 1, 2), (line, done.both)
        assert "Traceback" not in done.both, line
        codes[line] = done.code
    return codes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attributes", None),
        ("kind", [1]),
        ("replica", {}),
        ("end", "x"),
        ("end", 1 << 70),
        ("predecessors", {"x": "y"}),
        ("workspace", 7),
        ("parents", None),
        ("description", "\ud800"),
        ("version", "x"),
    ],
)
def test_a_bad_member_of_the_newest_operation(used: Sandbox, name: str, value: object) -> None:
    forged = forge(used.repo, "operation.json", member(name, value))

    codes = none_crashes(used)

    assert codes["log"] == 1
    done = used.run("log", "--json")
    assert done.error["code"] == "corrupt_operation"
    assert forged[:12] in done.error["message"]
    assert f"operation.json: {name}" in done.error["message"]
    assert used.run("doctor", "--fix").code == 0
    assert set(none_crashes(used).values()) <= {0, 1}
    used.ok("append -m after")


@pytest.mark.parametrize("bad", ['{"commit":5,"session":null}', "[]", "{", "\udcff", "", '"x"'])
def test_a_bad_workspace_stops_only_what_needs_it(used: Sandbox, bad: str) -> None:
    where = place(used, "workspaces")
    data = bad.encode("utf-8", "surrogateescape")
    forge(used.repo, where, lambda b, e: TreeEntry(e.name, FILE, b.add("blob", data)))

    codes = none_crashes(used)

    for line in ("log", "session list", "op log"):
        assert codes[line] == 0, line
    done = used.run("new", "--json")
    assert done.error["code"] == "corrupt_operation"
    assert "view/workspaces/" in done.error["message"]
    used.ok("workspace add w3 -r root()")
    used.ok("append -m there --workspace w3")
    assert used.run("doctor", "--fix").code == 0
    used.ok("new root()")


@pytest.mark.parametrize("part", ["sessions", "imports"])
def test_a_bad_name_or_source_stops_only_what_needs_it(used: Sandbox, part: str) -> None:
    forge(used.repo, place(used, part), blob("nonsense"))

    codes = none_crashes(used)

    for line in ("log", "status", "session list", "op log", "append -m more"):
        assert codes[line] == 0, (line, codes)
    if part == "imports":
        assert "view/imports/" in used.run("import", "new.jsonl", "--json").err
    assert used.run("doctor", "--fix").code == 0
    used.ok("append -m after")


def test_a_head_that_is_no_link_to_itself(used: Sandbox) -> None:
    other = read_commit(Repository.open(str(used.repo)), used_tip(used)).parents[0]
    where = place(used, "heads")
    forge(used.repo, where, lambda _, e: TreeEntry(e.name, GITLINK, other))

    none_crashes(used)
    assert used.run("doctor", "--fix").code == 0


def used_tip(box: Sandbox) -> CommitId:
    return CommitId(box.json("log -n 1")[0]["commit_id"])
