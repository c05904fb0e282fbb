"""`wj converge`: make one commit of the versions of a divergent change."""

from __future__ import annotations

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.params import PrivateOption, pass_context
from porcelain.cli.params import command as make_command
from porcelain.cli.revisions import revision_options


@make_command("converge")
@revision_options(default="all divergent changes", help_text="Which versions to combine")
@click.option("--parents-of", metavar="VERSION", help="Put it on this version's parents")
@click.option("--description-of", metavar="VERSION", help="Keep this version's description")
@click.option("-m", "--message", "messages", cls=PrivateOption, multiple=True, metavar="TEXT",
              help="The description; repeated, each is a paragraph")  # fmt: skip
@pass_context
def command(context: Context, /, **given: object) -> None:
    """Combine the visible versions of divergent changes into one commit each.

    What one version changed since they parted is kept, messages of all of them too; where two
    changed the same message, that is a conflict. A change id stands for all its versions, a
    revset for those that it names; immutable ones are left alone. `wj undo` brings all back.
    """
    from porcelain.cli.converging import converge_by_options  # noqa: PLC0415 - when it runs

    if given["messages"] and given["description_of"] is not None:
        raise Misuse("`-m` does not go with `--description-of`")
    converge_by_options(context, given)
