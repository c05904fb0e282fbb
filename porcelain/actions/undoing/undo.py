"""Undo and redo: choose an operation and apply its three-way inverse.

The inverse merges with the operation's view as base, its parent's view as theirs and the present
view as ours, so later work of others stays. Undo takes operations of the acting workspace, and
operations from outside that did more than carry a session forward.

    A  B  C  D                 undo, undo: takes back D, then C
    A  B  C  D  u(D) u(C)      redo: takes back u(C); a new operation ends the redo stack
    A  B  C  D  u(D) u(C) E    undo, undo: takes back E, then B

The links of an undo record the operation that it took back; no description is ever parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from porcelain.actions.undoing.session_names import (
    sequence_number,
    take_current_sessions_along,
    with_session_now,
)
from porcelain.actions.undoing.undo_guard import (
    Difference,
    changes_any,
    refuse_if_built_on,
    roots_around,
)
from porcelain.actions.undoing.watched import count_watched
from porcelain.errors import NothingToRedo, NothingToUndo, Refused, UndoBlocked
from porcelain.graph.evolution import replaced_by
from porcelain.graph.visible_versions import visible_versions
from porcelain.index.view_rows import change_id_at, operation_rows
from porcelain.model.ids import OperationId
from porcelain.model.operation import WATCH, Operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import Roots, diff_views
from porcelain.model.view_merge import merge_value
from porcelain.model.view_value import (
    HEADS,
    SESSIONS,
    WORKSPACES,
    Workspace,
    parse_target,
    target_text,
)
from porcelain.transaction.rebase_descendants import Rewrites
from porcelain.transaction.replicas import RENAMES, own_ranges
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.index.commit_index import Index
from store.index.reachability import MarkChange, MarksOverlay
from store.objects.commit import read_commit

_Since = AbstractSet[CommitId]
"""Commits that are visible now and were not after an operation."""
_PAGE = 50
_NEVER = "('undo', 'redo', 'adopt')"
CUT = "cut"
"""The attribute of an operation at the bottom of the log: older ones were abandoned."""
DAMAGE = "damage"
"""The value of `CUT` where the older operations were damaged and could not be read."""


class Undone(NamedTuple):
    """The operation that was taken back, and the newer operations that were stepped over.

    `watched` is the number of newer operations of `wj watch`, which are nobody's step.
    """

    operation: Operation
    stepped_over: tuple[Operation, ...]
    watched: int = 0


def undo(
    tx: Transaction,
    *,
    session: str | None = None,
    by: str | None = None,
    skip: bool = False,
) -> Undone:
    """Take back the newest operation of this workspace or from outside that is not yet undone.

    `session` takes the newest that changed this session, `by` the newest of another workspace,
    or of `wj watch`, whose operations are otherwise stepped over.
    `skip` steps over operations on which later ones are based.

    Raises:
        NothingToUndo: no operation is left.
        UndoBlocked: later operations are based on the chosen one.
        Refused: the transaction is not on the newest operation.
    """
    _refuse_past(tx)
    if session == "":
        raise NothingToUndo  # no session has this name
    stepped: list[Operation] = []
    for operation in _own(tx, by, f"undone < 1 AND kind NOT IN {_NEVER}"):
        if CUT in operation.data.attributes:
            _refuse_damage(operation)
            break
        if session is not None:
            if not changes_any(tx, operation, [(SESSIONS, session)]):
                continue
        elif _only_carried_forward(operation):
            stepped.append(operation)
            continue
        try:
            invert(tx, operation)
        except UndoBlocked:
            if not skip:
                raise
            stepped.append(operation)
            continue
        if not tx.has_effect():
            stepped.append(operation)  # its effect was already taken back by others
            tx.rewrites = Rewrites()
            continue
        _take_name_back(tx, operation)
        tx.kind = "undo"
        tx.links = {"undoes": operation.id}
        tx.description = f"undo: {operation.data.description}"
        watched = count_watched(tx, operation) if by != WATCH else 0
        return Undone(operation, tuple(stepped), watched)
    raise NothingToUndo(count_watched(tx) if by is None else 0)


def redo(tx: Transaction) -> Undone:
    """Take back this workspace's newest undo, unless a new operation of it followed.

    Raises:
        NothingToRedo: there is no such undo.
        UndoBlocked: later operations are based on the undo.
        Refused: the transaction is not on the newest operation.
    """
    _refuse_past(tx)
    for operation in _own(tx, None, "1 = 1"):
        if operation.data.workspace is None:
            continue  # outside changes do not end this workspace's redo stack
        if operation.data.kind not in ("undo", "redo") or CUT in operation.data.attributes:
            break
        if operation.data.kind == "redo" or _is_undone(tx.index, operation):
            continue
        invert(tx, operation)
        _take_name_back(tx, operation)
        target = operation.data.links.get("undoes")  # None if that operation was abandoned
        tx.kind = "redo"
        tx.links = {"redoes": operation.id} | ({"target": target} if target else {})
        tx.description = f"redo: {operation.data.description.removeprefix('undo: ')}"
        return Undone(read_operation(tx.batch, OperationId(target)) if target else operation, ())
    raise NothingToRedo


def invert(tx: Transaction, operation: Operation, *, by_force: bool = False) -> None:
    """Apply the three-way inverse of an operation.

    `by_force` also hides changes on which later operations are based: it rebases their
    descendants and keeps later versions of them.

    Raises:
        UndoBlocked: there are such changes, and `by_force` is False.
    """
    before, after = roots_around(tx, operation)
    differences = list(diff_views(tx.batch, after, before))
    hidden, revealed, since = _visibility(tx, after, differences)
    back = _returns_to(tx, operation, hidden, revealed)
    names = list(_in_own_terms(tx, [d for d in differences if d[0] != HEADS]))
    if not by_force:
        refuse_if_built_on(tx, operation, hidden, back, names)
    above = [parent for one in revealed for parent in read_commit(tx.batch, one).parents]
    _follow(tx, above, since, {*revealed})
    tx.add_heads(revealed)
    for commit_id in hidden:
        if commit_id in back:
            tx.rewrites.rewritten[commit_id] = (back[commit_id],)
        else:
            tx.abandon(commit_id)
    for part, key, base, theirs in names:
        ours = tx.get(part, key)
        made, was = (_as_now(tx, part, value, since) for value in (base, theirs))
        if part == WORKSPACES:
            made = with_session_now(tx, operation, made, is_gone_kept=True)
            was = with_session_now(tx, operation, was)
        merged = merge_value(part, made, ours, was, tx.is_ancestor)
        tx.set(part, key, merged)
        if part in (SESSIONS, WORKSPACES):
            _place(tx, part, merged, since)
    take_current_sessions_along(tx, names)


def _place(tx: Transaction, part: str, value: str | None, since: _Since) -> None:
    """Move a restored session or workspace on from a commit that was hidden since.

    It goes to the commit's new version, else to its parent. A session whose commit was
    abandoned shows that commit again if no parent has the same document.
    """
    sides = parse_target(value)[::2] if part == SESSIONS else (Workspace.of(value).commit,)
    for side in sides:
        if side is None or tx.row(side).visible or side in tx.rewrites.gone():
            continue
        alike = [
            parent
            for parent in read_commit(tx.batch, side).parents
            if tx.row(parent).session == tx.row(side).session
        ]
        now = _new_versions(tx, side, since)
        if len(now) > 1 or (part == SESSIONS and not now and not alike):
            tx.add_heads([side])
        else:
            _follow(tx, [side], since, set())


def _follow(
    tx: Transaction, commits: Sequence[CommitId], since: _Since, known: set[CommitId]
) -> None:
    """Replace hidden commits and their hidden ancestors by their new versions.

    A commit without a new version is abandoned. The walk ends at visible commits and at `known`
    ones, which the caller shows.
    """
    pending = list(commits)
    while pending:
        commit_id = pending.pop()
        if commit_id in known or tx.row(commit_id).visible:
            continue
        known.add(commit_id)
        now = _new_versions(tx, commit_id, since)
        if now:
            tx.rewrites.rewritten[commit_id] = tuple(now)
        else:
            tx.abandon(commit_id)
        pending += read_commit(tx.batch, commit_id).parents


def _new_versions(tx: Transaction, commit_id: CommitId, since: _Since) -> list[CommitId]:
    """Return the visible versions of a commit's change that were made since the operation."""
    return [one for one in visible_versions(tx.index, commit_id) if one in since]


