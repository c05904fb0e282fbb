"""The search against a naive look through all that visible changes add, beside random rewriting."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.actions.editing.abandon import abandon
from porcelain.actions.editing.describe import describe
from porcelain.actions.editing.squash import squash
from porcelain.actions.moving.duplicate import duplicate
from porcelain.errors import PorcelainError
from porcelain.index.text.find import TextSearch, Wanted
from porcelain.index.text.question import Words
from porcelain.repo.search import Scope, search
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from tests.harness.world import World
from tests.porcelain.actions.random_conversations import PICK, SPECS, Spec, build, look

STEPS = st.lists(
    st.tuples(st.sampled_from(["abandon", "describe", "squash", "duplicate", "undo"]), PICK),
    max_size=3,
)


def do(world: World, name: str, pick: int) -> None:
    """Do one thing to one of the visible changes, if it can be done."""
    state = look(world)
    if not state:
        return
    chosen = state[sorted(state)[pick % len(state)]].commit
    with suppress(PorcelainError):
        if name == "undo":
            world.repo().undo()
            return
        with world.repo().transaction(name) as tx:
            change(tx, name, chosen)


def change(tx: Transaction, name: str, chosen: CommitId) -> None:
    if name == "abandon":
        abandon(tx, [chosen])
    elif name == "describe":
        describe(tx, {chosen: f"again {chosen}"})
    elif name == "duplicate":
        duplicate(tx, [chosen])
    else:
        parents = tx.commit(chosen).parents
        if parents:
            squash(tx, [chosen], parents[0], "both")


def compare(world: World) -> None:
    """Fail unless each text is found at the visible commits that add it, and nowhere else."""
    naive: dict[str, set[str]] = {}
    for one in look(world).values():
        for text in one.adds:
            naive.setdefault(text, set()).add(one.commit)
    index = world.repo().index
    for text in {*naive, "0.0", "7.1"}:
        found = list(TextSearch(index).find(Wanted(Words(text))))
        assert [one.text for one in found] == [text] * (text in naive)
        assert {place.row.id for one in found for place in one.places} == naive.get(text, set())
    everything = [one.text for one in TextSearch(index).find(Wanted())]
    assert sorted(everything) == sorted(naive)


@settings(max_examples=25, deadline=None)
@given(SPECS, STEPS)
def test_a_search_finds_what_a_naive_look_finds(
    specs: list[Spec], steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder) / "r.git")
        build(world, specs)
        compare(world)
        for name, pick in steps:
            do(world, name, pick)
            compare(world)


def test_a_message_leads_to_the_nearest_session_that_goes_on_from_it(tmp_path: Path) -> None:
    world = World(tmp_path / "r.git")
    build(
        world, [Spec((), 1, False, False), Spec((1,), 1, False, True), Spec((1,), 1, False, True)]
    )
    repo = world.repo()

    def sessions(scope: Scope) -> list[tuple[str, str | None]]:
        hits = search(repo, Wanted(), scope)
        return sorted((hit.found.text, hit.session) for hit in hits)

    everywhere = sessions(Scope())
    assert [text for text, _ in everywhere] == ["0.0", "1.0", "2.0"]
    assert sessions(Scope(session="s2"))[-1] == ("2.0", "s2")
    assert {session for _, session in sessions(Scope(session="s2"))} == {"s2"}
    assert sessions(Scope(revisions=())) == []
