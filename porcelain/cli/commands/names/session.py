"""`wj session`: the group and its list; commands that change sessions are in `session_change.py`."""

from __future__ import annotations

import click

from porcelain.cli.render.names.name_list import Listing, list_refs
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import Group, make_command
from porcelain.cli.shared.name_options import list_options
from porcelain.model.view_value import SESSIONS


@make_command("list")
@click.option("--gone", is_flag=True, help="Show sessions whose files are gone, to be resumed")
@list_options
def list_command(context: Context, asked: Listing, gone: bool) -> None:
    """List sessions, newest first: change, age, agent, project, model, messages and title.

    NAMES are patterns; with `-r` too, the list has the sessions that match either. A remote's
    tracked session is shown below the local one where they differ. Of a conflicted session,
    `+` marks each commit that it may point to, and `-` each commit that it pointed to before.
    The session of a sub-agent stands under the one that started it. With `--gone`, sessions are
    listed whose files their agents have deleted; `wj resume NAME` writes one back.
    """
    if gone:
        from porcelain.cli.shared.agent_sessions import gone_names

        asked = asked._replace(among=gone_names(context))
    list_refs(context, SESSIONS, asked)


command = Group(
    "session",
    {
        "list": ("names.session:list_command", "List sessions, newest first"),
        "create": ("names.session_change:create", "Create new sessions"),
        "set": ("names.session_change:set_", "Create sessions, or move existing ones"),
        "move": ("names.session_change:move", "Move existing sessions"),
        "rename": ("names.session_change:rename", "Rename a session"),
        "delete": (
            "names.session_change:delete",
            "Delete sessions",
        ),
        "forget": (
            "names.session_change:forget",
            "Forget sessions, here alone",
        ),
        "track": ("names.session_change:track", "Start tracking sessions of a remote"),
        "untrack": ("names.session_change:untrack", "Stop tracking sessions of a remote"),
    },
    {
        "l": "list",
        "c": "create",
        "s": "set",
        "m": "move",
        "r": "rename",
        "d": "delete",
        "f": "forget",
        "t": "track",
    },
    help=(
        "List and change sessions, the names of conversations; jj's bookmarks.\n\n"
        "In a pattern `*` stands for any text: `try-*`. Other kinds are `exact:`, `glob:`, "
        "`regex:` and `substring:`; with `-i` (`glob-i:`) upper and lower case are equal."
    ),
)
