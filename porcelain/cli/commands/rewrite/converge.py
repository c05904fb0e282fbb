"""`wj converge`: make one commit of the versions of a divergent change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from porcelain.actions.editing.converge import Choices, Converged, Divergence, converge, divergences
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import PrivateOption, make_command
from porcelain.cli.shared.message_args import given as described
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import Words, commits_of, resolve_commit, revision_options
from porcelain.errors import DivergentChange, Refused

if TYPE_CHECKING:
    from porcelain.actions.recording.record import Recorder
    from porcelain.cli.run.context import Context
    from store.ids import CommitId


_ALL = "divergent() & mutable()"


def converge_by_options(context: Context, options: Mapping[str, object]) -> None:
    """Converge the changes that are named, or all that can be."""
    revsets = (*_words(options["revisions"]), *_words(options["named"]))
    mutation = Mutation(context)
    with context.transaction() as tx:
        wanted = divergences(tx, _versions(context, revsets))
        choices = _choices(context, options, wanted)
        done = _converge_all(tx, wanted, choices, skip=not revsets)
    if not wanted:
        mutation.say("There are no divergent changes to converge.")
    for one in done:
        mutation.say(f"Converged {len(one.versions)} versions into", one.commit)
    for divergence in wanted:
        if divergence.others:
            count = len(divergence.others)
            mutation.notes.append(
                f"Change {divergence.change[:12]} stays divergent: {count} of its versions "
                "were not named, or are immutable"
            )
    mutation.report(
        tx,
        own=[one.commit for one in done],
        converged=[
            {
                "change_id": one.change,
                "commit_id": tx.final(one.commit),
                "versions": list(one.versions),
            }
            for one in done
        ],
    )


def _converge_all(
    tx: Recorder, wanted: list[Divergence], choices: Choices, *, skip: bool
) -> list[Converged]:
    """Converge changes; with `skip` those that need the user's choice are left, with a note.

    Raises:
        Refused: one needs it, and is not skipped, or it is the only one.
    """
    done: list[Converged] = []
    for divergence in wanted:
        try:
            made = converge(tx, divergence, choices)
        except Refused as error:
            if not skip or len(wanted) == 1:
                raise
            tx.notes.append("\n".join([f"Left as it is: {error}", *error.hints]))
            continue
        if made is not None:
            done.append(made)
    tx.kind = "converge"
    names = [one.change[:12] for one in done]
    tx.description = f"converge {len(names)} changes" if len(names) != 1 else f"converge {names[0]}"
    return done


def _versions(context: Context, revsets: Words) -> list[CommitId]:
    """Return the commits that revsets name; a divergent change stands for its mutable versions.

    Raises:
        Refused: such a change has fewer than two.
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
                    "Immutable versions are never rewritten, unless `--ignore-immutable` is given",
                    code="immutable_commit",
                ) from error
        found.update(dict.fromkeys(commits))
    return list(found)


def _choices(context: Context, options: Mapping[str, object], wanted: list[Divergence]) -> Choices:
    named = [options["parents_of"], options["description_of"]]
    text = described(_words(options["messages"]))
    if len(wanted) > 1 and (text is not None or named != [None, None]):
        raise Misuse(
            "These options settle one change, and several are divergent",
            "Name it: " + ", ".join(f"`{one.change[:12]}`" for one in wanted[:5]),
        )
    parents_of, description_of = (
        None if n is None else resolve_commit(context, str(n)) for n in named
    )
    return Choices(parents_of, description_of, text)


def _words(value: object) -> Words:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


@make_command("converge")
@revision_options(default="all divergent changes", help_text="Which versions to combine")
@click.option("--parents-of", metavar="VERSION", help="Put it on this version's parents")
@click.option("--description-of", metavar="VERSION", help="Keep this version's description")
@click.option("-m", "--message", "messages", cls=PrivateOption, multiple=True, metavar="TEXT",
              help="The description; repeated, each is a paragraph")  # fmt: skip
def command(context: Context, /, **given: object) -> None:
    """Combine the visible versions of divergent changes into one commit each.

    What one version changed since they parted is kept, messages of all of them too; where two
    changed the same message, that is a conflict. A change id stands for all its versions, a
    revset for those that it names; immutable ones are left alone. `wj undo` brings all back.
    """
    if given["messages"] and given["description_of"] is not None:
        raise Misuse("`-m` does not go with `--description-of`")
    converge_by_options(context, given)
