"""`wj git`: remotes, and sessions exchanged with them. Its commands are in the other files."""

from __future__ import annotations

from porcelain.cli.run.params import Group

command = Group(
    "git",
    {
        "clone": ("remotes.git_clone", "Create a new repository from one elsewhere"),
        "fetch": ("remotes.git_fetch", "Fetch sessions and tags from remotes"),
        "push": ("remotes.git_push", "Push sessions and tags to a remote"),
        "remote": ("remotes.git_remote", "Manage remotes"),
        "import": ("remotes.git_refs:import_command", "Record changes of the git refs"),
        "export": ("remotes.git_refs:export_command", "Write the git refs as they should be"),
    },
    help=(
        "Exchange conversations with other git repositories.\n\n"
        "A remote is another repository: a folder, a host that serves git, any git hosting "
        "service. `git` does the transfers, with your own credentials. `wj sync` exchanges the "
        "operation log too."
    ),
)