def _in_own_terms(tx: Transaction, names: list[Difference]) -> Iterator[Difference]:
    """Yield differences with the workspaces of continued replicas under this replica's name.

    So undo moves the workspaces that were taken over; taking over is itself never undone.
    """
    own = tx.base.replica
    continued = {replica for replica, _ in own_ranges(tx.index, own)} - {own}
    moved: dict[str, tuple[str | None, str | None]] = {}
    for part, key, after, before in names:
        replica, _, name = key.partition("/")
        if part != WORKSPACES or replica not in {own, *continued}:
            yield part, key, after, before
        else:
            known = moved.get(f"{own}/{name}", (None, None))
            moved[f"{own}/{name}"] = (known[0] or after, known[1] or before)
    for key, (after, before) in moved.items():
        if after != before:
            yield WORKSPACES, key, after, before


def _own(tx: Transaction, by: str | None, condition: str) -> Iterator[Operation]:
    """Yield the operations of a workspace and, without `by`, from outside; newest first, lazily."""
    workspace = by if by is not None else tx.base.workspace
    outside = "" if by is not None else " OR workspace IS NULL"
    if by != WATCH:
        condition = f"{condition} AND kind != '{WATCH}'"
    where = (
        f"replica = ? AND seq < ? AND (workspace = ?{outside}) AND {condition} "
        "ORDER BY seq DESC LIMIT ? OFFSET ?"
    )
    for replica, newest in own_ranges(tx.index, tx.base.replica):
        end, skipped = newest + 1, 0
        while found := operation_rows(tx.index, where, (replica, end, workspace, _PAGE, skipped)):
            skipped += len(found)
            for operation in found:
                yield operation
                name = operation.data.attributes.get(RENAMES)
                if name is not None and operation.data.workspace == workspace:
                    # The workspace had another name before this operation.
                    workspace, end, skipped = name, sequence_number(tx.index, operation.id), 0
                    break


