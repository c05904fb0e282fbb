"""`wj session`: the sessions. Each of its commands is in a file of its own, `session_<name>.py`."""

from __future__ import annotations

from porcelain.cli.name_group import NameGroup

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
