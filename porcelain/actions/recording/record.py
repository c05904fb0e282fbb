"""Fork, edit and append: start a session, move `@`, continue a conversation.

`porcelain.actions.recording.save` and `import_transcript` record whole transcripts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from porcelain.actions.naming.new_name import free_name, new_name
from porcelain.display import counted
from porcelain.errors import Refused
from porcelain.index.view_rows import is_continued, names_at
from porcelain.model.view_value import SESSIONS, parse_target, target_text
from porcelain.transaction.discardable import stands_elsewhere
from porcelain.transaction.rebase_descendants import ROOT_COMMIT, generated_message, keep_change
from porcelain.transaction.transaction import LAYOUT_KEY, Transaction
from porcelain.transcript.format_table import FORMATS, format_named, native_ids_of
from store.document.agent_facts import NATIVE_ID, STARTED_BY
from store.document.row_format import PAWAN, name_at
from store.ids import EMPTY_TREE, CommitId, TreeId
from store.objects.commit import Commit, read_commit
from store.session.message import Message, messages_of
from store.session.session import Session
from store.tree_layout.facts import read_facts
from store.tree_layout.layout import Layout, append_messages, read_session, write_session

if TYPE_CHECKING:
    from porcelain.actions.recording.new import Made


class Recorded(NamedTuple):
    """The commit that was recorded, the session that moved to it or None, and notes on it."""

    commit: CommitId
    session: str | None
    notes: tuple[str, ...] = ()


class _Rows(Sequence[bytes]):
    """The rows of a conversation, each read when asked for, and those that come after them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages
        self.added: list[bytes] = []

    def __len__(self) -> int:
        return len(self._messages) + len(self.added)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place < len(self._messages):
            return self._messages[place].raw
        return self.added[place - len(self._messages)]


class Recorder(Transaction):
    """A transaction with the recording verbs as methods."""

    def fork(
        self, commit: CommitId, session: str | None = None, *, at: int | None = None
    ) -> Recorded:
        """Start a session from any commit; see `fork`."""
        return fork(self, commit, session, at=at)

    def new(self, commit: CommitId, message: str = "") -> Made:
        """Make an empty child of a commit; see `porcelain.actions.recording.new.new`."""
        from porcelain.actions.moving.destination import Location
        from porcelain.actions.recording.new import new

        return new(self, Location((commit,)), message)

    def append(self, messages: Sequence[bytes], session: str | None = None) -> Recorded:
        """Add native rows after `@`; see `append`."""
        return append(self, messages, session=session)


def fork(
    tx: Transaction, commit_id: CommitId, name: str | None = None, *, at: int | None = None
) -> Recorded:
    """Start a new session from a commit with one empty change, and move `@` there.

    `name` defaults to the current session's (without one: to that of a session on the commit,
    else to the document's id) with `-2`, `-3`, …. With `at` the session has only the first `at`
    messages: its change is a child of the last commit within them, and adds the others.

    Raises:
        SessionExists, InvalidRefName: the name cannot be used.
        Refused: the conversation has fewer messages than `at`.
    """
    if commit_id == ROOT_COMMIT and at is None:
        current = tx.workspace.session
        if name is None:
            name = free_name(tx, current or "session", always=current is not None)
        session = Session.new(new_name(tx, name), model="", created_at=now_text(tx))
        tree = write_session(tx.batch, session, new_layout(tx))
        return _start(tx, tree, (), name, f"fork {name} from root()")
    parents: tuple[CommitId, ...] = (commit_id,)
    notes: tuple[str, ...] = ()
    place = commit_id[:12]
    base = EMPTY_TREE
    if at is not None:
        from porcelain.actions.recording.truncate import find_end, truncate

        end = find_end(tx, commit_id, at)
        parents = (end.commit,) if end.commit is not None else ()
        notes, place = end.note, f"{place} at {end.messages}"
        if not end.exact:
            base = truncate(tx.batch, read_commit(tx.batch, commit_id).tree, end.rows)
    if base == EMPTY_TREE:
        base = read_commit(tx.batch, parents[0]).tree
    name = new_name(tx, name) if name is not None else _free_fork_name(tx, commit_id)
    session = _forked(tx, read_session(tx.batch, base), name)
    tree = write_session(tx.batch, session, read_facts(tx.batch, base).layout, base)
    return _start(tx, tree, parents, name, f"fork {name} from {place}")._replace(notes=notes)