def _refuse_past(tx: Transaction) -> None:
    if tx.is_past:
        raise Refused(
            "Undo and redo work on the newest operation, not with `--at-op`",
            "`wj op restore OPERATION` goes back to an older state",
            code="not_newest",
        )


def _refuse_damage(operation: Operation) -> None:
    if operation.data.attributes[CUT] == DAMAGE:
        raise Refused(
            f"Cannot undo operation {operation.id[:12]}: the state before it was damaged and lost",
            "`wj op log` shows the operations that are left; "
            "`wj op restore OPERATION` goes back to one of them",
            code="damaged_log",
        )


def _take_name_back(tx: Transaction, operation: Operation) -> None:
    """Act as the workspace with the earlier name after the inverse of a renaming."""
    name = operation.data.attributes.get(RENAMES)
    if name is not None and operation.data.workspace == tx.base.workspace:
        tx.attributes[RENAMES] = tx.base.workspace
        tx.act_as(name)


def _only_carried_forward(operation: Operation) -> bool:
    return operation.data.kind == "outside" and operation.data.attributes.get("undoable") == "no"


def _is_undone(index: Index, operation: Operation) -> bool:
    rows = index.query("SELECT undone FROM operations WHERE id = ?", (operation.id,))
    return bool(rows) and rows[0][0] > 0


def _visibility(
    tx: Transaction, after: Roots, differences: list[Difference]
) -> tuple[list[CommitId], list[CommitId], _Since]:
    """Return three sets of commits: hidden and shown by the inverse, and visible only since.

    The inverse goes from the operation's view to its parent's.
    """
    index = tx.index
    now = tx.present_roots()
    index.ensure(tx.batch, [CommitId(d[1]) for d in differences if d[0] == HEADS])
    to_then = [d for d in diff_views(tx.batch, _heads(now), _heads(after)) if d[0] == HEADS]
    index.ensure(tx.batch, [CommitId(d[1]) for d in to_then])
    visible = MarksOverlay(index, "visible")
    since = _move_heads(index, visible, to_then).unmarked
    change = _move_heads(index, visible, [d for d in differences if d[0] == HEADS])
    return (
        [index.row_at(position).id for position in change.unmarked],
        [index.row_at(position).id for position in change.marked],
        {index.row_at(position).id for position in since},
    )


def _heads(roots: Roots) -> Roots:
    return {HEADS: roots[HEADS]} if HEADS in roots else {}


def _move_heads(index: Index, visible: MarksOverlay, differences: list[Difference]) -> MarkChange:
    added = [index.position(key) for _, key, _, new in differences if new is not None]
    removed = [index.position(key) for _, key, _, new in differences if new is None]
    return visible.move_roots([p for p in added if p], [p for p in removed if p])


def _returns_to(
    tx: Transaction, operation: Operation, hidden: list[CommitId], revealed: list[CommitId]
) -> dict[CommitId, CommitId]:
    """Map each commit that becomes hidden to the earlier version of its change that is shown.

    Of several versions take the one that it replaced, or that replaced it where the operation
    was itself an undo. A copy of a commit returns to none.
    """
    by_change: dict[str, list[CommitId]] = {}
    for commit_id in revealed:
        by_change.setdefault(change_id_at(tx.index, tx.row(commit_id).pos), []).append(commit_id)
    found = {}
    for commit_id in hidden:
        olds = by_change.get(change_id_at(tx.index, tx.row(commit_id).pos), [])
        able = revealed if operation.data.kind == "metaedit" else olds
        named = [o for o in operation.data.predecessors.get(commit_id, ()) if o in able]
        if not named and len(olds) > 1:
            named = [o for o in olds if commit_id in replaced_by(tx.index, o)]
        if len(named) == 1 or len(olds) == 1:
            found[commit_id] = (named or olds)[0]
    return found


def _as_now(tx: Transaction, part: str, value: str | None, since: _Since) -> str | None:
    """Return a value with rewritten commits replaced by their new versions; tags never move."""

    def now(commit_id: CommitId) -> CommitId:
        if tx.row(commit_id).visible or commit_id in tx.rewrites.gone():
            return commit_id
        found = _new_versions(tx, commit_id, since)
        return found[0] if len(found) == 1 else commit_id

    if value is None:
        return None
    if part == SESSIONS:
        return target_text(tuple(term and now(term) for term in parse_target(value)))
    if part == WORKSPACES:
        place = Workspace.of(value)
        return Workspace(place.commit and now(place.commit), place.session).text()
    return value
