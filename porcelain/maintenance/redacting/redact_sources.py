"""Redact sources: the stored rows of imported files, every version that is still there.

A redacted row counts as the file's row at the next import, so nothing brings the text back. Keys
of rows and states of files in the index, which come from the unredacted text, are dropped.
"""

from __future__ import annotations

from porcelain.graph.visible_versions import visible_versions
from porcelain.index.source_rows import drop_rows, forget_files
from porcelain.index.view_rows import part_rows
from porcelain.maintenance.redacting.redact_trees import Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.model.copied_row import CopiedRow, copied_row
from porcelain.model.redacted_row import PLACEHOLDER
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import (
    StoredContainer,
    StoredSource,
    commit_source,
    read_beside,
    read_source_tree,
    write_source_tree,
)
from porcelain.model.view_value import IMPORTS
from porcelain.transaction.transaction import Transaction
from porcelain.transcript.format_table import FORMATS, format_named
from store.errors import InvalidSession, ObjectError
from store.ids import CommitId, TreeId
from store.objects.commit import Commit, read_commit, write_commit
from store.objects.objects import blob_id
from store.objects.tree import TREE
from store.tree_layout.layout import read_session


def redact_sources(tx: Transaction, transcripts: Transcripts, redaction: Redaction) -> int:
    """Redact keys, rows and earlier versions of all sources; return the number that changed.

    Sources name the rewritten commits afterwards.

    Raises:
        ObjectNotFound, CorruptObject: an object cannot be read.
    """
    count = 0
    for key, text in list(part_rows(tx.index, IMPORTS)):
        source = Source.of(text)
        now = source._replace(commit=tx.rewrites.successor(source.commit) or source.commit)
        session = redaction.text(source.session)
        if session is not None:  # it may be renamed by now; a new one gets a name that is valid
            now = now._replace(session=session.replace(PLACEHOLDER, "redacted"))
        name = redaction.text(key)
        format_ = SourceKey.of(key, source).format
        now = _redacted(tx, now, format_, transcripts, redaction)
        has_text = name is not None or session is not None or now.stored != source.stored
        if name is not None:
            tx.set(IMPORTS, key, None)
        if name is not None or now != source:
            tx.set(IMPORTS, name or key, now.text())
        if has_text or now.earlier != source.earlier:
            count += 1
            drop_rows(tx.index, [key])
            forget_files(tx.index)
    return count


def detach_sources(tx: Transaction, transcripts: Transcripts, redaction: Redaction) -> int:
    """Let no source name a hidden commit with a match.

    It names the visible version instead or, if that is abandoned, a hidden redacted copy, so that
    a later import still knows the source.
    """
    count = 0
    for key, text in list(part_rows(tx.index, IMPORTS)):
        source = Source.of(text)
        tx.index.ensure(tx.batch, [source.commit])
        if tx.row(source.commit).visible:
            continue
        found = visible_versions(tx.index, source.commit)
        new = found[0] if found else _copy(tx, source.commit, transcripts, redaction)
        tx.set(IMPORTS, key, source._replace(commit=new).text())
        count += 1
    return count


def _redacted(
    tx: Transaction, source: Source, format_: str, transcripts: Transcripts, redaction: Redaction
) -> Source:
    if source.stored is None:
        return source
    stored = _version(tx, source.stored, format_, transcripts, redaction)
    earlier: list[CommitId] = []
    for one in source.earlier:
        try:
            earlier.append(_version(tx, one, format_, transcripts, redaction))
        except (ObjectError, InvalidSession):
            continue  # gone with the operations that named it
    if stored == source.stored and all(one in source.earlier for one in earlier):
        return source
    return source._replace(stored=stored, earlier=tuple(earlier), redacted=True)


def _version(
    tx: Transaction,
    commit_id: CommitId,
    format_: str,
    transcripts: Transcripts,
    redaction: Redaction,
) -> CommitId:
    """Stage the redacted form of one version of a source; the same one if nothing matches."""
    tree = read_commit(tx.batch, commit_id).tree
    made = transcripts.tree(tree)
    if made == tree:
        return commit_id
    old, new = StoredContainer.read(tx.batch, tree), StoredContainer.read(tx.batch, made)
    if old is None or new is None:
        now = _tree(tx, tree, made, format_, redaction)
        return commit_source(tx.batch, now, tx.signature())
    parts = [
        two._replace(id=_tree(tx, TreeId(one.id), TreeId(two.id), format_, redaction))
        if two.mode == TREE and two.id != one.id
        else two
        for one, two in zip(old.parts, new.parts, strict=True)
    ]
    now = new._replace(parts=parts).write(tx.batch)
    return commit_source(tx.batch, now, tx.signature())


def _tree(
    tx: Transaction, tree: TreeId, made: TreeId, format_: str, redaction: Redaction
) -> TreeId:
    """Stage the redacted tree of a conversation, whose rows are redacted in `made`."""
    old = read_source_tree(tx.batch, tree)
    session = read_session(tx.batch, made)
    copied: dict[int, CopiedRow] = {}
    for row, copy in old.copied.items():
        stored = session.messages[row]
        if stored.blob_id != old.session.messages[row].blob_id:
            continue  # the redacted row stands for the copy too
        raw = redaction.row(copy.blob_id, old.raw(row)) or old.raw(row)
        if raw != stored.raw:
            copied[row] = _copied(format_, stored.raw, raw)
    redacted = StoredSource(session, copied, read_beside(tx.batch, made))
    return write_source_tree(tx.batch, redacted)


def _copied(format_: str, stored: bytes, raw: bytes) -> CopiedRow:
    if format_ not in FORMATS:
        return copied_row(stored, raw, blob_id(raw), ((), ()))
    spans = format_named(format_).identity_spans
    return copied_row(stored, raw, blob_id(raw), (spans(stored), spans(raw)))


def _copy(
    tx: Transaction, commit_id: CommitId, transcripts: Transcripts, redaction: Redaction
) -> CommitId:
    commit = read_commit(tx.batch, commit_id)
    tree = transcripts.tree(commit.tree)
    author, who = redaction.person(commit.author), tx.signature()
    copy = Commit(tree, (), author, who, "", commit.headers)
    made = write_commit(tx.batch, copy)
    tx.index.ensure(tx.batch, [made])
    return made