def edit(tx: Transaction, commit_id: CommitId, session: str | None) -> Recorded:
    """Move `@` to a commit.

    `session` is the session that named the commit, and becomes the current one. Without it the
    current session is kept only if the commit is its tip.
    """
    if commit_id == ROOT_COMMIT:
        raise Refused("The root commit cannot be edited", "Use `wj new 'root()'` to start on it")
    current = tx.workspace.session
    if session is None and current is not None and commit_id in tx.tips(current):
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
    """Add native rows after `@`, or to `@` itself where `is_amendable` allows it.

    The current session moves if `@`, or the parent of an empty `@`, is its tip. A conversation
    without a document gets the session `session`, or one with a random name.

    Raises:
        InvalidSession: a row is not one of the conversation's format.
    """
    rows = [message.raw for message in messages_of(rows)]
    here = tx.workspace.commit
    commit = read_commit(tx.batch, here) if here else None
    tx.kind, tx.description = kind, f"{kind} {counted(len(rows), 'message')}"
    if commit is None or commit.tree == EMPTY_TREE:
        name = (
            new_name(tx, session)
            if session is not None
            else free_name(tx, tx.actor.random(4).hex(), False)
        )
        begun = Session.new(name, model="", messages=rows, created_at=now_text(tx))
        tree = write_session(tx.batch, begun, new_layout(tx))
        return move_to(tx, _write_rest(tx, here, commit, tree), name)
    tree = _appended(tx, commit.tree, rows)
    moving = _session_to_move(tx, here, commit, session)
    made = _write_rest(tx, here, commit, tree)
    if moving is not None:
        return move_to(tx, made, moving, here)
    tx.set_workspace(made, None)
    note = "No session moved; name the new head with `wj session create NAME`"
    return Recorded(made, None, (note,))


def write_rows(tx: Transaction, role: str, texts: Sequence[str]) -> list[bytes]:
    """Write messages in the format of the conversation at `@`.

    Raises:
        CannotWrite: the format has no message of this role.
        Refused: a text is blank; or the format has no writer; `--json-message` takes native rows.
    """
    if not all(text.strip() for text in texts):
        raise Refused("A message without text cannot be appended")
    here = tx.workspace.commit
    tree = read_commit(tx.batch, here).tree if here else EMPTY_TREE
    rows = _Rows(())
    name = PAWAN
    if tree != EMPTY_TREE:
        session = read_session(tx.batch, tree)
        name = name_at(session.format, session.rows)
        rows = _Rows(session.messages)
    writer = format_named(name).write_message
    if writer is None:
        raise Refused(
            f"Messages of the format {name} cannot be written",
            "Give the message in its own form with `--json-message`",
        )
    for text in texts:
        rows.added.append(writer(rows, role, text, now=now_iso(tx), new_uuid=lambda: _uuid(tx)))
    return rows.added


def new_layout(tx: Transaction) -> Layout:
    """Return the layout in which this repository stores conversations that begin in it."""
    chosen = tx.batch.repository.config.get(LAYOUT_KEY)
    return "single-file" if chosen == "single-file" else "native"


def now_text(tx: Transaction) -> str:
    """Return the present time as pawan writes it."""
    milliseconds = tx.actor.clock()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{whole}.{milliseconds % 1000:03d}+00:00"


def now_iso(tx: Transaction) -> str:
    """Return the present time as agents write it in their rows."""
    return now_text(tx).replace("+00:00", "Z")


def _free_fork_name(tx: Transaction, commit_id: CommitId) -> str:
    stem = tx.workspace.session
    if stem is None:
        names = names_at(tx.index, SESSIONS, commit_id)
        stem = names[0] if names else read_facts(tx.batch, read_commit(tx.batch, commit_id).tree).id
    return free_name(tx, stem)


