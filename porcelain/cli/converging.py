"""What `wj converge` was asked for, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from porcelain.cli.describing import given as described
from porcelain.cli.errors import Misuse
from porcelain.cli.mutation import Mutation
from porcelain.cli.revisions import Words, commits_of
from porcelain.errors import DivergentChange, Refused
from porcelain.rewriting.converging import Choices, Converged, Divergence, converge, divergences

if TYPE_CHECKING:
    from porcelain.cli.context import Context
    from porcelain.recording import Recorder
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
                "commit_id": tx.landed.get(one.commit, one.commit),
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
    parents_of, description_of = (None if n is None else context.resolve(str(n)) for n in named)
    return Choices(parents_of, description_of, text)


def _words(value: object) -> Words:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()
