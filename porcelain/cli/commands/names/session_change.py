"""`wj session create`, `set`, `move`, `rename`, `delete`, `forget`, `track` and `untrack`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import click

from porcelain.actions.naming.sessions_and_tags import (
    forget_sessions,
    rename_session,
    symbol,
    track_sessions,
    untrack_sessions,
)
from porcelain.actions.naming.set_names import (
    create_sessions,
    move_sessions,
    set_sessions,
    shown,
    shown_all,
)
from porcelain.cli.render.names.name_list import patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command, options
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.cli.shared.name_changes import (
    delete_names,
    point,
    warn_if_empty,
    warn_unmatched,
)
from porcelain.cli.shared.name_options import backwards_option, names_argument, target_option
from porcelain.cli.shared.revision_args import resolve_commit, typed_name
from porcelain.display import counted
from porcelain.graph.name_list import (
    RemoteName,
    fits,
    match_names,
    match_remote_names,
    remote_names,
    unmatched_names,
)
from porcelain.index.view_rows import part_rows, remotes_of
from porcelain.model.view_value import SESSIONS, parse_target
from porcelain.transaction.transaction import Transaction
from store.ids import CommitId

_remote_options = options(
    click.argument("names", nargs=-1, required=True, metavar="NAME[@REMOTE]…"),
    click.option("--remote", "remotes", metavar="REMOTE", multiple=True,
                 help="Only sessions of matching remotes"),
)  # fmt: skip


@make_command("create")
@names_argument
@target_option
def create(context: Context, names: tuple[str, ...], revision: str | None) -> None:
    """Create new sessions on a commit; `@` does not move."""
    point(context, SESSIONS, names, revision, create_sessions)


@make_command("set")
@names_argument
@target_option
@backwards_option
def set_(
    context: Context, names: tuple[str, ...], revision: str | None, allow_backwards: bool
) -> None:
    """Create or update sessions to point to a commit; `@` does not move.

    This resolves a conflicted session. `wj session move` moves only existing sessions.
    """
    point(context, SESSIONS, names, revision, partial(set_sessions, backwards=allow_backwards))


@make_command("move")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("-f", "--from", "sources", metavar="REVSET", multiple=True,
              help="Move sessions from the given commits")  # fmt: skip
@click.option("-t", "--to", "revision", metavar="REV", help="The target (default: @)")
@backwards_option
def move(
    context: Context,
    names: tuple[str, ...],
    sources: tuple[str, ...],
    revision: str | None,
    allow_backwards: bool,
) -> None:
    """Move existing sessions, chosen by name, by their commits, or by both; `@` does not move.

    NAMES are patterns. `wj session set` creates sessions too.
    """
    if not names and not sources:
        raise Misuse("Sessions to move are missing", "Give NAMES, or `--from REVSET`")
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        commit = resolve_commit(context, revision)
        matched = match_names(tx.index, SESSIONS, patterns)
        chosen = _sessions_at(context, tx, sources) if sources else list(matched.names)
        if sources and names:
            chosen = [name for name in chosen if fits(patterns, name)]
        moved = move_sessions(tx, chosen, commit, backwards=allow_backwards)
        if moved:
            warn_if_empty(context, tx, commit)
    warn_unmatched(context, SESSIONS, matched.unmatched)
    if moved:
        mutation.say(f"Moved {counted(len(moved), 'session')} to", commit)
        if len(moved) > 1 and not names:
            mutation.notes.append("Specify a session by name to move just one")
    else:
        mutation.say("No sessions to update.")
    mutation.report(tx, commit_id=commit, named=[], moved=list(moved))


def _sessions_at(context: Context, tx: Transaction, sources: Sequence[str]) -> list[str]:
    """Return the sessions that have a side in a revset."""
    chosen, index = context.select(*sources), tx.index

    def is_chosen(commit_id: CommitId | None) -> bool:
        position = index.position(commit_id) if commit_id is not None else None
        return position is not None and chosen.contains(position)

    rows = part_rows(index, SESSIONS)
    return [name for name, value in rows if any(map(is_chosen, parse_target(value)[::2]))]


@make_command("rename")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--overwrite-existing", is_flag=True, help="Replace an existing session NEW")
def rename(context: Context, old: str, new: str, overwrite_existing: bool) -> None:
    """Rename the session OLD to NEW; it stays on its commit.

    Workspaces whose current session is OLD follow, and a later save or import of the
    conversation finds it under NEW. The `id` in its document is data and does not change.
    """
    old, new = typed_name(old), typed_name(new)
    mutation = Mutation(context)
    with context.transaction() as tx:
        rename_session(tx, old, new, overwrite=overwrite_existing)
    if old != new:
        mutation.say(f"Renamed session {shown(old)} to {shown(new)}")
    mutation.report(tx, renamed={"from": old, "to": new})


@make_command("delete")
@names_argument
def delete(context: Context, names: tuple[str, ...]) -> None:
    """Delete existing sessions.

    NAMES are patterns. The commits stay, and `wj log` shows them. Tracked sessions are deleted at
    their remotes by `wj git push --deleted`; `wj session forget` leaves the remotes alone.
    """
    delete_names(context, SESSIONS, names)


@make_command("forget")
@names_argument
@click.option("--include-remotes", is_flag=True, help="Also forget the remotes' sessions")
def forget(context: Context, names: tuple[str, ...], include_remotes: bool) -> None:
    """Forget sessions, here alone; their commits stay.

    NAMES are patterns. Where a remote has them they stay, and are no longer tracked.
    """
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        matched = match_names(tx.index, SESSIONS, patterns, with_remotes=True)
        done = forget_sessions(tx, matched.names, include_remotes=include_remotes)
    warn_unmatched(context, SESSIONS, matched.unmatched)
    if done.local:
        mutation.say(f"Forgot {counted(len(done.local), 'local session')}: {shown_all(done.local)}")
    if done.remote:
        mutation.say(f"Forgot {counted(len(done.remote), 'remote session')}.")
    if not matched.names:
        mutation.say("No sessions to forget.")
    remote = [symbol(one) for one in done.remote]
    mutation.report(tx, forgotten=list(done.local), forgotten_remote=remote)


@make_command("track")
@_remote_options
def track(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Start tracking sessions of remotes: they are merged into the local sessions.

    NAMES are patterns, or `NAME@REMOTE`. Later fetches move the local session too.
    """
    _set_tracked(context, names, remotes, tracked=True)


