"""The newest source of a native conversation, and its present place."""

from __future__ import annotations

from collections.abc import Iterable

from porcelain.actions.recording.match_prefix import first_parents
from porcelain.errors import Refused
from porcelain.graph.visible_versions import name_ahead, visible_version, visible_versions
from porcelain.index.view_rows import part_rows
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS, SESSIONS
from porcelain.transaction.transaction import Transaction
from store.errors import ObjectError
from store.ids import CommitId
from store.objects.commit import read_commit
from store.tree_layout.layout import common_prefix


def source_of(tx: Transaction, native: tuple[str, str] | None) -> Source | None:
    """Return the source of a native conversation (format, native id) with the most rows, or None."""
    if native is None:
        return None
    found = []
    for key, text in part_rows(tx.index, IMPORTS, ":".join(native)):
        source = Source.of(text)
        if SourceKey.of(key, source)[:2] == native:
            found.append(source)
    return max(found, key=lambda source: source.rows, default=None)


def present_name(tx: Transaction, source: Source) -> str | None:
    """Return the present name of a recorded conversation's session.

    It is the recorded name if it still belongs to that conversation, else a session at the
    commit's visible version.
    """
    commit = visible_version(tx.index, source.commit)
    if tx.get(SESSIONS, source.session) is not None:
        places = tx.tips(source.session)
        if commit is None or any(tx.is_ancestor(commit, place) for place in places):
            return source.session
        if goes_on(tx, places, commit):
            return source.session
    return _renamed(tx, commit) if commit is not None else None


def has_parted(
    tx: Transaction, name: str, head: CommitId, own: Source, others: Iterable[Source]
) -> bool:
    """Tell whether a session went on in another of its files, beside the line of a commit.

    `own` is the source of the file with the commit. Only files that grew since that was recorded
    count: a file that `resume` wrote from the middle of a conversation goes on from there.
    """
    tips = tx.tips(name)
    if any(tx.is_ancestor(tip, head) or tx.is_ancestor(head, tip) for tip in tips):
        return False
    recorded = _recorded(tx, own)
    later = (one for one in others if _recorded(tx, one) > recorded)
    ends = (visible_version(tx.index, one.commit) for one in later)
    apart = (end for end in ends if end is not None and not tx.is_ancestor(end, head))
    return any(tx.is_ancestor(end, tip) for end in apart for tip in tips)


def _recorded(tx: Transaction, source: Source) -> int:
    """Return when the newest version of a source was recorded, in seconds; 0 if it is unknown."""
    try:
        return read_commit(tx.batch, source.stored).committer.time if source.stored else 0
    except ObjectError:
        return 0  # a damaged source of one file must not stop the import of another


def _renamed(tx: Transaction, commit_id: CommitId) -> str | None:
    """Return a session of the same document at a commit or ahead of it, as after a rename."""
    name = name_ahead(tx.index, commit_id)
    document = tx.row(commit_id).session
    is_own = name is not None and any(tx.row(tip).session == document for tip in tx.tips(name))
    return name if is_own else None


def goes_on(tx: Transaction, sides: Iterable[CommitId], commit_id: CommitId) -> bool:
    """Tell whether a commit continues one of the tips of its conversation's session.

    It descends from the tip, or begins with the tip's messages: `rewind` moves a session to a
    new change that ends inside a commit.
    """
    whole = tx.row(commit_id)
    for side in sides:
        if tx.is_ancestor(side, commit_id):
            return True
        part = tx.row(side)
        is_shorter = part.rows and part.rows < (whole.rows or 0) and part.session == whole.session
        if is_shorter and common_prefix(tx.batch, whole.tree, part.tree) == part.rows:
            return True
    return False


def present_commit(tx: Transaction, source: Source, name: str) -> CommitId:
    """Return the visible version of the last imported change, or of its nearest ancestor.

    Raises:
        Refused: none is visible.
    """
    tx.index.ensure(tx.batch, [source.commit])
    for row in first_parents(tx, source.commit):
        found = visible_versions(tx.index, row.id)
        if found:
            return found[0]
    raise Refused(
        f"{name}: nothing of what was imported from it is visible any more",
        "Import it once more with `wj import --again`",
    )