def _start(
    tx: Transaction, tree: TreeId, parents: tuple[CommitId, ...], name: str, description: str
) -> Recorded:
    tx.kind, tx.description = "fork", description
    return move_to(tx, tx.write_new(tree, parents), name)


def move_to(
    tx: Transaction, commit_id: CommitId, name: str, old: CommitId | None = None
) -> Recorded:
    """Move `@` and a session to a commit; of a session in conflict only the side `old`."""
    sides = parse_target(tx.get(SESSIONS, name))
    if old is not None and len(sides) > 1 and old in sides[::2]:
        sides = tuple(commit_id if side == old else side for side in sides)
        tx.set(SESSIONS, name, target_text(sides))
    else:
        tx.set_session(name, commit_id)
    tx.set_workspace(commit_id, name)
    return Recorded(commit_id, name)


def _forked(tx: Transaction, old: Session, name: str) -> Session:
    """Return a session that continues another one, under a native id of its own."""
    format_ = name_at(old.format, old.rows)
    is_known = format_ in FORMATS
    own = native_ids_of(format_).fresh_native_id(name, tx.actor.random) if is_known else name
    depth = old.header.get("branch_depth")
    root = old.header.get("root_id")
    return old.with_id(own).with_header(
        remove=[NATIVE_ID, STARTED_BY],
        parent_id=old.id,
        root_id=root if isinstance(root, str) and root else old.id,
        branch_label=name,
        branch_depth=(depth if isinstance(depth, int) else 0) + 1,
    )


def _appended(tx: Transaction, tree: TreeId, rows: Sequence[bytes]) -> TreeId:
    facts = read_facts(tx.batch, tree)
    name = name_at(facts.format, facts.rows)
    if name == PAWAN:
        return append_messages(tx.batch, tree, rows, updated_at=now_text(tx))
    from porcelain.transcript.row import first_line, message_count

    reader = format_named(name)
    found = [reader.check_row(row) for row in rows]
    titles = [row.title or first_line(row.text) for row in found if row.prompt]
    return append_messages(
        tx.batch,
        tree,
        rows,
        updated_at=now_iso(tx),
        title=titles[-1] if titles else None,
        message_count=facts.message_count + message_count(found),
    )


def _write_rest(
    tx: Transaction, here: CommitId | None, commit: Commit | None, tree: TreeId
) -> CommitId:
    """Write a longer conversation: into `@` if that is amendable, else as a child of it."""
    if here is None or commit is None:
        return tx.write_new(tree, ())
    if not is_amendable(tx, here):
        return tx.write_new(tree, (here,))
    who = tx.signature()
    message = generated_message(tx.batch, tree)
    amended = commit._replace(tree=tree, message=message, author=who, committer=who)
    return tx.write(keep_change(tx, here, amended), [here])


def is_amendable(tx: Transaction, commit_id: CommitId) -> bool:
    """Tell whether `append` adds to a commit itself instead of making a child of it.

    The commit must be empty, untitled, childless and mutable, and no other session or workspace
    may be on it.
    """
    row = tx.row(commit_id)
    if not row.empty or (row.subject and not row.generated) or is_continued(tx.index, row.pos):
        return False
    own = tx.workspace.session
    if any(name != own for name in names_at(tx.index, SESSIONS, commit_id)):
        return False
    return not stands_elsewhere(tx, commit_id) and tx.may_rewrite(commit_id)


def _session_to_move(
    tx: Transaction, here: CommitId | None, commit: Commit, named: str | None
) -> str | None:
    if named is not None:
        return named if here in tx.tips(named) else new_name(tx, named)
    current = tx.workspace.session
    if current is None or here is None:
        return None
    tips = tx.tips(current)
    is_tip = here in tips or (tx.row(here).empty and {*commit.parents[:1]} & {*tips})
    return current if is_tip else None


def _uuid(tx: Transaction) -> str:
    # A version 4 UUID, without the time that importing `uuid` takes.
    raw = bytearray(tx.actor.random(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