@make_command("untrack")
@_remote_options
def untrack(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Stop tracking sessions of remotes; the local sessions stay on their commits.

    NAMES are patterns, or `NAME@REMOTE`. `wj session forget` deletes the local session too.
    """
    _set_tracked(context, names, remotes, tracked=False)


def _set_tracked(
    context: Context, names: Sequence[str], remotes: Sequence[str], *, tracked: bool
) -> None:
    """Track or untrack remote sessions; warn of those that are in that state already."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = _named_remotes(context, tx, names, remotes)
        for one in found:
            if one.tracked == tracked:
                state = "already tracked" if tracked else "not tracked yet"
                context.output.warning(f"Remote session {state}: {symbol(one)}")
        chosen = [one for one in found if one.tracked != tracked]
        (track_sessions if tracked else untrack_sessions)(tx, chosen)
        conflicted = {one.name for one in chosen if " " in (tx.get(SESSIONS, one.name) or "")}
    if chosen:
        verb = "Started" if tracked else "Stopped"
        mutation.say(f"{verb} tracking {counted(len(chosen), 'remote session')}.")
    if tracked and conflicted:
        mutation.notes.append(
            f"Conflicted now: {shown_all(sorted(conflicted))}; `wj session list -c` shows them, "
            "`wj session set NAME -r REV` resolves one"
        )
    symbols = [symbol(one) for one in chosen]
    mutation.report(tx, tracked=symbols if tracked else [], untracked=[] if tracked else symbols)


def _named_remotes(
    context: Context, tx: Transaction, names: Sequence[str], remotes: Sequence[str]
) -> list[RemoteName]:
    symbols = [pair for pair in map(_symbol, names) if pair is not None]
    if symbols and len(symbols) < len(names):
        raise Misuse("Patterns and NAME@REMOTE cannot be given together")
    if symbols and remotes:
        raise Misuse("`--remote` cannot be used with NAME@REMOTE")
    if not symbols:
        return _by_patterns(context, tx, names, remotes)
    found: list[RemoteName] = []
    for name, remote in symbols:
        here = [one for one in remote_names(tx.index, SESSIONS, name) if one.remote == remote]
        if not here:
            text = f"{shown(name)}@{shown(remote)}"
            context.output.warning(f"No matching remote sessions for names: {text}")
        found += here
    return found


def _by_patterns(
    context: Context, tx: Transaction, names: Sequence[str], remotes: Sequence[str]
) -> list[RemoteName]:
    patterns = patterns_of(names)
    at = patterns_of(remotes) if remotes else None
    warn_unmatched(context, SESSIONS, unmatched_names(tx.index, SESSIONS, patterns))
    known = remotes_of(tx.index, SESSIONS)
    missing = [p.text for p in at or () if p.is_exact and not any(fits([p], r) for r in known)]
    if missing:
        context.output.warning(f"No matching remotes for names: {', '.join(map(shown, missing))}")
    return match_remote_names(tx.index, SESSIONS, patterns, at)


def _symbol(text: str) -> tuple[str, str] | None:
    """Return name and remote of `NAME@REMOTE`; None for a pattern."""
    name, at, remote = text.rpartition("@")
    if not at or not name or not remote or ":" in text or remote[-1] in "\"'":
        return None
    return typed_name(name), remote
