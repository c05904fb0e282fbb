"""Rebase a transaction: what it did on an older operation is done to the newest state.

A transaction on a past state, or one that worked without the store lock, sees the repository as it
was when it began. It is merged three-way: base is the view that it began with, theirs its edits,
ours the newest view. "Meanwhile" means: by operations after its base.

    made on a commit that was rewritten meanwhile     moves to its one visible successor
    made on a commit that was abandoned meanwhile     moves to its parents
    made on a commit that became several              stays where it was
    rewrites a commit that was rewritten meanwhile    both stay visible: the change is divergent
    rewrites a commit that was only moved meanwhile   rewrites it in its new place
    descendants of rewritten commits, old and new     are rebased
    moves a session that was moved elsewhere          the session is conflicted, theirs first
    moves an `@` that was moved meanwhile             it keeps its newest position
"""

from __future__ import annotations

from collections.abc import Iterator

from porcelain.display import counted
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import change_id_at, conflicted_names, keys_of, operation_rows
from porcelain.model.source import Source
from porcelain.model.view import read_value
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import (
    HEADS,
    IMPORTS,
    SESSIONS,
    TAGS,
    WORKSPACES,
    Workspace,
    parse_target,
    target_text,
)
from porcelain.transaction.rebase_descendants import rebase_descendants, replayed, starting_tree
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.objects.commit import Commit, read_commit


def mark_start(index: Index) -> None:
    """Remember the state that a transaction begins with, in an index in memory."""
    with index.writing() as connection:
        connection.execute(f"SAVEPOINT {_MARK}")


def rebase_transaction(tx: Transaction, older: Transaction) -> None:
    """Do in `tx`, on the newest state, what `older` did on an older one.

    Both share one batch, and `mark_start` was called before the first edit of `older`, whose index
    is back there afterwards. Its `final_ids` then map the commits that it made. When `tx` is
    published, `older.become(tx)` completes the work.

    Raises:
        Refused: it would make a merge with the root commit, on the older state already.
    """
    rebase_descendants(older)  # the descendants of that time are rewritten commits too
    _Rebase(tx, older).run()
    tx.kind, tx.description, tx.args = older.kind, older.description, older.args
    tx.links |= older.links
    tx.attributes |= older.attributes
    if older.base.workspace != tx.base.workspace:
        tx.act_as(older.base.workspace)
    tx.notes[:0] = older.notes


