"""Rebase the descendants of commits that are replaced or abandoned.

A commit is a whole transcript; its change is what it adds to its parents' transcript, or removes
from it. Moving a commit to other parents replays that change: the new parents' transcript, less
the removed messages, plus the added ones. The order of the commits and their final places follow
jj's `transform_commits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from porcelain.errors import Refused
from porcelain.transcript.format_table import pairing_of
from store.document.headline import commit_message
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.objects.commit import Commit, Signature, read_commit
from store.objects.objects import ObjectReader, ObjectWriter
from store.repository.pack_writer import ObjectBatch
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import layout_of, read_session, write_session

ROOT_COMMIT = CommitId("0" * 40)

_AT_ONCE = 500
_DOWN = (
    "WITH RECURSIVE down(pos) AS (SELECT child FROM edges JOIN commits ON pos = child "
    "WHERE parent IN (VALUES {marks}) AND visible = 1 UNION SELECT edges.child FROM down "
    "CROSS JOIN edges ON edges.parent = down.pos CROSS JOIN commits "
    "ON commits.pos = edges.child AND visible = 1) SELECT pos, id FROM down JOIN commits USING (pos)"
)

Parents = tuple[CommitId, ...]
Visit = Callable[[CommitId, Commit, Parents], None]


class Rewrites:
    """The rewrites of a transaction.

    `created` maps each new commit to its predecessors, `rewritten` each replaced commit to its
    successors, `abandoned` each abandoned commit to the new parents of its children.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.created: dict[CommitId, tuple[CommitId, ...]] = {}
        self.rewritten: dict[CommitId, tuple[CommitId, ...]] = {}
        self.abandoned: dict[CommitId, tuple[CommitId, ...]] = {}

    def __bool__(self) -> bool:
        """Whether any commit is being hidden."""
        return bool(self.rewritten or self.abandoned)

    def revive(self, commit_id: CommitId) -> None:
        """Keep a commit that is made again."""
        self.rewritten.pop(commit_id, None)
        self.abandoned.pop(commit_id, None)

    def gone(self) -> list[CommitId]:
        """Return the rewritten and abandoned commits."""
        return list(dict.fromkeys([*self.rewritten, *self.abandoned]))

    def successor(self, commit_id: CommitId | None) -> CommitId | None:
        """Return the commit that a name on a commit moves to; the same one if it stays."""
        seen: set[CommitId] = set()
        while commit_id is not None and commit_id not in seen:
            seen.add(commit_id)
            news = self.rewritten.get(commit_id)
            if news is not None and len(news) == 1:
                commit_id = news[0]
            elif commit_id in self.abandoned:
                commit_id = next(iter(self.abandoned[commit_id]), None)
            else:
                break
        return None if commit_id == ROOT_COMMIT else commit_id

    def new_parents(self, parents: Parents) -> Parents:
        """Return the new parents of children of these parents, in order, without repeats.

        The root commit is named only as one of several.
        """
        found = tuple(dict.fromkeys(self._resolve(parents or (ROOT_COMMIT,), set())))
        return () if found == (ROOT_COMMIT,) else found

    def _resolve(self, parents: Parents, seen: set[CommitId]) -> Iterator[CommitId]:
        for parent in parents:
            if parent in seen:
                continue
            news = self.rewritten.get(parent)
            if news is not None and len(news) == 1:
                yield from self._resolve(news, seen | {parent})
            elif parent in self.abandoned:
                above = self.abandoned[parent] or (ROOT_COMMIT,)
                yield from self._resolve(above, seen | {parent})
            else:
                yield parent


class Rewriting(Protocol):
    """The transaction as functions that rewrite commits see it."""

    notes: list[str]
    rewrites: Rewrites
    strict: bool
    retains_sessions: bool

    @property
    def index(self) -> Index:
        """The index, edits included."""

    @property
    def batch(self) -> ObjectBatch:
        """The batch that stages objects."""

    @property
    def workspace_key(self) -> str:
        """The key of the acting workspace."""

    def commit(self, commit_id: CommitId) -> Commit:
        """Return a commit."""

    def row(self, commit_id: CommitId) -> CommitRow:
        """Return the index row of a commit."""

    def is_ancestor(self, one: CommitId, other: CommitId) -> bool:
        """Tell whether `one` is `other` or an ancestor of it."""

    def get(self, part: str, key: str) -> str | None:
        """Return a value of the view, edits included."""

    def set(self, part: str, key: str, value: str | None) -> None:
        """Edit a value of the view."""

    def signature(self) -> Signature:
        """Return the acting user's signature, now."""

    def write_new(self, tree: TreeId, parents: Parents, message: str | None = None) -> CommitId:
        """Stage a commit that starts a new change, and make it visible."""

    def stage_commit(self, commit: Commit, replaces: Sequence[CommitId] = ()) -> CommitId:
        """Stage a commit that replaces others."""

    def show(self, commits: Iterable[CommitId]) -> None:
        """Make staged commits visible."""


