"""`SessionStore` against a naive model: any sequence of calls, in both layouts."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.errors import RefConflict, SessionExists
from store.session.session import Session
from store.session_store.store import SessionStore
from store.tree_layout.layout import Layout
from tests.harness.bare import fsck, git
from tests.store.session_store.conversations import ids, message, session, store_at, texts

NAMES = st.sampled_from(["a", "b", "c", "d/e", "A", "d"])
TEXTS = st.lists(st.sampled_from(["1", "2", "3"]), max_size=3)
PICK = st.integers(0, 1000)


class Saved(NamedTuple):
    """The facts that the model knows of a commit."""

    texts: tuple[str, ...]
    parent: str | None
    session_id: str


class Model(RuleBasedStateMachine):
    """A dict of commits and a dict of tips, compared with a real repository."""

    factory: pytest.TempPathFactory
    layout: Layout

    @initialize()
    def begin(self) -> None:
        self.path = self.factory.mktemp("model") / "repo.git"
        self.store = store_at(self.path, self.layout)
        self.commits: dict[str, Saved] = {}
        self.tips: dict[str, str] = {}

    def pick(self, number: int) -> str | None:
        return list(self.commits)[number % len(self.commits)] if self.commits else None

    def excluded(self, name: str) -> bool:
        return any(
            other != name
            and (
                other.lower() == name.lower()
                or other.startswith(f"{name}/")
                or name.startswith(f"{other}/")
            )
            for other in self.tips
        )

    def note(self, name: str, commit: str, saved: Saved) -> None:
        if commit not in self.commits:
            self.commits[commit] = saved
        self.tips[name] = commit

    @rule(name=NAMES, added=TEXTS, fresh=st.booleans())
    def save_on_the_tip(self, name: str, added: list[str], fresh: bool) -> None:
        tip = self.tips.get(name)
        before = self.commits[tip].texts if tip else ()
        new = (*before, *added)
        value = session(name, *new)
        if tip and not fresh:
            value = self.store.load(name).appended([message(t) for t in added])
        if tip is None and self.excluded(name):
            with pytest.raises(SessionExists):
                self.store.save(value)
            return
        info = self.store.save(value)
        if tip != info.id:
            assert info.parents == ((tip,) if tip else ())
            self.note(name, info.id, Saved(new, tip, value.id))

    @rule(name=NAMES, new=TEXTS, number=PICK)
    def save_on_a_commit(self, name: str, new: list[str], number: int) -> None:
        parent = self.pick(number)
        tip = self.tips.get(name)
        if parent is None:
            return
        value = session(name, *new)
        if tip is None or self.commits[parent].texts != self.commits[tip].texts:
            with pytest.raises(RefConflict) as caught:
                self.store.save(value, parent=parent)
            assert (caught.value.expected, caught.value.actual) == (parent, tip)
            return
        info = self.store.save(value, parent=parent)
        if info.id != tip:
            self.note(name, info.id, Saved(tuple(new), tip, name))

    @rule(name=NAMES, added=st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=2))
    def append(self, name: str, added: list[str]) -> None:
        tip = self.tips.get(name)
        if tip is None:
            return
        info = self.store.append(name, [message(t) for t in added])
        before = self.commits[tip]
        self.note(name, info.id, Saved((*before.texts, *added), tip, before.session_id))

    @rule(name=NAMES, added=TEXTS, number=PICK)
    def fork(self, name: str, added: list[str], number: int) -> None:
        parent = self.pick(number)
        if parent is None:
            return
        new = (*self.commits[parent].texts, *added)
        value = self.store.load(parent).with_id(name).appended([message(t) for t in added])
        if name in self.tips or self.excluded(name):
            with pytest.raises(SessionExists):
                self.store.fork(parent, value)
            return
        info = self.store.fork(parent, value)
        self.note(name, info.id, Saved(new, parent, name))

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SessionStore.open(self.path, clock=self.store.clock, layout=self.layout)

    @rule()
    def pack(self) -> None:
        git(self.path, "repack", "-adq")
        git(self.path, "pack-refs", "--all")

    @rule()
    def lose_the_index(self) -> None:
        self.store.close()
        for file in self.path.glob("store-index.sqlite*"):
            file.unlink()

    @invariant()
    def listings_agree(self) -> None:
        if not hasattr(self, "tips"):
            return
        assert {i.name: i.id for i in self.store.sessions()} == self.tips
        parents = {saved.parent for saved in self.commits.values()}
        leaves = self.store.leaves()
        assert {info.id for info in leaves} == set(self.commits) - parents
        assert leaves == sorted(leaves, key=lambda i: (i.timestamp, i.id), reverse=True)
        for info in leaves:
            saved = self.commits[info.id]
            assert (info.message_count, info.session_id) == (len(saved.texts), saved.session_id)

    @rule(number=PICK)
    def one_commit_agrees(self, number: int) -> None:
        commit = self.pick(number)
        if commit is None:
            return
        assert texts(self.store.load(commit)) == list(self.commits[commit].texts)
        line = [commit]
        while (above := self.commits[line[-1]].parent) is not None:
            line.append(above)
        assert ids(list(self.store.lineage(commit))) == line
        assert ids(list(self.store.lineage(commit, first_parent=False))) == line
        below = {c for c, saved in self.commits.items() if saved.parent == commit}
        assert set(ids(self.store.children(commit))) == below
        short = next(self.store.lineage(commit)).short_id
        assert self.store.resolve(short) == commit

    def teardown(self) -> None:
        if hasattr(self, "path"):
            fsck(self.path)
            self.store.close()


@pytest.mark.parametrize("layout", ["native", "single-file"])
def test_any_calls_agree_with_the_model(
    tmp_path_factory: pytest.TempPathFactory, layout: Layout
) -> None:
    class Bound(Model):
        pass

    Bound.factory = tmp_path_factory
    Bound.layout = layout
    case = Bound.TestCase
    case.settings = settings(max_examples=10, stateful_step_count=15)
    case("runTest").runTest()


def test_a_model_of_long_sessions(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Groups of a hundred messages: filled, overflowed, forked in the middle, replaced."""
    path = tmp_path_factory.mktemp("long") / "repo.git"
    store = store_at(path)
    known: list[str] = []
    at = store.save(session("s"))
    for step, count in enumerate([99, 1, 1, 98, 2, 250, 1]):
        more = [f"{step}-{n}" for n in range(count)]
        known += more
        at = store.append(at.id, [message(t) for t in more])
        fork = store.fork(at.id, _cut(store.load(at.id), len(known) // 2, f"f{step}"))
        added = store.append(fork.id, [message("end")])
        assert texts(store.load(added.id)) == [*known[: len(known) // 2], "end"]
        assert texts(store.load(at.id)) == known
    fsck(path)


def _cut(whole: Session, count: int, name: str) -> Session:
    return whole.with_messages(whole.messages[:count]).with_id(name)
