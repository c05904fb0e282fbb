"""Save a whole transcript as one change, as a child of the commit that it continues."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.actions.naming.new_name import free_name, new_name
from porcelain.actions.recording.known_source import goes_on, present_name, source_of
from porcelain.actions.recording.match_prefix import (
    Place,
    equal_places,
    first_parents,
    longest_prefix,
)
from porcelain.actions.recording.record import move_to, new_layout
from porcelain.graph.visible_versions import visible_version
from porcelain.index.view_rows import names_at
from porcelain.model.redacted_row import PLACEHOLDER, as_redacted
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import read_source
from porcelain.model.view_value import IMPORTS, SESSIONS
from porcelain.transaction.rebase_descendants import generated_message, keep_change
from porcelain.transaction.transaction import Transaction
from store.ids import BlobId, CommitId, TreeId
from store.index.commit_row import CommitRow
from store.objects.commit import read_commit
from store.session.message import message_ids as ids_of
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import message_ids, read_session, write_session
from store.tree_layout.message_tree import digest_chain

NO_ROWS = bytes(20)
COMPACTED = "Previous conversation summary"


Native = tuple[str, str]
"""A format and the native id of a conversation."""


class Saved(NamedTuple):
    """The commit that holds the saved transcript, its session, and what the save did.

    Outcomes: `recorded`, `amended` (only the header differed), `named` (an equal commit got a
    session), `rewound`, `forwarded` (from an earlier commit to an equal one), `unchanged`.
    """

    commit: CommitId
    session: str | None
    outcome: str
    notes: tuple[str, ...] = ()


class _Wanted(NamedTuple):
    """A transcript, the digests of its prefixes, and the session that it continues.

    `name` is the session that the caller asked for, `own` has the tips of `target`.
    """

    session: Session
    ids: list[BlobId]
    chain: list[bytes]
    name: str | None
    target: str | None
    own: list[CommitId]


def save(
    tx: Transaction,
    session: Session,
    *,
    name: str | None = None,
    parent: CommitId | None = None,
    rewind: bool = False,
    native: Native | None = None,
) -> Saved:
    """Record a transcript; `native` is its native conversation, as for `source_of`.

    `name` is the session to move or create, `parent` the parent to use. `rewind` lets a
    transcript that is the beginning of the session's move the session back.

    Raises:
        Refused: the parent does not exist.
        InvalidRefName, SessionExists: the name cannot be used.
    """
    tx.kind, tx.description = "save", f"save {session.id}"
    if name is not None and tx.get(SESSIONS, name) is None:
        name = new_name(tx, name)
    source = ids_of(session.messages)
    session = _as_redacted(tx, session, native)
    ids = ids_of(session.messages)
    target = name if name is not None else _session_of(tx, session, native)
    own = tx.tips(target) if target else []
    wanted = _Wanted(session, ids, list(digest_chain(ids)), name, target, own)
    if parent is None:
        done = _already_there(tx, wanted, rewind)
        if done is not None:
            return _record(tx, done, source, native)
    place = _place(tx, wanted, parent)
    base = read_commit(tx.batch, place.commit).tree if place else None
    tree = _tree(tx, session, place, base)
    made = tx.write_new(tree, (place.commit,) if place else ())
    moving = name or _moving(tx, place, session, source_of(tx, native))
    old = tx.tips(moving)
    move_to(tx, made, moving)
    notes = _left_behind(tx, moving, old, made)
    if old and place is not None and not notes and place.commit not in old:
        notes = (f"Session {moving} had been moved back; it moved forward again",)
    return _record(tx, Saved(made, moving, "recorded", notes), source, native)


def _as_redacted(tx: Transaction, session: Session, native: Native | None) -> Session:
    """Return a transcript without the text that was redacted from it here."""
    entry = source_of(tx, native)
    commit = visible_version(tx.index, entry.commit) if entry is not None else None
    if entry is None or commit is None:
        return session
    stored = read_session(tx.batch, read_commit(tx.batch, commit).tree)
    return as_redacted(session, stored, (entry.rows, _last_row(tx, entry)))


def _last_row(tx: Transaction, source: Source) -> str | None:
    """Return the blob id of the last row as the file had it; None if it was redacted."""
    if source.stored is None:
        return source.last or None
    rows = read_source(tx.batch, source.stored)
    last = source.rows - 1
    if PLACEHOLDER.encode() in rows.session.messages[last].raw:
        return None
    return rows.ids()[last]


def _already_there(tx: Transaction, wanted: _Wanted, rewind: bool) -> Saved | None:
    """Handle a transcript without new messages; None if it has some."""
    session, ids, chain, name, target, own = wanted
    equal = equal_places(tx, chain[-1] if chain else NO_ROWS)
    for tip in own:
        if tip in [row.id for row in equal]:
            return _same_messages(tx, session, tip, target)
    ahead = [row.id for row in equal if row.session == session.id and goes_on(tx, own, row.id)]
    if ahead and target is not None:
        return _move_forward(tx, session, ahead[0], target)
    if not own and equal and ids:
        return _name_equal(tx, session, equal, name)
    shorter = [tip for tip in own if _begins_with(tx, tip, ids)]
    if shorter and target is not None:
        if rewind and equal:
            above = [row for row in equal if tx.is_ancestor(row.id, shorter[0])]
            back = (above or equal)[0].id
            move_to(tx, back, target)
            return Saved(back, target, "rewound")
        if not rewind:
            return Saved(shorter[0], target, "unchanged")
    return None


def _name_equal(
    tx: Transaction, session: Session, equal: list[CommitRow], name: str | None
) -> Saved:
    """Name a commit that holds an equal transcript, unless a session is on it already."""
    if name is None:
        for row in equal:
            names = names_at(tx.index, SESSIONS, row.id)
            if names:
                return Saved(row.id, names[0], "unchanged")
        name = free_name(tx, session.id, always=False)
    same = [row for row in equal if row.session == session.id]
    found = (same or equal)[0].id
    move_to(tx, found, name)
    return Saved(found, name, "named")


def _move_forward(tx: Transaction, session: Session, commit_id: CommitId, target: str) -> Saved:
    """Move a session that was moved back forward to the commit of an equal transcript."""
    move_to(tx, commit_id, target)
    done = _same_messages(tx, session, commit_id, target)
    return done._replace(outcome="forwarded") if done.outcome == "unchanged" else done


def _same_messages(tx: Transaction, session: Session, tip: CommitId, target: str | None) -> Saved:
    commit = read_commit(tx.batch, tip)
    facts = read_facts(tx.batch, commit.tree)
    old = read_session(tx.batch, commit.tree)
    if dict(old.header) == dict(session.header):
        return Saved(tip, target, "unchanged")
    tree = write_session(tx.batch, session, facts.layout, commit.tree)
    rewritable = tx.may_rewrite(tip)
    if rewritable:
        message = generated_message(tx.batch, tree) if tx.row(tip).generated else commit.message
        amended = commit._replace(tree=tree, message=message, committer=tx.signature())
        made = tx.write(keep_change(tx, tip, amended), [tip])
    else:
        made = tx.write_new(tree, (tip,))
    if target is not None and len(tx.tips(target)) == 1:
        move_to(tx, made, target)
    return Saved(made, target, "amended" if rewritable else "recorded")


def _place(tx: Transaction, wanted: _Wanted, parent: CommitId | None) -> Place | None:
    if parent is not None:
        if parent.strip("0") == "":
            return None
        return Place(parent, 0, parent)
    own = wanted.own
    if own and _is_compaction(tx, wanted.session, wanted.ids, own[0]):
        return Place(own[0], 0, own[0])
    place = longest_prefix(tx, wanted.chain, own)
    if place is None and own and not tx.row(own[0]).rows:
        return Place(own[0], 0, own[0])  # the first message of a conversation that had none
    return place


def _is_compaction(tx: Transaction, session: Session, ids: list[BlobId], tip: CommitId) -> bool:
    """Tell whether a pawan document has a mark of compaction that its lineage lacks."""
    if session.format != "pawan":
        return False
    marks = {
        blob
        for blob, message in zip(ids, session.messages, strict=True)
        if message.role == "system" and message.text.startswith(COMPACTED)
    }
    for row in first_parents(tx, tip) if marks else ():
        marks -= set(message_ids(tx.batch, row.tree))
        if not marks:
            break
    return bool(marks)


def _tree(tx: Transaction, session: Session, place: Place | None, base: TreeId | None) -> TreeId:
    if base is None or place is None:
        return write_session(tx.batch, session, new_layout(tx))
    kept = read_facts(tx.batch, base)
    if place.rows and place.commit != place.matched:
        # The commit that the transcript continues was rewritten: append to its new version.
        ground = read_session(tx.batch, base)
        if ids_of(ground.messages) != ids_of(session.messages[: place.rows]):
            tail = session.messages[place.rows :]
            session = session.with_messages([*ground.messages, *tail])
    return write_session(tx.batch, session, kept.layout, base)


def _session_of(tx: Transaction, session: Session, native: Native | None) -> str | None:
    """Return the session that a transcript without a given name continues."""
    entry = source_of(tx, native)
    if entry is not None:
        name = present_name(tx, entry)
        if name is not None:
            return name
    current = tx.workspace.session
    for name in (current, session.id):
        if name is None or tx.get(SESSIONS, name) is None:
            continue
        for tip in tx.tips(name):
            facts = read_facts(tx.batch, read_commit(tx.batch, tip).tree)
            if facts.id == session.id:
                return name
    return None


def _moving(tx: Transaction, place: Place | None, session: Session, entry: Source | None) -> str:
    """Return the session that moves to a new commit without a given name.

    It is one whose tip is the parent, the current one first; else the session of its source if it is
    still on the recorded line; else a new one.
    """
    known = present_name(tx, entry) if entry is not None else None
    at_parent = names_at(tx.index, SESSIONS, place.commit) if place is not None else []
    for name in (tx.workspace.session, known, session.id):
        if name is not None and name in at_parent:
            return name
    if at_parent:
        return at_parent[0]
    if entry is not None and known is not None:
        old = visible_version(tx.index, entry.commit)
        if old is not None and goes_on(tx, tx.tips(known), old):
            return known
    return free_name(tx, session.id, always=False)


def _begins_with(tx: Transaction, tip: CommitId, ids: list[BlobId]) -> bool:
    stored = message_ids(tx.batch, read_commit(tx.batch, tip).tree)
    return len(ids) <= len(stored) and list(stored[: len(ids)]) == list(ids)


def _left_behind(
    tx: Transaction, name: str, old: list[CommitId], made: CommitId
) -> tuple[str, ...]:
    left = [tip for tip in old if not tx.is_ancestor(tip, made)]
    if not left:
        return ()
    return (f"Session {name} moved to another line; its old tip {left[0][:12]} stays a head",)


def _record(tx: Transaction, saved: Saved, ids: list[BlobId], native: Native | None) -> Saved:
    """Record the saved rows of a native conversation, so that an import knows them."""
    if native is None or not ids or saved.session is None or saved.outcome == "unchanged":
        return saved
    entry = source_of(tx, native)
    if entry is None or entry.rows < len(ids) or entry.commit != saved.commit:
        fresh = Source(len(ids), saved.commit, saved.session, last=ids[-1])
        tx.set(IMPORTS, SourceKey(*native, "").text(), fresh.text())
    return saved
