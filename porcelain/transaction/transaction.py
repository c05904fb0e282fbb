"""Transactions: edits of a view and new commits, in memory, that become one operation.

A transaction stages objects and edits the view. The index takes the edits too, in a write
transaction of its own, so that its answers include them. Nothing is visible to others until
`porcelain.transaction.publish` moves `refs/wj/op`; after an exception nothing has to be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from porcelain.errors import NoCurrentCommit, Refused
from porcelain.index.heads import change_heads
from porcelain.index.view_rows import get_row, require_readable, values_of
from porcelain.index.view_sync import Change, add_change_ids, set_rows
from porcelain.model.actor import Actor
from porcelain.model.change_id import CHANGE_ID_HEADER
from porcelain.model.operation import ROOT_OPERATION, Operation, OperationData
from porcelain.model.operation_store import stage_operation
from porcelain.model.view import Edits, read_roots, readable_values, write_view
from porcelain.model.view_value import (
    HEADS,
    IMPORTS,
    SESSIONS,
    WORKSPACES,
    Workspace,
    parse_target,
)
from porcelain.transaction.discardable import commit_to_drop
from porcelain.transaction.follow_names import follow, leave_deleted_sessions
from porcelain.transaction.kept_commits import heads_among, named_commits
from porcelain.transaction.new_change_ids import NewChangeIds
from porcelain.transaction.rebase_descendants import (
    ROOT_COMMIT,
    Parents,
    Rewrites,
    generated_message,
    rebase_descendants,
)
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.index.commit_index import Index
from store.index.commit_row import CommitRow
from store.objects.commit import Commit, Signature, read_commit, write_commit
from store.repository.near_names import NearNames
from store.repository.pack_writer import ObjectBatch

if TYPE_CHECKING:
    from store.tree_layout.append import Growth

LAYOUT_KEY = "wajutsu.layout"
"""The git config key for the layout that `wj init --layout` chose."""
_ONLY_IN_VIEW = (WORKSPACES, IMPORTS)  # the other parts are read from refs as well


class Base(NamedTuple):
    """The operation that a transaction starts from, and its replica, workspace and actor."""

    operation: Operation
    replica: str
    workspace: str
    actor: Actor


class Published(NamedTuple):
    """The operations of a transaction; `operation` is None if it changed nothing.

    `outside` are the operations before it that recorded outside changes of refs.
    """

    outside: tuple[Operation, ...]
    operation: Operation | None


class Transaction:
    """Edits on top of `base`; made by `Repo.transaction`, never by hand.

    `kind`, `description` and `args` become the operation's. `published` is set when the
    transaction's block has ended. `notes` are remarks for the user. `carried` are workspaces
    renamed from another replica, which by themselves are no change. `dropped` are commits
    abandoned only because a workspace left them. `is_past` means that the base is an older
    operation; the transaction is then rebased onto the newest one, and `final_ids` maps its
    commits to their ids there.
    """

    def __init__(self, index: Index, batch: ObjectBatch, base: Base) -> None:
        """Start with nothing changed."""
        self.index = index
        self.batch = batch
        self.base = base
        self.actor = base.actor
        self.kind = ""
        self.description = ""
        self.args: tuple[str, ...] = ()
        self.published = Published((), None)
        self.edits: Edits = {}
        self.rewrites = Rewrites()
        self.links: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.moved_sessions: dict[str, tuple[str | None, str | None]] = {}
        self.near_names: dict[str, NearNames] = {}  # by part, of the edits
        self.notes: list[str] = []
        self.carried: dict[str, str | None] = {}
        self.dropped: set[CommitId] = set()
        self.is_past = False
        self.strict = False  # refuses merges with the root commit, else made without it
        self.retains_sessions = False  # keeps sessions on abandoned commits
        self.guard: Callable[[Sequence[CommitId]], None] | None = None
        self.final_ids: dict[CommitId, CommitId] = {}
        self._roots = read_roots(batch, base.operation.view, base.operation.id)
        self.revealed: list[CommitId] = []
        self.commits: dict[CommitId, Commit] = {}  # that were read or staged
        self._start = base.actor.operation_clock()
        self._change_ids = NewChangeIds(index, base.actor.random)

    def commit(self, commit_id: CommitId) -> Commit:
        """Return a commit; one that was read or staged before is not read again."""
        if commit_id not in self.commits:
            self.commits[commit_id] = read_commit(self.batch, commit_id)
        return self.commits[commit_id]

    def get(self, part: str, key: str) -> str | None:
        """Return a value of the view, edits included.

        Raises:
            CorruptOperation: it cannot be read.
        """
        value = get_row(self.index, part, key)
        if value is None and part in _ONLY_IN_VIEW:
            require_readable(self.index, part, key)
        return value

    def set(self, part: str, key: str, value: str | None) -> None:
        """Edit a value of the view; heads are edited by `add_heads`."""
        self.set_values([(part, key, value)])

    def set_values(self, values: Sequence[Change]) -> None:
        """Edit many values of the view, as `set` does."""
        now = values_of(self.index, values)
        for part, key, value in values:
            before = now.get((part, key))
            if before is None and part in _ONLY_IN_VIEW:
                require_readable(self.index, part, key)
            if before == value:
                continue
            if part == SESSIONS:
                first = self.moved_sessions.get(key, (before, None))[0]
                self.moved_sessions[key] = (first, value)
            self.edits.setdefault(part, {})[key] = value
        set_rows(self.index, values, now)

    def add_heads(self, commits: Sequence[CommitId]) -> None:
        """Make commits of the repository and their ancestors visible."""
        if not commits:
            return
        with self.index.writing() as connection:
            self.index.ensure(self.batch, commits)
            self.revealed += commits
            self._change_heads(commits, [])
            add_change_ids(connection)

    def write(self, commit: Commit, replaces: Sequence[CommitId] = ()) -> CommitId:
        """Stage a commit that replaces the commits `replaces`, and make it visible.

        Their descendants, sessions and workspaces follow when the transaction is staged.
        """
        commit_id = self.stage_commit(commit, replaces)
        self.show([commit_id])
        return commit_id

    def stage_commit(self, commit: Commit, replaces: Sequence[CommitId] = ()) -> CommitId:
        """Stage a commit that replaces the commits `replaces`; `show` makes it visible.

        Showing many commits at once costs less.
        """
        if commit.tree == EMPTY_TREE:
            self.batch.add("tree", b"")  # libgit2 claims to have it even if it is missing
        commit_id = write_commit(self.batch, commit)
        while replaces and (
            self.rewrites.created.get(commit_id, tuple(replaces)) != tuple(replaces)
            or (commit_id in replaces and len(replaces) > 1)
        ):
            # Two commits that are rewritten to the same one stay two, as in jj. And several
            # commits cannot all become one of them.
            earlier = commit.committer._replace(time=commit.committer.time - 1)
            commit = commit._replace(committer=earlier)
            commit_id = write_commit(self.batch, commit)
        self.commits[commit_id] = commit
        if commit_id in replaces:
            return commit_id
        self.rewrites.revive(commit_id)
        self.rewrites.created.setdefault(commit_id, tuple(replaces))
        for old in replaces:
            self.rewrites.rewritten[old] = (commit_id,)
            self.rewrites.abandoned.pop(old, None)
        return commit_id

    def show(
        self, commits: Iterable[CommitId], grown: Mapping[CommitId, Growth | None] | None = None
    ) -> None:
        """Make staged commits and their ancestors visible; `grown` is as for `Index.ensure`."""
        made = list(commits)
        if not made:
            return
        self.index.ensure(self.batch, made, self.rewrites.created, self.commits, grown)
        with self.index.writing() as connection:
            add_change_ids(connection)
        above = {parent for one in made for parent in self.commit(one).parents}
        self._change_heads([one for one in made if one not in above], [])

    def abandon(self, commit_id: CommitId) -> None:
        """Hide a commit; its descendants move to its parents."""
        self.rewrites.abandoned[commit_id] = self.commit(commit_id).parents

    def require_rewritable(self, commits: Iterable[CommitId]) -> None:
        """Check, before they are rewritten, that these commits may be.

        Raises:
            Refused: a commit is the root commit, or immutable.
        """
        wanted = list(commits)
        if self.guard is not None and wanted:
            self.guard(wanted)
        elif ROOT_COMMIT in wanted:
            raise Refused("The root commit cannot be rewritten", code="root_commit")

    def may_rewrite(self, commit_id: CommitId) -> bool:
        """Tell whether a commit may be rewritten."""
        try:
            self.require_rewritable([commit_id])
        except Refused:
            return False
        return True

    def is_ancestor(self, one: CommitId, other: CommitId) -> bool:
        """Tell whether `one` is `other` or an ancestor of it."""
        return self.index.is_ancestor(self.row(one).pos, self.row(other).pos)

    def present_roots(self) -> dict[str, TreeId]:
        """Return the parts of the base's view, without edits."""
        return self._roots

    def signature(self) -> Signature:
        """Return the acting user's signature, now."""
        return self.actor.signature()

    def write_new(self, tree: TreeId, parents: Parents, message: str | None = None) -> CommitId:
        """Stage a commit that starts a new change, and make it visible; see `stage_new`."""
        made = self.stage_new(tree, parents, message)
        self.show([made])
        return made

    def stage_new(
        self, tree: TreeId, parents: Parents, text: str | None = None, by: Signature | None = None
    ) -> CommitId:
        """Stage a commit that starts a new change; `text` is by default the generated message."""
        who = self.signature()
        message = generated_message(self.batch, tree) if text is None else text
        return self.stage_commit(self.as_new_change(Commit(tree, parents, by or who, who, message)))

    def as_new_change(self, commit: Commit) -> Commit:
        """Return a commit with a new change id in place of its own."""
        others = tuple(header for header in commit.headers if header[0] != CHANGE_ID_HEADER)
        return commit._replace(headers=(*others, (CHANGE_ID_HEADER, self._change_ids.draw())))

    def row(self, commit_id: CommitId) -> CommitRow:
        """Return the index row of a commit.

        Raises:
            Refused: the repository has no such commit.
        """
        row = self.index.row(commit_id)
        if row is None:
            raise Refused(f"Commit {commit_id[:12]} is not part of this repository")
        return row

    def needs_version(self, version: int) -> None:
        """Say that only this version of the repository, or a later one, may hold the result."""
        self.batch.needs_version(version)

    @property
    def workspace_key(self) -> str:
        """The key of the acting workspace."""
        return f"{self.base.replica}/{self.base.workspace}"

    @property
    def workspace(self) -> Workspace:
        """The position of the acting workspace."""
        return Workspace.of(self.get(WORKSPACES, self.workspace_key))

    def require_current(self) -> CommitId:
        """Return `@`; raise `NoCurrentCommit` where there is none yet."""
        here = self.workspace.commit
        if here is None:
            raise NoCurrentCommit
        return here

    def set_workspace(self, commit_id: CommitId | None, session: str | None) -> None:
        """Move the acting workspace, and drop the `@` that it leaves if that is discardable."""
        before = self.workspace
        place = Workspace(commit_id, session)
        self.set(WORKSPACES, self.workspace_key, None if place == (None, None) else place.text())
        if before.commit and before.commit != commit_id:
            self.leave(before.commit)

    def describe(self, description: str, kind: str = "") -> None:
        """Set a given description, and the kind, which is the description's first word by default."""
        if description:
            self.description = description
        if kind or not self.kind:
            self.kind = kind or description.partition(" ")[0]

    def act_as(self, name: str) -> None:
        """Continue as the workspace of this name; the operation is recorded as its own."""
        self.base = self.base._replace(workspace=name)

    def final(self, commit_id: CommitId) -> CommitId:
        """Return the id that a commit made here has after publication."""
        return self.final_ids.get(commit_id, commit_id)

    def become(self, newer: Transaction) -> None:
        """Take the outcome of the transaction that this one was done again in."""
        self.final_ids = {made: newer.final(now) for made, now in self.final_ids.items()}
        self.rewrites, self.moved_sessions = newer.rewrites, newer.moved_sessions
        self.notes, self.published = newer.notes, newer.published

    def tips(self, session: str) -> list[CommitId]:
        """Return where a session is: one commit, several if it is in conflict, or none."""
        return [side for side in parse_target(self.get(SESSIONS, session))[::2] if side]

    def set_session(self, name: str, commit_id: CommitId | None) -> None:
        """Move a session to a commit, or delete it; its old tip stays visible."""
        self.set(SESSIONS, name, commit_id)

    def stage(self) -> Operation | None:
        """Complete the edits and stage the operation; return None if nothing has changed.

        This rebases descendants of rewritten commits, moves their sessions and workspaces along,
        and normalises the heads.
        """
        if not self.has_effect():
            return None
        view, _ = write_view(self.batch, self._roots, self.edits)
        base = self.base.operation.id
        data = OperationData(
            kind=self.kind, description=self.description, args=self.args,
            start=self._start, end=self.actor.operation_clock(), user=self.actor.user,
            host=self.actor.host, replica=self.base.replica, workspace=self.base.workspace,
            attributes=self.attributes, parents=() if base == ROOT_OPERATION else (base,),
            predecessors=dict(self.rewrites.created), links=self.links, version=self.batch.version,
        )  # fmt: skip
        return self.stage_as(data, view)

    def stage_as(self, data: OperationData, view: TreeId) -> Operation:
        """Stage an operation with this view; it keeps alive the commits that it newly names."""
        named = named_commits(self.rewrites.created, self.revealed, self.edits)
        kept, base = heads_among(self.index, named, self.commit), self.base.operation
        return stage_operation(self.batch, data, view, kept, self.actor.sign, base.dropped)

    def write_edits(self) -> TreeId:
        """Complete the edits, stage the view and return its tree."""
        self.has_effect()
        return write_view(self.batch, self._roots, self.edits)[0]

    def has_effect(self) -> bool:
        """Complete the edits; tell whether any value differs from the base's."""
        self.finish_rewrites()
        sessions = self.edits.get(SESSIONS, {})
        leave_deleted_sessions(self, (name for name, value in sessions.items() if value is None))
        for part, values in self.edits.items():
            stored = readable_values(self.batch, self._roots, part, values)
            self.edits[part] = {k: value for k, value in values.items() if stored.get(k) != value}
        self.near_names.clear()
        changed = {part: values for part, values in self.edits.items() if values}
        return bool(changed) and changed != {WORKSPACES: self.carried}

    def finish_rewrites(self) -> None:
        """Rebase descendants and move names along; `stage` does this too."""
        if not self.rewrites:
            return
        rebase_descendants(self)
        gone = self.rewrites.gone()
        hidden = set(gone)
        above = {parent for old in gone for parent in self.commit(old).parents}
        kept = [parent for parent in sorted(above - hidden) if self.row(parent).visible]
        follow(self, gone)
        self._change_heads(kept, gone)

    def _change_heads(self, add: Iterable[CommitId], remove: Sequence[CommitId]) -> None:
        if remove:
            self._change_ids.forget()
        edits = change_heads(self.index, add, remove)
        self.edits.setdefault(HEADS, {}).update(edits)

    def leave(self, commit_id: CommitId) -> None:
        """Drop a commit that a workspace has left, or its successor, if it is discardable."""
        left = commit_to_drop(self, commit_id)
        if left is not None:
            self.dropped.add(left)
            self.abandon(left)
