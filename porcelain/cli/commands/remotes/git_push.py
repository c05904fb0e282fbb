"""`wj git push`: send sessions and tags to another repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from porcelain.cli.render.names.name_list import patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command, revset_option
from porcelain.cli.run.remotes import reached, refuse_past, the_remote
from porcelain.cli.shared.name_changes import warn_unmatched
from porcelain.cli.shared.revision_args import commits_of
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.push_names import (
    Asked,
    Checks,
    Outcome,
    Plan,
    Planned,
    make_plan,
    push,
    record_push,
)
from porcelain.graph.name_list import match_names
from porcelain.language.revset.parser import format_name
from porcelain.maintenance.redacting.sent_secrets import secret_places
from porcelain.model.view_value import SESSIONS, TAGS
from store.ids import CommitId

_PUSH_NAME = 12  # letters of a change id in the name of a session that `--change` makes


class _Wanted(NamedTuple):
    sessions: tuple[str, ...]
    tags: tuple[str, ...]
    revisions: tuple[str, ...]
    changes: tuple[str, ...]
    push_all: bool
    tracked: bool
    deleted: bool

    @property
    def is_default(self) -> bool:
        return not any(self)


@make_command("push")
@click.option(
    "--remote",
    metavar="REMOTE",
    help="The remote to push to (default: git.push, the only one, or origin)",
)
@click.option(
    "-s",
    "--session",
    "-b",
    "--bookmark",
    "sessions",
    metavar="NAME",
    multiple=True,
    help="Push matching sessions, deleted ones too, and track them",
)
@click.option("-t", "--tag", "tags", metavar="NAME", multiple=True, help="Push matching tags")
@revset_option("-r", "--revision", "revisions", help="Push the sessions at these commits")
@revset_option(
    "-c",
    "--change",
    "changes",
    help="Push these commits, each under a new session `push-<change id>`",
)
@click.option("--all", "push_all", is_flag=True, help="Push all sessions, deleted ones too")
@click.option("--tracked", is_flag=True, help="Push all tracked sessions and tags")
@click.option("--deleted", is_flag=True, help="Push the deletion of deleted sessions and tags")
@click.option("--dry-run", is_flag=True, help="Only report, and push nothing")
@click.option("--allow-private", is_flag=True, help="Push private commits too")
@click.option("--allow-conflicts", is_flag=True, help="Push commits with conflicts too")
@click.option("--allow-secrets", is_flag=True, help="Push what looks like a key or password too")
@click.option(
    "-o",
    "--option",
    "options",
    metavar="OPTION",
    multiple=True,
    help="Pass an option to the server",
)
def command(
    context: Context,
    /,
    remote: str | None,
    dry_run: bool,
    allow_private: bool,
    allow_conflicts: bool,
    allow_secrets: bool,
    options: tuple[str, ...],
    **given: Any,
) -> None:
    """Push sessions and tags to a remote.

    Without options, the tracked sessions between what the remote has and `@`. NAME is a pattern.
    Each is pushed only if the remote has it where it was fetched or pushed last. Before anything is sent,
    it is searched for keys and passwords, with the patterns of `wj redact --secrets`.
    """  # fmt: skip
    refuse_past(context)
    chosen = the_remote(context, remote)
    wanted = _Wanted(**given)
    repo = context.repo_to_change
    checks = Checks(
        private=() if allow_private else _private(context),
        conflicts=allow_conflicts,
        scan=None if allow_secrets else lambda commits: secret_places(repo.repository, commits),
    )
    with reached(context, chosen) as place:
        plan = make_plan(repo, place, _asked(context, chosen.name, wanted), checks)
        for sentence, hint in plan.left_out:
            context.output.warning(sentence, hint)
        if not plan.pushes:
            others = Asked(all=True)
            is_some_left = wanted.is_default and make_plan(repo, place, others, Checks()).pushes
            _say_nothing(context, chosen.name, is_some_left=bool(is_some_left))
            return
        _show(context, plan, chosen.name)
        if dry_run:
            context.output.status("Dry-run requested, not pushing.")
            _data(context, plan.pushes, [], dry_run=True)
            return
        outcome = push(repo, place, plan, options)
    with context.transaction() as tx:
        record_push(tx, place, outcome.taken)
    _report(context, outcome, chosen.name)


def _asked(context: Context, remote: str, wanted: _Wanted) -> Asked:
    index = context.repo.index
    named: list[tuple[str, str]] = []
    for part, texts in ((SESSIONS, wanted.sessions), (TAGS, wanted.tags)):
        if texts:
            matched = match_names(index, part, patterns_of(texts), with_remotes=True)
            warn_unmatched(context, part, matched.unmatched)
            named += [(part, name) for name in matched.names]
    revisions = wanted.revisions
    if wanted.is_default:
        revisions = (f"remote_sessions(remote=exact:{format_name(remote)})..@",)
    at = frozenset(commits_of(context, *revisions)) if revisions else frozenset[CommitId]()
    created = [(_push_name(context, one), one) for one in commits_of(context, *wanted.changes)]
    return Asked(
        named, created, at, wanted.push_all, wanted.tracked, wanted.deleted, wanted.is_default
    )


def _push_name(context: Context, commit_id: CommitId) -> str:
    """Return the name of the session under which a commit is pushed: its own one, or a new one."""
    repo = context.repo
    position = repo.index.position(commit_id)
    if not position:
        raise Refused("The root commit cannot be pushed", code="push_refused")
    return f"push-{repo.change_id(position)[:_PUSH_NAME]}"


def _private(context: Context) -> Any:
    text = context.settings.text("git.private-commits") if context.settings.is_configured else ""
    if not text.strip():
        return ()
    context.check_revset(text)
    return {*context.select(text).positions()}


def _say_nothing(context: Context, remote: str, *, is_some_left: bool) -> None:
    context.output.status("Nothing changed.")
    if is_some_left:
        context.output.hint(
            f"Only tracked sessions at `@` are pushed to {plain(remote)} by default; "
            "`--session NAME` or `--all` pushes others"
        )
    _data(context, [], [])


def _show(context: Context, plan: Plan, remote: str) -> None:
    context.output.status(f"Changes to push to {plain(remote)}:")
    for one in plan.pushes:
        context.output.status(f"  {one.part[:-1]}: {one.shown} {_move(context, one)}")


def _move(context: Context, one: Planned) -> str:
    if one.before is None:
        return f"[add to {(one.after or '')[:12]}]"
    if one.after is None:
        return f"[delete from {one.before[:12]}]"
    index = context.repo.index
    before, after = index.position(one.before), index.position(one.after)
    if before and after and index.is_ancestor(before, after):
        way = "forward"
    elif before and after and index.is_ancestor(after, before):
        way = "backward"
    else:
        way = "sideways"
    return f"[move {way} from {one.before[:12]} to {one.after[:12]}]"


def _report(context: Context, outcome: Outcome, remote: str) -> None:
    _data(context, outcome.taken, [one for one, _ in outcome.rejected])
    if not outcome.rejected:
        return
    stale = [one for one, why in outcome.rejected if why.stale]
    for one, why in outcome.rejected:
        reason = "it has moved there since the last fetch" if why.stale else plain(why.reason)
        context.output.warning(
            f"{plain(remote)} did not take {one.part[:-1]} {one.shown}: {reason}"
        )
    hints = ["`wj git fetch` shows what moved there; then push again"] if stale else []
    names = counted(len(outcome.rejected), "name")
    raise Refused(f"Failed to push {names} to {plain(remote)}", *hints, code="push_rejected")


def _data(
    context: Context,
    taken: Sequence[Planned],
    rejected: Sequence[Planned],
    *,
    dry_run: bool = False,
) -> None:
    if context.output.json:
        context.output.data(
            {
                "pushed": [_row(one) for one in taken],
                "rejected": [_row(one) for one in rejected],
                "dry_run": dry_run,
            }
        )


def _row(one: Planned) -> dict[str, object]:
    return {"kind": one.part[:-1], "name": one.name, "from": one.before, "to": one.after}