class _Rebase:
    def __init__(self, tx: Transaction, older: Transaction) -> None:
        self.tx = tx
        self.older = older
        self.final_ids = older.final_ids
        self.both: set[CommitId] = set()  # rewritten here and meanwhile
        self.moved: dict[
            CommitId, CommitId
        ] = {}  # replacements, by the present id of the replaced commit
        self.successors: dict[CommitId, list[CommitId]] = {}
        self.renamed: set[CommitId] = set()  # commits that got another change id
        self.rebased = 0
        for operation in operation_rows(tx.index, _SINCE, (older.base.operation.id,)):
            for new, olds in operation.data.predecessors.items():
                for old in olds:
                    self.successors.setdefault(old, []).append(new)
            if operation.data.kind == "metaedit":
                self.renamed.update(operation.data.predecessors)
        self.follow = {old: keys_of(older.index, SESSIONS, old) for old in older.rewrites.rewritten}
        for name, value in conflicted_names(older.index, SESSIONS):
            for side in parse_target(value)[::2]:
                if side in self.follow:
                    self.follow[side].append(name)
        self.removed_heads = list(_removed_heads(older))
        older.index.roll_back_to(_MARK)

    def run(self) -> None:
        self.tx.add_heads(self.older.revealed)
        for commit_id, olds in self.older.rewrites.created.items():
            self._create(commit_id, olds)
        for old, news in self.older.rewrites.rewritten.items():
            self._rewrite(old, news)
        for old in self.older.rewrites.abandoned:
            self._abandon(old)
        if self.rebased:
            commits = counted(self.rebased, "commit")
            self.tx.notes.append(f"Rebased {commits} onto what other operations made meanwhile")
        edits = change_heads(self.tx.index, [], self.removed_heads)
        self.tx.edits.setdefault(HEADS, {}).update(edits)
        self.tx.finish_rewrites()
        for old in sorted(self.both):
            for name in self.follow[old]:
                self._merge(SESSIONS, name, old, self._final(self.older.rewrites.successor(old)))
        for part, values in self.older.edits.items():
            if part != HEADS:
                for key, theirs in values.items():
                    self._merge(part, self._own(part, key), self._base(part, key), theirs)
        for old in self.older.dropped:
            now = self.final_ids.get(old, old)  # it may have been rewritten before it was left
            if now != self.tx.workspace.commit:
                self.tx.leave(now)

    # Commits.

    def _create(self, commit_id: CommitId, olds: tuple[CommitId, ...]) -> None:
        commit = read_commit(self.tx.batch, commit_id)
        parents = self._parents(commit_id, commit, olds)
        if parents != commit.parents:
            self.rebased += 1
            tree = replayed(
                self.tx.batch, commit.tree, self._tree(commit.parents), self._tree(parents)
            )
            commit = commit._replace(parents=parents, tree=tree)
        made = self.tx.write(commit)
        self.final_ids[commit_id] = made
        now = tuple(self._replaced(old) for old in olds)
        self.moved |= {
            here: made
            for here, old in zip(now, olds, strict=True)
            if self.older.rewrites.rewritten.get(old) == (commit_id,)
        }
        self.tx.rewrites.created[made] = now

    def _parents(
        self, commit_id: CommitId, commit: Commit, olds: tuple[CommitId, ...]
    ) -> tuple[CommitId, ...]:
        """Return a commit's parents: those of the commit that it replaces if that was moved meanwhile."""
        for old in olds:
            now = self._replaced(old)
            is_other = now != old and old not in self.final_ids
            if is_other and self.older.rewrites.rewritten.get(old) == (commit_id,):
                return read_commit(self.tx.batch, now).parents
        return self._now(commit.parents)

    def _rewrite(self, old: CommitId, news: tuple[CommitId, ...]) -> None:
        now = self._replaced(old)
        if self._was_visible(old) and not self.tx.row(now).visible:
            if self._visible_now(old):
                self.both.add(old)
            return
        self.tx.rewrites.rewritten[now] = tuple(self.final_ids.get(new, new) for new in news)

    def _abandon(self, old: CommitId) -> None:
        if old in self.older.dropped:
            return  # `run` drops it if `@` moves away and it is discardable
        now = self._replaced(old)
        if self.tx.row(now).visible:
            self.tx.abandon(now)
        elif self._visible_now(old):
            self.tx.notes.append(f"Commit {old[:12]} was rewritten meanwhile and stays")

    def _parent(self, parent: CommitId) -> Iterator[CommitId]:
        """Yield the present parents of children of a commit."""
        if parent in self.final_ids:
            yield self.final_ids[parent]
        elif not self._was_visible(parent) or self.tx.row(parent).visible:
            yield parent
        else:
            found = self._visible_now(parent)
            if len(found) == 1:
                yield found[0]
            elif found:
                yield parent
            else:
                for above in read_commit(self.tx.batch, parent).parents:
                    yield from self._parent(above)

    def _replaced(self, old: CommitId) -> CommitId:
        """Return the present id of a replaced commit, if it was only moved meanwhile."""
        if old in self.final_ids:
            return self.final_ids[old]
        if self.tx.row(old).visible or not self._was_visible(old):
            return old
        found = self._visible_now(old)
        if (
            len(found) != 1
            or not self._is_moved(old, found[0])
            or self._is_elsewhere(old, found[0])
        ):
            return old
        return found[0]

    def _is_elsewhere(self, old: CommitId, moved: CommitId) -> bool:
        """Tell whether a commit got other parents here than it got meanwhile."""
        news = self.older.rewrites.rewritten.get(old, ())
        if len(news) != 1:
            return False
        parents = read_commit(self.tx.batch, news[0]).parents
        if parents == read_commit(self.tx.batch, old).parents:
            return False
        there = read_commit(self.tx.batch, moved).parents
        return self._now(parents) != tuple(self.moved.get(p, p) for p in there)

    def _now(self, parents: tuple[CommitId, ...]) -> tuple[CommitId, ...]:
        return tuple(dict.fromkeys(n for p in parents for n in self._parent(p)))

    def _is_moved(self, old: CommitId, new: CommitId) -> bool:
        """Tell whether a commit became another one by a rebase alone."""
        before, after = read_commit(self.tx.batch, old), read_commit(self.tx.batch, new)
        if before.message != after.message or before.parents == after.parents:
            return False
        if before.author != after.author or not self._are_versions(old, new):
            return False
        bases = self._tree(before.parents), self._tree(after.parents)
        return replayed(self.tx.batch, before.tree, *bases) == after.tree

    def _are_versions(self, one: CommitId, other: CommitId) -> bool:
        rows = [self.tx.index.row(commit_id) for commit_id in (one, other)]
        changes = {change_id_at(self.tx.index, row.pos) if row else None for row in rows}
        return len(changes) == 1

    def _tree(self, parents: tuple[CommitId, ...]) -> TreeId:
        return starting_tree(self.tx.batch, parents)

    def _was_visible(self, commit_id: CommitId) -> bool:
        row = self.older.index.row(commit_id)
        return row is not None and bool(row.visible)

    def _visible_now(self, commit_id: CommitId) -> list[CommitId]:
        """Return the visible successors of a hidden commit.

        A copy, or a commit that it was squashed into, is another change and no successor.
        """
        found: list[CommitId] = []
        pending, seen = [commit_id], {commit_id}
        while pending:
            old = pending.pop()
            for new in self.successors.get(old, ()):
                if new in seen or not (new in self.renamed or self._are_versions(old, new)):
                    continue
                seen.add(new)
                row = self.tx.index.row(new)
                if row is not None and row.visible:
                    found.append(new)
                else:
                    pending.append(new)
        made = set(self.final_ids.values())
        others = [
            other
            for other in visible_versions(self.tx.index, commit_id)
            if not self._was_visible(other)
        ]
        return [other for other in found or others if other not in made]

    # Names.

    def _own(self, part: str, key: str) -> str:
        """Return the present key: a new copy renames workspaces to its own replica."""
        replica, slash, name = key.partition("/")
        if part == WORKSPACES and replica == self.older.base.replica:
            return f"{self.tx.base.replica}{slash}{name}"
        return key

    def _base(self, part: str, key: str) -> str | None:
        return read_value(self.tx.batch, self.older.present_roots(), part, key)

    def _merge(self, part: str, key: str, base: str | None, theirs: str | None) -> None:
        tx = self.tx
        ours = tx.get(part, key)
        base, theirs = self._as_now(part, base), self._as_now(part, theirs)
        merged = merge_value(part, base, ours, theirs, tx.is_ancestor)
        if part == WORKSPACES:
            self._merge_workspace(key, ours, theirs, merged)
            return
        if part in (SESSIONS, TAGS) and merged != ours and len(parse_target(merged)) > 1:
            noun = "Session" if part == SESSIONS else "Tag"
            tx.notes.append(f"{noun} {key} was moved meanwhile too, and is in conflict now")
        tx.set(part, key, merged)
        if part == SESSIONS:
            self._show(parse_target(merged)[::2])

    def _merge_workspace(
        self, key: str, ours: str | None, theirs: str | None, merged: str | None
    ) -> None:
        tx = self.tx
        before, wanted, place = (Workspace.of(value) for value in (ours, theirs, merged))
        if place.session is not None and tx.get(SESSIONS, place.session) is None:
            place = Workspace(place.commit, None)
            merged = place.text() if merged is not None else None
        own = key == tx.workspace_key
        if own and theirs is not None and place.commit not in (wanted.commit, None):
            tx.notes.append("`@` was moved meanwhile too, and stays where that put it")
        tx.set(WORKSPACES, key, merged)
        self._show([place.commit])
        if own and before.commit and before.commit != place.commit:
            tx.leave(before.commit)

    def _show(self, commits: list[CommitId | None] | tuple[CommitId | None, ...]) -> None:
        self.tx.add_heads([c for c in commits if c is not None and not self.tx.row(c).visible])

    def _as_now(self, part: str, value: str | None) -> str | None:
        """Return a value with the present ids of its commits."""
        if value is None:
            return None
        if part == SESSIONS:
            sides = parse_target(value)
            now = [self._final(side) if at % 2 == 0 else side for at, side in enumerate(sides)]
            return target_text(tuple(now))
        if part == TAGS:
            terms = parse_target(value)
            return target_text(tuple(term and self.final_ids.get(term, term) for term in terms))
        if part == WORKSPACES:
            place = Workspace.of(value)
            return Workspace(self._final(place.commit), place.session).text()
        if part == IMPORTS:
            entry = Source.of(value)
            return entry._replace(commit=self.final_ids.get(entry.commit, entry.commit)).text()
        return value

    def _final(self, commit_id: CommitId | None) -> CommitId | None:
        if commit_id is None or commit_id in self.both:
            return commit_id
        here = self.tx.rewrites.successor(self.final_ids.get(commit_id, commit_id))
        if here is None or self.tx.row(here).visible:
            return here
        found = self._visible_now(here)
        return found[0] if len(found) == 1 else here


def _removed_heads(older: Transaction) -> Iterator[CommitId]:
    """Yield heads that were removed with their ancestors, as going back to an older state does."""
    for key, value in older.edits.get(HEADS, {}).items():
        commit_id = CommitId(key)
        known = commit_id in {*older.rewrites.created, *older.rewrites.gone()}
        if value is None and not known and not older.row(commit_id).visible:
            yield commit_id


_MARK = "transaction_start"
_SINCE = "seq > coalesce((SELECT seq FROM operations WHERE id = ?), 0) ORDER BY seq"
