"""Promise (law 7): eight processes run random commands in eight workspaces and none fails.

All acknowledged work is there, nothing is done twice, and the log is one line.
"""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from porcelain.actions.naming.set_names import set_sessions
from porcelain.actions.naming.workspaces import add_workspace, forget_workspaces
from porcelain.actions.recording import record as recording
from porcelain.errors import NothingToRedo, NothingToUndo, Refused, UndoBlocked
from porcelain.maintenance.retention import Policy, collect
from porcelain.model.operation import Operation
from porcelain.repo.repo import Repo
from porcelain.transaction.rebase_descendants import keep_change
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import read_commit
from tests.harness.bare import leftovers
from tests.harness.commands import usable
from tests.harness.processes import together
from tests.harness.world import World, ancestors, chat, check, log_of
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.claude_rows import Chat

WRITERS = 8
Act = Callable[["Writer"], Transaction | None]


class Writer:
    """The user of one process; `told` gets a JSON line for each acknowledged command."""

    def __init__(self, path: Path, number: int, told: Path) -> None:
        self.world = World(path, make=False, seed=f"writer {number}")
        self.name = f"w{number}"
        self.random = random.Random(number)
        self.repo = self.world.open(self.name)
        self.told = told
        self.count = 0
        self.box: Sandbox | None = None

    def work(self, turns: int) -> None:
        acts = list(ACTS)
        for _ in range(turns):
            act = self.random.choice(acts)
            self.count += 1
            try:
                tx = ACTS[act](self)
            except (NothingToUndo, NothingToRedo, UndoBlocked):
                continue
            if tx is not None and tx.published.operation is not None:
                made = [str(one) for one in tx.published.operation.data.predecessors]
                self.note(act, tx.published.operation.id, made)

    def note(self, act: str, operation: str, made: list[str]) -> None:
        """Note an acknowledged command."""
        with self.told.open("a") as file:
            file.write(f"{json.dumps([act, operation, made])}\n")

    def some(self) -> CommitId:
        """Return a random visible commit of any writer."""
        sql = "SELECT id FROM commits WHERE visible = 1 ORDER BY pos DESC LIMIT 40"
        return CommitId(self.random.choice(self.repo.index.query(sql))[0].hex())

    def fresh(self) -> str:
        return f"{self.name}-{self.count}"


def new(writer: Writer) -> Transaction:
    with writer.repo.transaction() as tx:
        tx.new(writer.some())
    return tx


def append(writer: Writer) -> Transaction:
    with writer.repo.transaction() as tx:
        recording.append(tx, recording.write_rows(tx, "user", [f"said {writer.fresh()}"]))
    return tx


def fork(writer: Writer) -> Transaction:
    with writer.repo.transaction() as tx:
        recording.fork(tx, writer.some(), writer.fresh())
    return tx


def edit(writer: Writer) -> Transaction:
    with writer.repo.transaction() as tx:
        recording.edit(tx, writer.some(), None)
    return tx


def describe(writer: Writer) -> Transaction:
    """Rewrite the description of a commit; its descendants are rebased."""
    with writer.repo.transaction("describe") as tx:
        here = tx.workspace.commit or writer.some()
        commit = read_commit(tx.batch, here)._replace(message=f"{writer.fresh()}\n")
        tx.write(keep_change(tx, here, commit), [here])
    return tx


def abandon(writer: Writer) -> Transaction:
    with writer.repo.transaction("abandon") as tx:
        if tx.workspace.commit is not None:
            tx.abandon(tx.workspace.commit)
    return tx


def name(writer: Writer) -> Transaction:
    with writer.repo.transaction() as tx:
        set_sessions(tx, [f"{writer.name}-{writer.count % 3}"], writer.some(), backwards=True)
    return tx


def undo(writer: Writer) -> Transaction:
    from porcelain.actions.undoing.undo import undo as take_back

    with writer.repo.transaction() as tx:
        take_back(tx, skip=True)
    return tx


def redo(writer: Writer) -> Transaction:
    from porcelain.actions.undoing.undo import redo as bring_back

    with writer.repo.transaction() as tx:
        bring_back(tx)
    return tx


def slow(writer: Writer) -> Transaction:
    """Run a command that began some operations ago."""
    began = writer.random.choice(writer.repo.operations(6)).id
    past = Repo.open(str(writer.world.path), writer.repo.actor, writer.name, at=began)
    with past.transaction("slow") as tx:
        here = tx.workspace.commit
        if here is None:
            recording.fork(tx, past.graph.commit_id(next(iter(past.graph.heads()))), None)
        elif writer.random.random() < 0.5:
            tx.new(here)
        else:
            commit = read_commit(tx.batch, here)._replace(message=f"slow {writer.fresh()}\n")
            tx.write(keep_change(tx, here, commit), [here])
    past.index.close()
    writer.repo.reload()
    return tx


def workspaces(writer: Writer) -> Transaction:
    other = f"{writer.name}-other"
    with writer.repo.transaction() as tx:
        if other in writer.repo.workspaces():
            forget_workspaces(tx, [other])
        else:
            add_workspace(tx, other)
    return tx


