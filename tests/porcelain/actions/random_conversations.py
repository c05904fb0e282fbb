"""Random conversations with forks and merges in a real repository, and their observation."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from hypothesis import strategies as st

from porcelain.actions.moving.destination import Location, locate
from porcelain.model.operation_store import head_operation, read_operation
from porcelain.model.view_value import TAGS, WORKSPACES, Workspace
from porcelain.transaction.rebase_descendants import starting_tree
from porcelain.transaction.transaction import Transaction
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.objects.commit import read_commit
from store.repository.pack_writer import ObjectBatch
from store.session.session import Session
from store.tree_layout.layout import append_messages, read_session, write_session
from tests.harness.world import World, view_of

NOW = "2026-01-01T00:00:00+00:00"
PICK = st.integers(0, 99)
PICKS = st.lists(PICK, min_size=1, max_size=3)


class Spec(NamedTuple):
    """A commit to make: its parents, the number of messages that it adds, its names."""

    parents: tuple[int, ...]
    adds: int
    titled: bool
    session: bool


SPECS = st.lists(
    st.builds(
        Spec,
        st.lists(PICK, min_size=1, max_size=2).map(tuple),
        st.integers(0, 2),
        st.booleans(),
        st.booleans(),
    ),
    min_size=2,
    max_size=8,
)


class Step(NamedTuple):
    """A command: its commits, their destination and its options."""

    name: str
    targets: list[int]
    places: list[int]
    how: int


NAMES = (
    "describe",
    "metaedit",
    "rebase_revisions",
    "rebase_source",
    "rebase_branch",
    "squash",
    "abandon",
    "duplicate",
    "new",
    "commit",
    "parallelize",
    "simplify_parents",
)
STEP = st.builds(Step, st.sampled_from(NAMES), PICKS, PICKS, PICK)


class Change(NamedTuple):
    """A visible change as a user sees it."""

    commit: CommitId
    parents: tuple[CommitId, ...]
    begins: list[str]
    adds: list[str]
    title: str


State = dict[str, Change]


def build(world: World, specs: list[Spec]) -> None:
    """Make the conversations, two workspaces and a tag."""
    made: list[CommitId] = []
    with world.repo().transaction("build") as tx:
        for number, spec in enumerate(specs):
            chosen = [made[p % len(made)] for p in spec.parents if made and p % 7]
            parents = tuple(dict.fromkeys(chosen))
            texts = [f"{number}.{part}" for part in range(spec.adds)]
            tree = _grown(tx, starting_tree(tx.batch, parents), f"doc{number}", texts)
            made.append(tx.write_new(tree, parents, f"t{number}\n" if spec.titled else ""))
            if spec.session:
                tx.set_session(f"s{number}", made[-1])
        tx.set(TAGS, "fixed", made[0])
        tx.set_workspace(made[-1], None)
        other = Workspace(made[len(made) // 2], None)
        tx.set(WORKSPACES, f"{tx.base.replica}/two", other.text())


def _grown(tx: Transaction, tree: TreeId, name: str, texts: list[str]) -> TreeId:
    rows = [json.dumps({"role": "user", "content": text}).encode() for text in texts]
    if not rows:
        return tree
    if tree == EMPTY_TREE:
        begun = Session.new(name, model="m", created_at=NOW, messages=rows)
        return write_session(tx.batch, begun, "native")
    return append_messages(tx.batch, tree, rows)


def look(world: World) -> State:
    """Read every visible change; none of these repositories has divergent ones."""
    repo = world.repo()
    found: State = {}
    batch = ObjectBatch(repo.repository)

    def texts(tree: TreeId) -> list[str]:
        return [json.loads(m.raw)["content"] for m in read_session(batch, tree).messages]

    for position in repo.select("all()").positions():
        if not position:
            continue
        commit_id = repo.row(position).id
        stored = read_commit(batch, commit_id)
        whole, begins = texts(stored.tree), texts(starting_tree(batch, stored.parents))
        key = repo.change_id(position)
        assert key not in found, "a divergent change"
        adds = added(begins, whole)
        found[key] = Change(commit_id, stored.parents, begins, adds, stored.message)
    return found


def added(begins: list[str], whole: list[str]) -> list[str]:
    """Return a transcript without the messages of its beginning, all of which it has in order."""
    rest = list(begins)
    adds = [text for text in whole if not (rest and rest[0] == text and rest.pop(0))]
    assert not rest, "a change removed or reordered messages"
    return adds


def changes_of(state: State, commits: Iterable[CommitId]) -> set[str]:
    """Return the change ids of visible commits."""
    wanted = set(commits)
    return {key for key, change in state.items() if change.commit in wanted}


class Scene:
    """A repository before a step; it does the step and compares."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = look(world)
        self.view = view_of(world.repo())
        self.tree = view_trees(world)
        self.order = [self.before[key].commit for key in sorted(self.before)]

    def pick(self, numbers: list[int]) -> list[CommitId]:
        return list(dict.fromkeys(self.order[n % len(self.order)] for n in numbers))

    def place(self, tx: Transaction, numbers: list[int], how: int) -> Location:
        chosen = self.pick(numbers[:2])
        kinds: tuple[tuple[list[CommitId], list[CommitId], list[CommitId]], ...]
        kinds = ((chosen, [], []), ([], chosen, []), ([], [], chosen), ([], chosen[:1], chosen[1:]))
        onto, after, before = kinds[how % 4]
        found = locate(tx, onto, after, before)
        assert found is not None
        return found


def view_trees(world: World) -> object:
    """Return the trees of the view, which are equal only if the whole states are equal."""
    repo = world.repo()
    return read_operation(repo.repository, head_operation(repo.repository)).view