def parents_of(commit: Commit) -> Parents:
    """Return a commit's parents; the root commit if it has none."""
    return commit.parents or (ROOT_COMMIT,)


def rebase_descendants(tx: Rewriting, *, keep_transcripts: bool = False) -> int:
    """Rebase the visible descendants of hidden commits, parents first; return how many.

    Change ids, authors and descriptions are kept. With `keep_transcripts` whole transcripts are
    kept too, instead of replaying the changes.
    """
    below = descendants(tx, tx.rewrites.gone())
    return rebase_all(tx, below, {}, keep_transcripts=keep_transcripts)


def rebase_all(
    tx: Rewriting,
    commits: Sequence[CommitId],
    parents: Mapping[CommitId, Parents],
    *,
    keep_transcripts: bool = False,
) -> int:
    """Rebase those of the commits whose parents change; return how many.

    `transform` explains `parents`, `rebase_descendants` the rest.
    """
    count = 0

    def visit(commit_id: CommitId, commit: Commit, now: Parents) -> None:
        nonlocal count
        if now != commit.parents:
            (reparent if keep_transcripts else rebase)(tx, commit_id, commit, now)
            count += 1

    transform(tx, commits, parents, visit)
    return count


def transform(
    tx: Rewriting, commits: Sequence[CommitId], parents: Mapping[CommitId, Parents], visit: Visit
) -> None:
    """Call `visit` for each of the commits with its new parents; new parents come first.

    The new parents are those in `parents`, else the commit's own, each replaced by its successor.
    `commits` are given parents first. Commits that were rewritten or abandoned before are left
    out. Commits that `visit` stages are shown at the end. The root may be one of several new
    parents: see `checked_parents`.
    """
    wanted = [
        c for c in commits if c not in tx.rewrites.rewritten and c not in tx.rewrites.abandoned
    ]
    before = set(tx.rewrites.created)
    is_ordered = not parents and not tx.rewrites
    for commit_id in wanted if is_ordered else _in_order(tx, wanted, parents):
        commit = tx.commit(commit_id)
        now = tx.rewrites.new_parents(parents.get(commit_id, commit.parents))
        visit(commit_id, commit, now)
    made = [new for new in tx.rewrites.created if new not in before]
    tx.show(made)


def checked_parents(tx: Rewriting, parents: Parents) -> Parents:
    """Return the parents without the root commit.

    Raises:
        Refused: the root commit is one of several, and the transaction is strict.
    """
    if ROOT_COMMIT not in parents:
        return parents
    rest = tuple(parent for parent in parents if parent != ROOT_COMMIT)
    if rest and tx.strict:
        raise Refused(
            "That would make a merge with the root commit, which cannot be stored",
            "Move its other parents first, or rebase the merge",
            code="root_merge",
        )
    return rest


def rebase(tx: Rewriting, commit_id: CommitId, commit: Commit, parents: Parents) -> CommitId:
    """Replay one commit on other parents; the result replaces it.

    Raises:
        Refused: see `checked_parents`.
    """
    parents = checked_parents(tx, parents)
    tree = rebased_tree(tx, commit, parents)
    return replace(tx, commit_id, commit, commit._replace(parents=parents), tree)


def reparent(tx: Rewriting, commit_id: CommitId, commit: Commit, parents: Parents) -> CommitId:
    """Move one commit to other parents and keep its whole transcript.

    Raises:
        Refused: see `checked_parents`.
    """
    parents = checked_parents(tx, parents)
    return replace(tx, commit_id, commit, commit._replace(parents=parents), commit.tree)


def replace(
    tx: Rewriting,
    commit_id: CommitId,
    old: Commit,
    new: Commit,
    tree: TreeId,
    predecessors: Sequence[CommitId] | None = None,
) -> CommitId:
    """Stage `new` with this tree in place of a commit; the change id stays.

    A generated message is generated again. `predecessors` are recorded instead of the commit.
    """
    message = new.message
    if tree != old.tree and message == old.message:
        message = renewed_message(tx, old, tree)
    new = new._replace(tree=tree, committer=tx.signature(), message=message)
    made = tx.stage_commit(keep_change(tx, commit_id, new), [commit_id])
    if predecessors is not None:
        tx.rewrites.created[made] = tuple(predecessors)
    return made