def load(writer: Writer) -> Transaction | None:
    """Import the file that all writers import."""
    found = Chat()
    for turn in (1, 2, 3):
        found.turn(turn)
    try:
        writer.world.load(found.data(), workspace=writer.name)
    except Refused:
        pass  # by now all of it was abandoned, and only `again` would bring it back
    return None


def command(writer: Writer) -> None:
    """Run any line of the command table in a workspace of the command line's own."""
    if writer.box is None:
        folder = writer.told.with_name(f"box-{writer.name}")
        folder.mkdir()
        writer.box = Sandbox(folder, pytest.MonkeyPatch())
        writer.box.patch.setenv("WJ_REPO", str(writer.world.path))
    names = sorted(dict(writer.repo.names("sessions"))) or ["none"]
    values = {
        "rev": str(writer.some()),
        "other": str(writer.some()),
        "name": writer.random.choice(names),
        "new": f"{writer.fresh()}-new",
        "text": f"said-by-{writer.fresh()}",
        "place": f"{writer.name}-place",
    }
    line = writer.random.choice(LINES_BESIDE_OTHERS)
    box = writer.box
    box.count = WRITERS * writer.count + int(writer.name[1:])  # what ids are drawn from
    done = box.run(
        *shlex.split(line.format_map(values)), "--workspace", f"{writer.name}-cli", "--json"
    )
    writer.repo.reload()
    if done.code:
        assert done.error["code"] not in FOR_OTHERS_SAKE, (line, done.both)
        assert done.code == 1, (line, done.both)
    elif done.data.get("operation"):
        made = [one["commit_id"] for key in ("created", "rewritten") for one in done.data[key]]
        writer.note(line, done.data["operation"], made)


def outside(writer: Writer) -> None:
    """Save through `store` alone, as a framework does."""
    stem = f"fw-{writer.name}"
    writer.world.store().save(chat(f"{stem}-{writer.count}", stem, str(writer.count)))


def gather(writer: Writer) -> None:
    if writer.random.random() < 0.1:
        collect(writer.repo, Policy(), writer.world.clock(), "now")


# Not those that take back what others did, whole logs or imports: those promise nothing to them.
LINES_BESIDE_OTHERS = [
    line
    for line in usable()
    if not line.startswith(("op ", "doctor", "import", "save", "undo --by", "workspace rename"))
]
FOR_OTHERS_SAKE = (
    "store_locked",
    "ref_locked",
    "ref_conflict",
    "storage_failure",
    "index_lost",
    "object_not_found",
    "corrupt_operation",
    "internal",
)

ACTS: dict[str, Act] = {
    one.__name__: one
    for one in (
        *(new, append, fork, edit, describe, abandon, name),
        *(undo, redo, slow, workspaces, load, outside, gather, command),
    )
}


def run(folder: Path, turns: int) -> int:
    """Run all writers; check the result; return the number of operations."""
    world = World(folder / "r.git")
    world.save(chat("talk", "one", "two"))
    for number in range(WRITERS):
        with world.repo().transaction() as tx:
            add_workspace(tx, f"w{number}")
            add_workspace(tx, f"w{number}-cli")
    told = [folder / f"told-{number}" for number in range(WRITERS)]
    for file in told:
        file.touch()

    def writing(number: int) -> Callable[[], None]:
        return lambda: Writer(world.path, number, told[number]).work(turns)

    together(*(writing(number) for number in range(WRITERS)))

    log = log_of(world.open())
    assert all(len(one.data.parents) == 1 for one in log[:-1])
    check_promises(world, log, told)
    check_nothing_twice(log)
    left = [path for path in leftovers(world.path) if "store-index" not in path]
    assert [path for path in left if path.endswith(".lock")] == []
    world.new("root()")  # whatever anybody left undone is finished now
    check(World(world.path, make=False))
    return len(log)


def check_promises(world: World, log: list[Operation], told: list[Path]) -> None:
    known = {one.id for one in log}
    repo = world.open()
    kept = ancestors(repo, [log[0].id])
    for file in told:
        for line in file.read_text().splitlines():
            act, operation, made = json.loads(line)
            assert operation in known, act
            assert kept.issuperset(made), act


def check_nothing_twice(log: list[Operation]) -> None:
    undone: dict[str, int] = {}
    imports = 0
    for operation in reversed(log):
        links = operation.data.links
        if "undoes" in links:
            undone[links["undoes"]] = undone.get(links["undoes"], 0) + 1
            assert undone[links["undoes"]] == 1
        if "redoes" in links:
            undone[links["target"]] -= 1
            assert undone[links["target"]] == 0
    for operation in log:
        if operation.data.kind == "import" and not undone.get(operation.id):
            imports += len(operation.data.predecessors) > 0
    assert imports <= 1


def test_eight_workspaces_at_once(tmp_path: Path) -> None:
    assert run(tmp_path, 12) > 3 * WRITERS


@pytest.mark.soak
def test_eight_workspaces_for_many_turns(tmp_path: Path) -> None:
    assert run(tmp_path, 300) > 3 * WRITERS
