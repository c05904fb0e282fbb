"""The report of a command that changed the repository: its work, side effects, and a moved `@`.

With `--json`: the operation's id, the commits that it created, rewrote and abandoned, the
sessions that moved, and the workspace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from porcelain.cli.render.looks.summary import ShownCommits
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.display import counted, plain
from porcelain.graph.conflict_changes import ConflictChanges, commits_in_conflict, conflict_changes
from porcelain.index.exported_refs import locked_refs
from porcelain.model.view_value import Workspace, parse_target
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

Said = Sequence[Piece] | str
SHOWN = 10
"""A list of commits in a report has at most this many lines."""


class Mutation:
    """A command's change of the repository: made before its transaction, reported after it."""

    def __init__(self, context: Context) -> None:
        """Remember the workspace and the conflicts as they are before the transaction."""
        self.context = context
        self.before = context.repo_to_change.workspace
        self.conflicted = commits_in_conflict(context.repo.index)
        self.said: list[Said] = []
        self.notes: list[str] = []

    def summary(self, commit_id: CommitId) -> list[Piece]:
        """Return a commit's line in the state after the transaction."""
        repo = self.context.repo
        position = repo.index.position(repo.final(commit_id))
        if position is None:
            return [("", commit_id[:12])]
        return ShownCommits(self.context, repo).summary(position)

    def say(self, text: str, commit_id: CommitId | None = None) -> None:
        """Add a sentence to the report, ending with a commit's line where one is given."""
        pieces: list[Piece] = [("", text)]
        self.said.append([*pieces, ("", " "), *self.summary(commit_id)] if commit_id else pieces)

    def landed(self, tx: Transaction, commits: Iterable[CommitId]) -> list[CommitId]:
        """Return the published ids of commits that a transaction made."""
        return [tx.final(commit_id) for commit_id in commits]

    def say_lines(self, lines: Iterable[Said], count: int) -> None:
        """Add the lines of the first of `count` commits."""
        self.said += [[("", "  "), *line] for line in lines]
        if count > SHOWN:
            self.say("  ...")

    def report(self, tx: Transaction, own: Collection[CommitId] = (), **more: object) -> None:
        """Print the report, with `--json` as data with `more` added.

        `own` are the commits that the command itself rewrote; the others are rebased
        descendants. The report is "Nothing changed." if it would be empty.
        """
        output = self.context.output
        outside = len(tx.published.outside)
        if outside:
            changes = counted(outside, "change")
            output.status(f"Recorded {changes} that others made to the refs")
        if tx.published.operation is None and not self.said:
            output.status("Nothing changed.")
        for said in self.said:
            output.status(said)
        if rebased := _followed(tx, own):
            output.status(f"Rebased {counted(rebased, 'descendant commit')}")
        self.say_position()
        self._say_conflicts(self._conflict_changes(tx))
        repo = self.context.repo
        for ref, lock in locked_refs(repo.index, repo.repository.path):
            message = (
                f"Ref {plain(ref)} could not be written yet: {plain(lock, None)} is in the way"
            )
            output.warning(message, "It is written by the next command that finds it free")
        self.notes += tx.notes
        for note in self.notes:
            output.hint(note)
        if output.json:
            found = {
                key: tx.final(CommitId(value)) if isinstance(value, str) else value
                for key, value in more.items()
            }
            output.data(self.data(tx) | found)

    def say_position(self) -> None:
        """Print the new `@` and its parents, if it moved."""
        repo, output = self.context.repo, self.context.output
        now = repo.workspace
        if now.commit == self.before.commit:
            return
        if now.commit is None:
            output.status("This workspace has no current commit now")
            return
        commits = ShownCommits(self.context, repo)
        position = repo.index.position(now.commit)
        if position is None:
            return
        output.status([("", "Working copy  (@) now at: "), *commits.summary(position)])
        for parent in repo.graph.parents(position):
            output.status([("", "Parent commit (@-)      : "), *commits.summary(parent)])
        if not output.json and repo.index.row_at(position).conflict:
            from porcelain.cli.render.messages.conflict import unresolved

            output.warning(unresolved(repo, position))

    def _conflict_changes(self, tx: Transaction) -> ConflictChanges:
        return conflict_changes(self.context.repo.index, self.conflicted, tx.rewrites.created)

    def _say_conflicts(self, changes: ConflictChanges) -> None:
        output = self.context.output
        if changes.resolved:
            commits = counted(len(changes.resolved), "commit")
            output.status(f"Existing conflicts were resolved or abandoned from {commits}.")
        if not changes.new:
            return
        output.status(f"New conflicts appeared in {counted(len(changes.new), 'commit')}:")
        for commit_id in changes.new[:SHOWN]:
            output.status([("", "  "), *self.summary(commit_id)])
        if len(changes.new) > SHOWN:
            output.status("  ...")
        first = changes.new[0][:12]
        output.hint(f"`wj show {first}` shows the sides of the first")
        output.hint(
            f"`wj resolve -r {first} :ours` or `:theirs` takes one, also in descendants; "
            "numbers of messages behind it settle only these"
        )
        output.hint(
            "`wj diff` shows what `@` changes; `wj undo` takes back what made the conflicts"
        )

    def data(self, tx: Transaction) -> dict[str, object]:
        """Return the report for `--json`."""
        operation = tx.published.operation
        made = _made(tx)
        conflicts = self._conflict_changes(tx)
        return {
            "operation": operation.id if operation else None,
            "outside_operations": [one.id for one in tx.published.outside],
            "created": [self._commit(new) for new, olds in made.items() if not olds],
            "rewritten": [
                self._commit(new) | {"from": list(olds)} for new, olds in made.items() if olds
            ],
            "abandoned": list(tx.rewrites.abandoned),
            "conflicts": {"new": list(conflicts.new), "resolved": list(conflicts.resolved)},
            "sessions": {
                name: {"from": _target(before), "to": _target(after)}
                for name, (before, after) in tx.moved_sessions.items()
                if before != after
            },
            "workspace": self._workspace(self.context.repo.workspace),
            "notes": self.notes,
        }

    def _commit(self, commit_id: CommitId) -> dict[str, object]:
        repo = self.context.repo
        position = repo.index.position(commit_id)
        change_id = repo.change_id(position) if position is not None else None
        return {"commit_id": commit_id, "change_id": change_id}

    def _workspace(self, place: Workspace) -> dict[str, object]:
        name = self.context.repo.workspace_name
        return {"name": name, "commit_id": place.commit, "session": place.session}


def _made(tx: Transaction) -> dict[CommitId, tuple[CommitId, ...]]:
    """Map the commits that a transaction made to the versions that they replace."""
    created, replaced = tx.rewrites.created, tx.rewrites.rewritten

    def first(olds: Iterable[CommitId], seen: frozenset[CommitId]) -> Iterator[CommitId]:
        for old in olds:
            if old in created and old not in seen:
                yield from first(created[old], seen | {old})
            else:
                yield old

    return {
        new: tuple(dict.fromkeys(first(olds, frozenset([new]))))
        for new, olds in created.items()
        if new not in replaced
    }


def _followed(tx: Transaction, own: Collection[CommitId]) -> int:
    """Count the commits that were rewritten only because an ancestor was."""
    ours = {tx.final(commit_id) for commit_id in own}
    for new, olds in tx.rewrites.created.items():
        if not ours.isdisjoint(olds):
            ours.add(new)
    return sum(new not in ours for new, olds in _made(tx).items() if olds)


def _target(value: str | None) -> str | list[str] | None:
    """Return a session's target: a commit id, several if it is conflicted, or None."""
    sides: list[str] = [term for term in parse_target(value)[::2] if term]
    return sides if len(sides) > 1 else sides[0] if sides else None
