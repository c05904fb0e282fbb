"""`wj session`: the sessions. Each of its commands is in a file of its own, `session_<name>.py`."""

from __future__ import annotations

from functools import partial

import click

from porcelain.cli.render.name_list import Listing, list_refs
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import command as make_command
from porcelain.cli.run.params import pass_context
from porcelain.cli.shared.name_commands import (
    NameGroup,
    backwards_option,
    list_options,
    target_option,
)
from porcelain.model.view_value import SESSIONS


@make_command("create")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@pass_context
def create_command(context: Context, names: tuple[str, ...], revision: str | None) -> None:
    """Give a commit names, which are new sessions; `@` stays where it is."""
    from porcelain.actions.naming.point import create_sessions
    from porcelain.cli.shared.name_targets import point
    from porcelain.model.view import SESSIONS

    point(context, SESSIONS, names, revision, create_sessions)


@make_command("delete")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@pass_context
def delete_command(context: Context, names: tuple[str, ...]) -> None:
    """Delete sessions; their commits stay, and `wj log` shows them.

    NAMES are patterns. What a remote has of a tracked session is deleted there by the next
    push; `wj session forget` is for this copy only.
    """
    from porcelain.cli.shared.name_args import delete
    from porcelain.model.view import SESSIONS

    delete(context, SESSIONS, names)


@make_command("forget")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--include-remotes", is_flag=True, help="Forget what remotes had of them as well")
@pass_context
def forget_command(context: Context, names: tuple[str, ...], include_remotes: bool) -> None:
    """Forget sessions, without a deletion to be pushed; their commits stay.

    NAMES are patterns. What remotes have of them is no longer tracked.
    """
    from porcelain.cli.shared.name_args import forget

    forget(context, names, include_remotes=include_remotes)


@make_command("list")
@list_options
@pass_context
def list_command(context: Context, asked: Listing) -> None:
    """List the sessions with the commits that they are at.

    NAMES are patterns; with `-r` too, the list has what either names. A remote's tracked
    session is shown below the local one where they differ. Of a session in conflict `+` is
    before each commit that it may be at, `-` before those that it was at.
    """
    list_refs(context, SESSIONS, asked)


@make_command("move")
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("-f", "--from", "sources", metavar="REVSET", multiple=True, help="Those at REVSET")
@click.option("-t", "--to", "revision", metavar="REV", help="Where to (default: @)")
@backwards_option
@pass_context
def move_command(
    context: Context,
    names: tuple[str, ...],
    sources: tuple[str, ...],
    revision: str | None,
    allow_backwards: bool,
) -> None:
    """Move sessions that exist, chosen by name, by where they are, or by both; `@` stays.

    NAMES are patterns. No session is made; `wj session set` makes them.
    """
    from porcelain.cli.shared.name_targets import move

    if not names and not sources:
        raise Misuse("Which sessions are to move is missing", "Give NAMES, or `--from REVSET`")
    move(context, names, sources, revision, backwards=allow_backwards)


@make_command("rename")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--overwrite-existing", is_flag=True, help="Take the place of a session NEW")
@pass_context
def rename_command(context: Context, old: str, new: str, overwrite_existing: bool) -> None:
    """Give the session OLD the name NEW; it stays where it is.

    Workspaces whose current session it is go with it, and so does a later save or import of
    its conversation. The `id` in its document is data, and stays.
    """
    from porcelain.cli.shared.name_args import rename

    rename(context, old, new, overwrite=overwrite_existing)


@make_command("set")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@target_option
@backwards_option
@pass_context
def set_command(
    context: Context, names: tuple[str, ...], revision: str | None, allow_backwards: bool
) -> None:
    """Point sessions at a commit; this settles a session in conflict. `@` stays.

    Sessions that there are not yet are made; `wj session move` moves only those that exist.
    """
    from porcelain.actions.naming.point import set_sessions
    from porcelain.cli.shared.name_targets import point
    from porcelain.model.view import SESSIONS

    point(context, SESSIONS, names, revision, partial(set_sessions, backwards=allow_backwards))


@make_command("track")
@click.argument("names", nargs=-1, required=True, metavar="NAME[@REMOTE]…")
@click.option(
    "--remote", "remotes", metavar="REMOTE", multiple=True, help="Only of remotes that fit this"
)
@pass_context
def track_command(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Track sessions of remotes: what they have is merged into the local session of the name.

    NAMES are patterns, or `NAME@REMOTE`. What is fetched later moves the local session too.
    """
    from porcelain.cli.shared.name_args import track

    track(context, names, remotes, tracked=True)


@make_command("untrack")
@click.argument("names", nargs=-1, required=True, metavar="NAME[@REMOTE]…")
@click.option(
    "--remote", "remotes", metavar="REMOTE", multiple=True, help="Only of remotes that fit this"
)
@pass_context
def untrack_command(context: Context, names: tuple[str, ...], remotes: tuple[str, ...]) -> None:
    """Stop tracking sessions of remotes; the local ones stay where they are.

    NAMES are patterns, or `NAME@REMOTE`. `wj session forget` does this and deletes the local one.
    """
    from porcelain.cli.shared.name_args import track

    track(context, names, remotes, tracked=False)


command = NameGroup(
    {
        "list": "List sessions and where they are",
        "create": "Make new sessions",
        "set": "Make sessions, or move those that exist",
        "move": "Move sessions that exist, by name or by where they are",
        "rename": "Give a session another name",
        "delete": "Delete sessions; tracked remote ones go at the next push",
        "forget": "Forget sessions, without a deletion to be pushed",
        "track": "Tie sessions to those of a remote",
        "untrack": "Stop tracking a remote's sessions",
    },
    name="session",
    no_args_is_help=False,
    callback=lambda: None,
    help=(
        "Look at and change sessions, the names of conversations; what jj calls bookmarks.\n\n"
        "Where names can be given as patterns, `*` stands for any text: `try-*`. Other kinds are "
        "`exact:`, `glob:`, `regex:` and `substring:`, with `-i` (`glob-i:`) where case does not "
        "matter."
    ),
)
