"""`wj converge`: resolve divergent changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.converge import Choices, Converged, Divergence, converge, divergences
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.message_args import given, message_option
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import Words, commits_of, resolve_commit, revision_options
from porcelain.display import counted
from porcelain.errors import DivergentChange, Refused

if TYPE_CHECKING:
    from porcelain.actions.recording.record import Recorder
    from store.ids import CommitId

_ALL = "divergent() & mutable()"


@make_command("converge")
@revision_options("Versions to combine, here or as arguments (default: all divergent changes)")
@click.option("--parents-of", metavar="VERSION", help="Use the parents of this version")
@click.option("--description-of", metavar="VERSION", help="Use the description of this version")
@message_option
def command(
    context: Context,
    revisions: tuple[str, ...],
    parents_of: str | None,
    description_of: str | None,
    messages: tuple[str, ...],
) -> None:
    """Resolve divergent changes: combine the visible versions of each into one commit.

    The result has the changes of all versions since they diverged, their messages too. A
    message that two versions changed becomes a conflict. A change id names all mutable
    versions of the change, a revset those in it.
    """
    if messages and description_of is not None:
        raise Misuse("`-m` does not go with `--description-of`")
    text = given(messages)
    named = (parents_of, description_of)
    mutation = Mutation(context)
    with context.transaction() as tx:
        wanted = divergences(tx, _versions(context, revisions))
        if len(wanted) > 1 and (text is not None or named != (None, None)):
            raise Misuse(
                "These options apply to one change, and several are divergent",
                "Name it: " + ", ".join(f"`{one.change[:12]}`" for one in wanted[:5]),
            )
        parents, description = (None if n is None else resolve_commit(context, n) for n in named)
        choices = Choices(parents, description, text)
        done = _converge_all(tx, wanted, choices, skip=not revisions)
    _say(mutation, wanted, done)
    converged = [
        {
            "change_id": one.change,
            "commit_id": tx.final(one.commit),
            "versions": list(one.versions),
        }
        for one in done
    ]
    mutation.report(tx, own=[one.commit for one in done], converged=converged)


def _say(mutation: Mutation, wanted: list[Divergence], done: list[Converged]) -> None:
    if not wanted:
        mutation.say("There are no divergent changes to converge.")
    for one in done:
        mutation.say(f"Converged {counted(len(one.versions), 'version')} into", one.commit)
    for divergence in wanted:
        if divergence.others:
            count = len(divergence.others)
            left = "was not named, or is" if count == 1 else "were not named, or are"
            mutation.notes.append(
                f"Change {divergence.change[:12]} stays divergent: "
                f"{count} of its versions {left} immutable"
            )


def _converge_all(
    tx: Recorder, wanted: list[Divergence], choices: Choices, *, skip: bool
) -> list[Converged]:
    """Converge changes; with `skip`, leave those that need a choice of the user, with a note.

    Raises:
        Refused: a change needs a choice, and is not skipped, or is the only one.
    """
    done: list[Converged] = []
    for divergence in wanted:
        try:
            made = converge(tx, divergence, choices)
        except Refused as error:
            if not skip or len(wanted) == 1:
                raise
            tx.notes.append("\n".join([f"Not converged: {error}", *error.hints]))
            continue
        if made is not None:
            done.append(made)
    tx.kind = "converge"
    names = [one.change[:12] for one in done]
    tx.description = f"converge {len(names)} changes" if len(names) != 1 else f"converge {names[0]}"
    return done


def _versions(context: Context, revsets: Words) -> list[CommitId]:
    """Return the commits of revsets; a divergent change id names its mutable versions.

    Raises:
        Refused: a named change has fewer than two mutable versions.
    """
    found: dict[CommitId, None] = {}
    for revset in revsets or (_ALL,):
        try:
            commits = commits_of(context, revset)
        except DivergentChange as error:
            if error.change_id != revset.strip():
                raise
            every = f"change_id({error.change_id})"
            commits = commits_of(context, f"{every} & mutable()")
            if context.globals.ignore_immutable:
                commits = commits_of(context, every)
            if len(commits) < 2:
                raise Refused(
                    f"{error}, and {'one' if commits else 'none'} of its versions is mutable",
                    "Immutable versions are not rewritten without `--ignore-immutable`",
                    code="immutable_commit",
                ) from error
        found.update(dict.fromkeys(commits))
    return list(found)