def renewed_message(tx: Rewriting, old: Commit, tree: TreeId) -> str:
    """Return a commit's message for another transcript: a generated one is generated again."""
    return generated_message(tx.batch, tree) if is_generated(tx.batch, old) else old.message


def generated_message(objects: ObjectReader, tree: TreeId) -> str:
    """Return the message that a transcript gives its commit; "" for an empty tree."""
    if tree == EMPTY_TREE:
        return ""
    facts = read_facts(objects, tree)
    return commit_message(facts.id, facts.prompt) + "\n"


def is_generated(objects: ObjectReader, commit: Commit) -> bool:
    """Tell whether a commit's message was generated from its transcript."""
    message = commit.message.rstrip("\n")
    return message.startswith("[") and f"{message}\n" == generated_message(objects, commit.tree)


def rebased_tree(tx: Rewriting, commit: Commit, parents: Parents) -> TreeId:
    """Return the transcript of a commit, replayed on other parents."""
    trees = [[tx.commit(one).tree for one in side] for side in (parents, commit.parents)]
    if trees[0] == trees[1]:
        return commit.tree
    old, new = starting_tree(tx.batch, commit.parents), starting_tree(tx.batch, parents)
    return replayed(tx.batch, commit.tree, old, new)


def starting_tree(objects: ObjectWriter, parents: Parents) -> TreeId:
    """Return the transcript of these parents, merged; an empty one without parents."""
    if len(parents) < 2:
        return read_commit(objects, parents[0]).tree if parents else EMPTY_TREE
    from store.merge.merge_parents import merged_tree

    return merged_tree(objects, parents, pairing=pairing_of()) or EMPTY_TREE


def replayed(objects: ObjectWriter, tree: TreeId, old_base: TreeId, new_base: TreeId) -> TreeId:
    """Return the transcript that changes `new_base` as `tree` changes `old_base`."""
    from store.merge.replay import replay

    if tree == EMPTY_TREE and old_base != EMPTY_TREE:
        # This goes back to before the conversation began: its messages go, its document stays.
        emptied = read_session(objects, old_base).with_messages(())
        tree = write_session(objects, emptied, layout_of(objects, old_base))
    return replay(objects, tree, old_base, new_base, pairing_of())


def keep_change(tx: Rewriting, commit_id: CommitId, commit: Commit) -> Commit:
    """Return `commit` with the change id of the commit that it replaces."""
    if commit.header("change-id"):
        return commit
    rows = tx.index.query(
        "SELECT change FROM changes JOIN commits USING (pos) WHERE id = ?",
        (bytes.fromhex(commit_id),),
    )
    if not rows:
        raise Refused(f"Commit {commit_id[:12]} is not part of this repository")
    return commit._replace(headers=(*commit.headers, ("change-id", rows[0][0])))


def descendants(tx: Rewriting, roots: Iterable[CommitId]) -> list[CommitId]:
    """Return the visible descendants of commits, without these commits, parents first."""
    index = tx.index
    wanted = sorted(p for one in roots if (p := index.position(one)) is not None)
    found: dict[int, bytes] = {}
    count = 1  # the lowest commit usually has all the others as descendants
    while wanted:
        some, wanted = wanted[:count], wanted[count:]
        marks = ", ".join("(?)" for _ in some)
        found.update(index.query(_DOWN.format(marks=marks), some))
        wanted = [position for position in wanted if position not in found]
        count = _AT_ONCE
    return [CommitId(found[position].hex()) for position in sorted(found)]


def _in_order(
    tx: Rewriting, commits: Sequence[CommitId], parents: Mapping[CommitId, Parents]
) -> Iterator[CommitId]:
    """Yield commits so that new parents come first."""
    wanted = dict.fromkeys(commits)
    done: set[CommitId] = set()
    opened: set[CommitId] = set()
    for first in commits:
        stack = [first]
        while stack:
            commit_id = stack[-1]
            if commit_id in done:
                stack.pop()
                continue
            opened.add(commit_id)
            above = parents.get(commit_id)
            if above is None:
                above = tx.commit(commit_id).parents
            known = (*above, *tx.rewrites.new_parents(above))
            waiting = [p for p in known if p in wanted and p not in done and p not in opened]
            if waiting:
                stack += waiting
                continue
            done.add(stack.pop())
            yield commit_id
