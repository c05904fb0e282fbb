"""Redact commits: rewrite the transcript of each one in a set; nothing is replayed.

Descriptions and authors are redacted too, and generated descriptions regenerated. Change ids stay;
children, sessions and workspaces follow. A tag does not move by itself and would keep the text: it
is moved where immutable commits may be rewritten, otherwise the redaction is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.index.view_rows import part_rows
from porcelain.maintenance.redacting.redact_sources import redact_sources
from porcelain.maintenance.redacting.redact_trees import Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.model.view_value import TAGS, parse_target, target_text
from porcelain.transaction.rebase_descendants import (
    Parents,
    descendants,
    keep_change,
    renewed_message,
    transform,
)
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId
from store.objects.commit import Commit, read_commit


@dataclass(slots=True)
class Counts:
    """The number of redacted places by kind; a shared message counts once."""

    commits: int = 0
    messages: int = 0
    titles: int = 0
    headers: int = 0
    descriptions: int = 0
    authors: int = 0
    sources: int = 0
    operations: int = 0
    tags: list[str] = field(default_factory=list)

    def places(self) -> dict[str, int]:
        """Return the numbers by name."""
        return {
            name: getattr(self, name)
            for name in (
                *("commits", "messages", "titles", "headers", "descriptions", "authors"),
                *("sources", "operations"),
            )
        }


def redact_commits(
    tx: Transaction,
    commits: Iterable[CommitId],
    transcripts: Transcripts,
    redaction: Redaction,
    *,
    moves_tags: bool,
) -> Counts:
    """Rewrite the visible ones of `commits` that have a match; return the counts.

    `transcripts` writes into the transaction's batch.

    Raises:
        Refused: one is immutable; or a tag names one, and tags are not to move.
        ObjectNotFound, CorruptObject: an object cannot be read.
    """
    wanted = dict.fromkeys(c for c in commits if tx.row(c).visible)
    work = _Work(tx, transcripts, redaction)
    found = [c for c in wanted if work.has(read_commit(tx.batch, c))]
    counts = work.counts
    if found:
        below = descendants(tx, found)
        tags = _tags_on(tx, {*found, *below})
        if tags and not moves_tags:
            _refuse_tags(tags)
        tx.require_rewritable(found)
        transform(tx, _in_order(tx, {*found, *(c for c in below if c in wanted)}), {}, work.visit)
        tx.finish_rewrites()
        counts.tags = _move_tags(tx, tags)
    counts.messages, counts.titles = transcripts.rows, transcripts.titles
    counts.headers = transcripts.headers
    counts.sources = redact_sources(tx, transcripts, redaction)
    return counts


class _Work:
    def __init__(self, tx: Transaction, transcripts: Transcripts, redaction: Redaction) -> None:
        self.tx = tx
        self.transcripts = transcripts
        self.redaction = redaction
        self.counts = Counts()

    def has(self, commit: Commit) -> bool:
        """Tell whether a commit has a match; its committer is replaced by the rewrite."""
        return self.transcripts.has(commit.tree) or self.redaction.is_in(commit)

    def visit(self, commit_id: CommitId, commit: Commit, parents: Parents) -> None:
        tree = self.transcripts.tree(commit.tree)
        message = commit.message
        if tree != commit.tree:
            message = renewed_message(self.tx, commit, tree)
        generated = message != commit.message
        message = self.redaction.clean(message)
        author = self.redaction.person(commit.author)
        new = commit._replace(parents=parents, message=message, author=author)
        changed = new._replace(parents=commit.parents) != commit or tree != commit.tree
        if not changed and parents == commit.parents and not self.redaction.is_in(commit):
            return
        self.counts.commits += 1
        self.counts.descriptions += message != commit.message and not generated
        self.counts.authors += author != commit.author
        new = new._replace(tree=tree, committer=self.tx.signature())
        self.tx.stage_commit(keep_change(self.tx, commit_id, new), [commit_id])


def _in_order(tx: Transaction, commits: Iterable[CommitId]) -> list[CommitId]:
    return sorted(commits, key=lambda commit_id: tx.row(commit_id).pos)


def _tags_on(tx: Transaction, commits: Collection[CommitId]) -> dict[str, str]:
    """Return the tags that name any of these commits, with their targets."""
    return {
        name: value
        for name, value in part_rows(tx.index, TAGS)
        if any(term in commits for term in parse_target(value))
    }


def _refuse_tags(tags: Mapping[str, str]) -> None:
    names = ", ".join(plain(name) for name in sorted(tags)[:8])
    raise Refused(
        f"Tags would keep the text, since they never move by themselves: {names}",
        "With `--ignore-immutable` they move to the redacted commits",
        code="tags_keep_text",
    )


def _move_tags(tx: Transaction, tags: Mapping[str, str]) -> list[str]:
    moved = []
    for name, value in sorted(tags.items()):
        target = tuple(tx.rewrites.successor(term) for term in parse_target(value))
        if target_text(target) != value:
            tx.set(TAGS, name, target_text(target))
            moved.append(name)
    return moved
