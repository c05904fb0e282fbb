"""Recording: conversations started, continued, forked and moved to, in a transaction.

Saving and importing whole transcripts are in `porcelain.actions.recording.save` and `porcelain.actions.recording.import_transcript`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from porcelain.actions.naming.new_name import free_name, new_name
from porcelain.errors import NoCurrentCommit, Refused
from porcelain.index.view_rows import is_continued, names_at
from porcelain.model.view_value import SESSIONS, parse_target, target_text
from porcelain.transaction.rebase_descendants import ROOT_COMMIT, keep_change
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.formats import format_named
from porcelain.transcript.row import first_line
from store.document.headline import commit_message
from store.document.row_format import PAWAN
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.objects.commit import Commit, read_commit
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import append_messages, read_session, write_session


class Recorded(NamedTuple):
    """What was recorded: the commit, the session that moved to it or None, and remarks."""

    commit: CommitId
    session: str | None
    notes: tuple[str, ...] = ()


class Recorder(Transaction):
    """A transaction with the verbs of recording."""

    def fork(
        self, commit: CommitId, session: str | None = None, *, at: int | None = None
    ) -> Recorded:
        """Start a session from any commit; see `fork`."""
        return fork(self, commit, session, at=at)

    def new(self, commit: CommitId, message: str = "") -> Recorded:
        """Make an empty child of a commit; see `new`."""
        return new(self, commit, message)

    def append(self, messages: Sequence[bytes], session: str | None = None) -> Recorded:
        """Add native rows after `@`; see `append`."""
        return append(self, messages, session=session)


def fork(
    tx: Transaction, commit_id: CommitId, name: str | None = None, *, at: int | None = None
) -> Recorded:
    """Start a new session from a commit: one empty change with an id of its own.

    `name` defaults to that of the current session (without one: of a session on the commit,
    else the document's id) with `-2`, `-3`, …. `@` moves there. With `at` only the first so
    many rows are taken: the change stands on the last commit that lies within them, and holds
    what is left of them.

    Raises:
        SessionExists, InvalidRefName: the name cannot be made.
        Refused: there are not so many rows.
    """
    if at is not None:
        return _fork_inside(tx, commit_id, name, at)
    if commit_id == ROOT_COMMIT:
        current = tx.workspace.session
        stem = free_name(tx, current or "session", always=current is not None)
        name = new_name(tx, name) if name is not None else stem
        session = Session.new(name, model="", created_at=now_text(tx))
        tree = write_session(tx.batch, session, tx.layout)
        return _start(tx, tree, (), name, f"fork {name} from root()")
    base = read_commit(tx.batch, commit_id).tree
    name = _fork_name(tx, commit_id, name)
    tree = _fork_tree(tx, base, name)
    return _start(tx, tree, (commit_id,), name, f"fork {name} from {commit_id[:12]}")


def new(tx: Transaction, commit_id: CommitId, message: str = "") -> Recorded:
    """Make an empty child of a commit and move `@` there; sessions stay where they are."""
    if commit_id == ROOT_COMMIT:
        made = _write(tx, EMPTY_TREE, (), message)
    else:
        made = _write(tx, read_commit(tx.batch, commit_id).tree, (commit_id,), message)
    tx.set_workspace(made, tx.workspace.session)
    tx.kind, tx.description = "new", f"new empty change on {commit_id[:12]}"
    return Recorded(made, None)


def edit(tx: Transaction, commit_id: CommitId, session: str | None) -> Recorded:
    """Move `@` to a commit; named by a session, that becomes the current one.

    By an id the current session is kept only if this is its tip.
    """
    if commit_id == ROOT_COMMIT:
        raise Refused("The root commit cannot be edited", "Use `wj new 'root()'` to start on it")
    current = tx.workspace.session
    if session is None and current is not None and commit_id in tips(tx, current):
        session = current
    tx.add_heads([] if tx.row(commit_id).visible else [commit_id])
    tx.set_workspace(commit_id, session)
    tx.kind, tx.description = "edit", f"edit commit {commit_id}"
    return Recorded(commit_id, session)


def append(
    tx: Transaction,
    rows: Sequence[bytes],
    *,
    session: str | None = None,
    kind: str = "append",
) -> Recorded:
    """Add native rows after `@`, into it where it is empty and nobody else's.

    The current session moves if `@`, or the parent of an empty `@`, is its tip. A
    conversation not begun gets a session: `session`, else a random name.

    Raises:
        InvalidSession: a row that the conversation's format does not allow.
    """
    here = tx.workspace.commit
    commit = read_commit(tx.batch, here) if here else None
    tx.kind, tx.description = kind, f"{kind} {len(rows)} messages"
    if commit is None or commit.tree == EMPTY_TREE:
        name = (
            new_name(tx, session)
            if session is not None
            else free_name(tx, tx.actor.random(4).hex(), False)
        )
        begun = Session.new(name, model="", messages=rows, created_at=now_text(tx))
        tree = write_session(tx.batch, begun, tx.layout)
        made = _continue(tx, here, commit, tree)
        return _arrive(tx, made, name)
    tree = _appended(tx, commit.tree, rows)
    moving = _session_to_move(tx, here, commit, session)
    made = _continue(tx, here, commit, tree)
    if moving is not None:
        return _move_side(tx, moving, here, made)
    tx.set_workspace(made, None)
    note = "No session moved; name the new head with `wj session create NAME`"
    return Recorded(made, None, (note,))


def write_rows(tx: Transaction, role: str, texts: Sequence[str]) -> list[bytes]:
    """Write messages in the format of the conversation at `@`.

    Raises:
        CannotWrite: the format has no such message.
        Refused: it has no writer; `--json-message` takes native rows.
    """
    here = tx.workspace.commit
    tree = read_commit(tx.batch, here).tree if here else EMPTY_TREE
    rows: list[bytes] = []
    name = PAWAN
    if tree != EMPTY_TREE:
        session = read_session(tx.batch, tree)
        name = session.format if isinstance(session.format, str) else session.format[-1][0]
        rows = [message.raw for message in session.messages[-200:]]
    writer = format_named(name).write_message
    if writer is None:
        raise Refused(
            f"Messages of the format {name} cannot be written",
            "Give the message in its own form with `--json-message`",
        )
    start = len(rows)
    for text in texts:
        rows.append(writer(rows, role, text, now=now_iso(tx), new_uuid=lambda: _uuid(tx)))
    return rows[start:]


def tips(tx: Transaction, session: str) -> list[CommitId]:
    """Return where a session is: one commit, several if it is conflicted, or none."""
    return [term for term in parse_target(tx.get(SESSIONS, session))[::2] if term]


def now_text(tx: Transaction) -> str:
    """Return the present time as pawan writes it."""
    milliseconds = tx.actor.clock()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{whole}.{milliseconds % 1000:03d}+00:00"


def now_iso(tx: Transaction) -> str:
    """Return the present time as agents write it in their rows."""
    return now_text(tx).replace("+00:00", "Z")


def require_current(tx: Transaction) -> CommitId:
    """Return `@`.

    Raises:
        NoCurrentCommit: there is none yet.
    """
    commit_id = tx.workspace.commit
    if commit_id is None:
        raise NoCurrentCommit
    return commit_id


def _fork_inside(tx: Transaction, commit_id: CommitId, name: str | None, at: int) -> Recorded:
    from porcelain.actions.recording.cut import find_end, shorten

    end = find_end(tx, commit_id, at)
    base = read_commit(tx.batch, end.commit if end.exact and end.commit else commit_id).tree
    name = _fork_name(tx, commit_id, name)
    tree = _fork_tree(tx, base if end.exact else shorten(tx.batch, base, end.rows), name)
    parents = (end.commit,) if end.commit is not None else ()
    said = f"fork {name} from {commit_id[:12]} at {end.rows}"
    return _start(tx, tree, parents, name, said)._replace(notes=end.note)


def _fork_name(tx: Transaction, commit_id: CommitId, name: str | None) -> str:
    if name is not None:
        return new_name(tx, name)
    document = read_facts(tx.batch, read_commit(tx.batch, commit_id).tree).id
    return free_name(tx, _stem(tx, commit_id, document))


def _fork_tree(tx: Transaction, base: TreeId, name: str) -> TreeId:
    session = _forked(read_session(tx.batch, base), name)
    return write_session(tx.batch, session, read_facts(tx.batch, base).layout, base)


def _start(
    tx: Transaction, tree: TreeId, parents: tuple[CommitId, ...], name: str, description: str
) -> Recorded:
    facts = read_facts(tx.batch, tree)
    made = _write(tx, tree, parents, commit_message(facts.id, facts.prompt) + "\n")
    tx.kind, tx.description = "fork", description
    return _arrive(tx, made, name)


def _arrive(tx: Transaction, commit_id: CommitId, name: str) -> Recorded:
    tx.set_session(name, commit_id)
    tx.set_workspace(commit_id, name)
    return Recorded(commit_id, name)


def _move_side(tx: Transaction, name: str, old: CommitId | None, made: CommitId) -> Recorded:
    """Move a session; of a conflicted one only the side that `@` was."""
    sides = parse_target(tx.get(SESSIONS, name))
    if len(sides) > 1 and old in sides[::2]:
        tx.set(SESSIONS, name, target_text(tuple(made if s == old else s for s in sides)))
    else:
        tx.set_session(name, made)
    tx.set_workspace(made, name)
    return Recorded(made, name)


def _write(tx: Transaction, tree: TreeId, parents: tuple[CommitId, ...], message: str) -> CommitId:
    who = tx.signature()
    return tx.write(Commit(tree, parents, who, who, message, tx.change_header()))


def _forked(old: Session, name: str) -> Session:
    header = old.header
    depth = header.get("branch_depth")
    root = header.get("root_id")
    return old.with_id(name).with_header(
        parent_id=old.id,
        root_id=root if isinstance(root, str) and root else old.id,
        branch_label=name,
        branch_depth=(depth if isinstance(depth, int) else 0) + 1,
    )


def _stem(tx: Transaction, commit_id: CommitId, document: str) -> str:
    current = tx.workspace.session
    if current is not None:
        return current
    names = names_at(tx.index, SESSIONS, commit_id)
    return names[0] if names else document


def _appended(tx: Transaction, tree: TreeId, rows: Sequence[bytes]) -> TreeId:
    facts = read_facts(tx.batch, tree)
    name = facts.format if isinstance(facts.format, str) else facts.format[-1][0]
    if name == PAWAN:
        return append_messages(tx.batch, tree, rows, updated_at=now_text(tx))
    reader = format_named(name)
    found = [reader.read_row(row) for row in rows]
    titles = [row.title or first_line(row.text) for row in found if row.prompt]
    return append_messages(
        tx.batch,
        tree,
        rows,
        updated_at=now_iso(tx),
        title=titles[-1] if titles else None,
        message_count=facts.message_count + sum(row.role is not None for row in found),
    )


def _continue(
    tx: Transaction, here: CommitId | None, commit: Commit | None, tree: TreeId
) -> CommitId:
    """Write the new commit: in place of an amendable `@`, else as its child."""
    facts = read_facts(tx.batch, tree)
    message = commit_message(facts.id, facts.prompt) + "\n"
    if here is None or commit is None:
        return _write(tx, tree, (), message)
    if not is_amendable(tx, here):
        return _write(tx, tree, (here,), message)
    who = tx.signature()
    amended = commit._replace(tree=tree, message=message, author=who, committer=who)
    return tx.write(keep_change(tx, here, amended), [here])


def is_amendable(tx: Transaction, commit_id: CommitId) -> bool:
    """Tell whether `append` writes into a commit instead of below it.

    It has to be empty, untitled, childless, mutable, and on no session or workspace but our own.
    """
    row = tx.row(commit_id)
    if not row.empty or (row.subject and not row.generated):
        return False
    if is_continued(tx.index, row.pos):
        return False
    own = tx.workspace.session
    if any(name != own for name in names_at(tx.index, SESSIONS, commit_id)):
        return False
    return not tx.is_elsewhere(commit_id) and tx.may_rewrite(commit_id)


def _session_to_move(
    tx: Transaction, here: CommitId | None, commit: Commit, named: str | None
) -> str | None:
    if named is not None:
        return named if here in tips(tx, named) else new_name(tx, named)
    current = tx.workspace.session
    if current is None or here is None:
        return None
    places = tips(tx, current)
    if here in places:
        return current
    if tx.row(here).empty and commit.parents and commit.parents[0] in places:
        return current
    return None


def _uuid(tx: Transaction) -> str:
    # A version 4 UUID, without importing the module for it.
    raw = bytearray(tx.actor.random(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
