"""What the commands say that rename, delete, forget and track names."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.actions.naming.point import shown, told
from porcelain.actions.naming.sessions_and_tags import (
    delete_names,
    forget_sessions,
    rename_session,
    symbol,
    track_sessions,
    untrack_sessions,
)
from porcelain.cli.render.name_list import no_match, patterns_of
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.graph.name_list import (
    RemoteName,
    fits,
    match_names,
    match_remote_names,
    remote_names,
    remotes_of,
    unmatched_names,
)
from porcelain.language.scanner import Scanner
from porcelain.model.view import SESSIONS
from porcelain.transaction.transaction import Transaction


def rename(context: Context, old: str, new: str, *, overwrite: bool) -> None:
    """Rename a session."""
    old, new = typed_name(old), typed_name(new)
    mutation = Mutation(context)
    with context.transaction() as tx:
        rename_session(tx, old, new, overwrite=overwrite)
    if old != new:
        mutation.say(f"Renamed session {shown(old)} to {shown(new)}")
    mutation.report(tx, renamed={"from": old, "to": new})


def delete(context: Context, part: str, names: Sequence[str]) -> None:
    """Delete the sessions or tags that fit any of the patterns."""
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        matched = match_names(tx.index, part, patterns)
        delete_names(tx, part, matched.names)
    warn_unmatched(context, part, matched.unmatched)
    if matched.names:
        mutation.say(f"Deleted {len(matched.names)} {part}: {told(matched.names)}")
    else:
        mutation.say(f"No {part} to delete.")
    mutation.report(tx, deleted=list(matched.names))


def forget(context: Context, names: Sequence[str], *, include_remotes: bool) -> None:
    """Forget the sessions that fit any of the patterns, here or at a remote."""
    patterns = patterns_of(names)
    mutation = Mutation(context)
    with context.transaction() as tx:
        matched = match_names(tx.index, SESSIONS, patterns, with_remotes=True)
        done = forget_sessions(tx, matched.names, include_remotes=include_remotes)
    warn_unmatched(context, SESSIONS, matched.unmatched)
    if done.local:
        mutation.say(f"Forgot {len(done.local)} local sessions: {told(done.local)}")
    if done.remote:
        mutation.say(f"Forgot {len(done.remote)} remote sessions.")
    if not matched.names:
        mutation.say("No sessions to forget.")
    remote = [symbol(one) for one in done.remote]
    mutation.report(tx, forgotten=list(done.local), forgotten_remote=remote)


def track(context: Context, names: Sequence[str], remotes: Sequence[str], *, tracked: bool) -> None:
    """Begin or stop tracking the remote sessions that are named; those that do not need it warn."""
    mutation = Mutation(context)
    with context.transaction() as tx:
        found = _named_remotes(context, tx, names, remotes)
        for one in found:
            if one.tracked == tracked:
                state = "already tracked" if tracked else "not tracked yet"
                context.output.warning(f"Remote session {state}: {symbol(one)}")
        chosen = [one for one in found if one.tracked != tracked]
        act = track_sessions if tracked else untrack_sessions
        act(tx, chosen)
        conflicts = sorted(
            {n for n in (o.name for o in chosen) if " " in (tx.get(SESSIONS, n) or "")}
        )
    if chosen:
        verb = "Started" if tracked else "Stopped"
        mutation.say(f"{verb} tracking {len(chosen)} remote sessions.")
    if tracked and conflicts:
        mutation.notes.append(
            f"In conflict now: {told(conflicts)}; `wj session list -c` shows them, "
            "`wj session set NAME -r REV` settles one"
        )
    mutation.report(tx, tracked=[symbol(one) for one in chosen] if tracked else [],
                    untracked=[] if tracked else [symbol(one) for one in chosen])  # fmt: skip


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
            shown_symbol = f"{shown(name)}@{shown(remote)}"
            context.output.warning(f"No matching remote sessions for names: {shown_symbol}")
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


def typed_name(text: str) -> str:
    """Return a name as it is typed: quoted as in a revset, or bare.

    Raises:
        ExpressionError, Refused: the quotation is unfinished, or something follows it; or the name
            is what stands for the current commit.
    """
    if text == "@":
        raise Refused(
            "Invalid name '@': it means the current commit",
            "`-r REV` says which commit gets the name",
            code="name",
        )
    if text[:1] not in ("'", '"'):
        return text
    scanner = Scanner(text)
    name = scanner.string()
    if scanner.peek():
        raise Refused(f"Name `{plain(text)}` goes on after its quotation", code="name")
    return name


def warn_unmatched(context: Context, part: str, names: Sequence[str]) -> None:
    """Warn of names that are those of none."""
    if names:
        context.output.warning(no_match(part, names))
