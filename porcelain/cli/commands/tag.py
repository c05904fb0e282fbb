"""`wj tag`: fixed names. Each of its commands is in a file of its own, `tag_<name>.py`."""

from __future__ import annotations

from porcelain.cli.name_group import NameGroup

command = NameGroup(
    {
        "list": "List tags and where they are",
        "set": "Tag a commit",
        "delete": "Delete tags",
    },
    name="tag",
    no_args_is_help=False,
    callback=lambda: None,
    help=(
        "Look at and change tags, names that stay where they are.\n\n"
        "Unlike a session a tag never follows its conversation, not even where its commit is "
        "rewritten. Where names can be given as patterns, `*` stands for any text."
    ),
)
