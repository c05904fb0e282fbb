"""`wj redact`: remove text from conversations and from the repository."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.revision_args import resolve_commit
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.index.view_rows import remotes_of
from porcelain.maintenance.redacting.redact import (
    Outcome,
    Purged,
    Request,
    carry_out,
    purge,
    refuse_without_git,
    rehearse,
)
from porcelain.maintenance.redacting.redaction import Redaction, message_at, messages_called
from porcelain.maintenance.redacting.secret_patterns import Secrets
from porcelain.maintenance.redacting.text_pattern import Finder, Several, TextPattern
from porcelain.model.view_value import SESSIONS
from store.document.numbers import read_number
from store.ids import CommitId
from store.remote.remotes import head_ref, list_remotes
from store.repository.ref_read import read_ref

_PLACES = {
    "messages": "messages",
    "titles": "titles",
    "headers": "documents' other fields",
    "descriptions": "descriptions",
    "authors": "authors",
    "sources": "imported files",
    "operations": "descriptions and arguments of operations",
}
_MOST_DIGITS = 10  # of a row's number; more are a native id
_BACK = "An import of a copy under another native id brings the text back"


class _Wanted(NamedTuple):
    """The texts to redact that the command line names, and their places."""

    pattern: str | None
    message_id: str | None
    revisions: str | None
    secrets: bool
    purge: bool


@make_command("redact")
@click.argument("pattern", required=False)
@click.option("--message", "message_id", metavar="ID", help="Redact one whole message")
@click.option("--secrets", is_flag=True, help="Redact text that looks like a key or password")
@click.option("-r", "--revisions", metavar="REVSET",
              help="Where to redact (default: all visible commits)")  # fmt: skip
@click.option("--purge", is_flag=True, help="Remove old versions for good; this cannot be undone")
@click.option("--yes", is_flag=True, help="Purge without showing the losses first")
@click.option("--dry-run", is_flag=True, help="Only report, and change nothing")
def command(context: Context, /, yes: bool, dry_run: bool, **given: Any) -> None:
    """Replace text by `[redacted]` in every visible version of every conversation.

    PATTERN is text, or `exact:`, `glob:` or `regex:` followed by a pattern; with `-i` after the
    kind (`substring-i:`) upper and lower case are equal. ID is the native id of a message, or
    its number in `@` or in REVSET. Change ids stay, sessions follow, and another import of the
    same file does not bring the text back.

    The old versions stay hidden, so `wj undo` can restore them. `--purge` removes them for good,
    with the operations that show them; without `--yes` it only lists the losses.
    """
    wanted = _Wanted(**given)
    _check(context, wanted)
    mutation = Mutation(context)
    request = _request(context, wanted)
    unconfirmed = wanted.purge and not yes
    if dry_run or unconfirmed:
        plan = rehearse(context.repo, request)
        _show_plan(context, plan, wanted)
        if unconfirmed and not dry_run and not _is_nothing(plan):
            raise Refused(
                "Nothing has been changed: a purge cannot be undone",
                "`--yes` goes on with it",
                code="not_confirmed",
            )
        return
    words = _safe_words(context, request.redaction)
    with context.rewriting_log():
        outcome = carry_out(context.repo, request, ("wj", *words))
        purged = purge(context.repo, request.redaction) if wanted.purge else None
    _report(context, mutation, outcome, purged)


def _is_nothing(outcome: Outcome) -> bool:
    """Tell whether a plan would change nothing."""
    counts = outcome.counts.places()
    return not (any(counts.values()) or outcome.found.hidden or outcome.showing or outcome.kept_by)


def _check(context: Context, wanted: _Wanted) -> None:
    given = wanted.pattern is not None or wanted.secrets
    if given == (wanted.message_id is not None):
        if given:
            raise Misuse(
                "`--message` does not go with PATTERN or `--secrets`: it redacts a whole message"
            )
        raise Misuse(
            "The text to redact is missing", "Give a PATTERN, `--message ID`, or `--secrets`"
        )
    if wanted.purge:
        if context.globals.at_operation is not None:
            raise Misuse("--at-op is not respected: a purge works on the newest state")
        refuse_without_git(context.repo.repository.path)


def _request(context: Context, wanted: _Wanted) -> Request:
    commits: tuple[CommitId, ...] | None = None
    if wanted.revisions is not None:
        graph = context.repo.graph
        commits = tuple(graph.commit_id(at) for at in context.select(wanted.revisions) if at)
    redaction = _redaction(context, wanted, commits)
    if wanted.message_id is not None and _row_number(wanted.message_id) is not None:
        commits = None if commits is None or len(commits) == 1 else commits
    moves_tags = context.globals.ignore_immutable
    return Request(redaction, commits, moves_tags, wanted.purge)


def _redaction(
    context: Context, wanted: _Wanted, commits: tuple[CommitId, ...] | None
) -> Redaction:
    named = wanted.message_id
    if named is None:
        finders: list[Finder] = []
        if wanted.pattern is not None:
            finders.append(TextPattern.parse(wanted.pattern))
        if wanted.secrets:
            finders.append(Secrets())
        return Redaction(finders[0] if len(finders) == 1 else Several(tuple(finders)))
    reader, graph = context.repo.repository, context.repo.graph
    number = _row_number(named)
    if number is not None:
        commit_id = resolve_commit(context, wanted.revisions)
        return Redaction(None, message_at(reader, commit_id, number))
    if commits is None:
        commits = tuple(graph.commit_id(at) for at in context.select("all()") if at)
    return Redaction(None, messages_called(reader, commits, named))


def _row_number(named: str) -> int | None:
    """Return the number of a row; None for a native id, which may be longer digits too."""
    return read_number(named) if len(named) < _MOST_DIGITS else None


def _safe_words(context: Context, redaction: Redaction) -> tuple[str, ...]:
    """Return the command line for the log, without the redacted text."""
    return tuple(redaction.text(word) or word for word in context.words)


def _show_plan(context: Context, outcome: Outcome, wanted: _Wanted) -> None:
    """Print the changes that a redaction would make, and the losses of a purge."""
    output = context.output
    if output.json:
        output.data(_data(outcome) | {"dry_run": True})
        return
    lines = _counted("Would redact", outcome)
    if wanted.purge:
        lines += _losses(outcome)
    else:
        lines += _left(outcome, "would keep the text")
    output.text("".join(f"{output.safe(line)}\n" for line in lines))


def _losses(outcome: Outcome) -> list[str]:
    versions = counted(len(outcome.found.hidden), "old version")
    operations = counted(len(outcome.showing), "operation")
    lines = [f"Would remove for good {versions} and {operations} that show them"]
    if outcome.showing:
        lines.append(f"  the oldest operation is {outcome.showing[0][:12]}")
        lines.append("  no undo, redo or restore goes back to these states, or past them")
    lines += [f"Would stay: {one.name} keeps the text; {one.remedy}" for one in outcome.kept_by]
    return lines


def _counted(verb: str, outcome: Outcome) -> list[str]:
    counts = outcome.counts.places()
    found = [(name, counts[key]) for key, name in _PLACES.items() if counts[key]]
    if not found and not counts["commits"]:
        return ["Nothing to redact was found in what is visible."]
    lines = [f"{verb} {counted(counts['commits'], 'commit')}:"]
    lines += [f"  {name}: {count}" for name, count in found]
    for name in outcome.counts.tags:
        lines.append(f"  tag {name} moves along")
    return lines


def _left(outcome: Outcome, verb: str) -> list[str]:
    """Return sentences about the text that a redaction without purge leaves."""
    lines = [f"Not redacted: {keeper.name}" for keeper in outcome.kept_by]
    if outcome.found.visible:
        commits = counted(len(outcome.found.visible), "visible commit")
        lines.append(f"{commits} outside the given revisions {verb}")
    if outcome.found.hidden:
        versions = counted(len(outcome.found.hidden), "hidden version")
        lines.append(f"{versions} {verb}; `--purge` removes them for good")
    return lines


def _report(context: Context, mutation: Mutation, outcome: Outcome, purged: Purged | None) -> None:
    for line in _counted("Redacted", outcome):
        mutation.say(line)
    if purged is None:
        mutation.notes += _left(outcome, "kept the text")
        if outcome.tx.published.operation is not None:
            mutation.notes.append("`wj undo` brings the text back")
    if purged is not None:
        versions = counted(purged.versions, "old version")
        mutation.say(f"Removed {versions} and {counted(purged.operations, 'operation')} for good")
        _warn_of_remotes(context)
        if not purged.objects:
            mutation.say("Searched every object: the text is gone.")
    if outcome.counts.commits:
        context.output.warning(_BACK)
    more: dict[str, object] = _data(outcome)
    if purged is not None:
        more["purged"] = {
            "operations": purged.operations,
            "versions": purged.versions,
            "left": list(purged.objects),
        }
    if outcome.tx.published.operation is not None:
        more["operation"] = context.repo.head
    own = [new for new, olds in outcome.tx.rewrites.created.items() if olds]
    mutation.report(outcome.tx, own=own, **more)
    if purged is not None and purged.objects:
        _refuse_left(purged)


def _warn_of_remotes(context: Context) -> None:
    """Name the remotes that this copy has exchanged conversations with."""
    repo = context.repo
    known = [
        one.name
        for one in list_remotes(repo.repository)
        if read_ref(repo.repository, head_ref(one.name))
        or one.name in remotes_of(repo.index, SESSIONS)
    ]
    if known:
        names = ", ".join(plain(name) for name in known)
        context.output.warning(
            f"These remotes may still hold the text: {names}",
            "A sync or push replaces what leads to it there; old objects go when that host collects",
        )


def _refuse_left(purged: Purged) -> None:
    objects = counted(len(purged.objects), "object")
    raise Refused(
        f"The text is not gone: it is in {objects}, such as {purged.objects[0][:12]}",
        "A concurrent program may have kept them; run `wj redact` again",
        code="not_gone",
    )


def _data(outcome: Outcome) -> dict[str, object]:
    return {
        "redacted": outcome.counts.places(),
        "tags": list(outcome.counts.tags),
        "hidden_versions": len(outcome.found.hidden),
        "visible_left": len(outcome.found.visible),
        "operations_to_abandon": list(outcome.showing),
        "kept_by": [keeper.name for keeper in outcome.kept_by],
    }
