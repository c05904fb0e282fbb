"""`wj help`: the help of a command, and of topics."""

from __future__ import annotations

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.params import make_command
from porcelain.cli.shell.help_topics import TOPICS


@make_command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND…|TOPIC]")
@click.option("-k", "--keyword", is_flag=True, help="Show help about a topic; alone, list topics")
def command(context: Context, words: tuple[str, ...], keyword: bool) -> None:
    """Print the help of a command or a topic, or the list of all commands.

    The topics are config, revsets, sessions, templates, tutorial and undo. Where a command has
    the name of a topic, the topic follows its help; `-k` shows the topic alone.
    """
    here = click.get_current_context().find_root()
    found: click.Command | None = here.command
    for word in () if keyword else words:
        found = found.get_command(here, word) if isinstance(found, click.Group) else None
        if found is None:
            break
        here = click.Context(found, parent=here, info_name=found.name)
    if not keyword and found is not None:
        topic = TOPICS.get(words[0]) if len(words) == 1 else None
        more = f"\n\n{topic.text()}".rstrip("\n") if topic is not None else ""
        _write(context, here.command_path, here.get_help() + more)
        return
    if not words:
        lines = (f"  {name:<10} {topic.line}\n" for name, topic in sorted(TOPICS.items()))
        _write(context, "", "".join(["Topics:\n", *lines]).rstrip("\n"))
        return
    topic = TOPICS.get(words[0]) if len(words) == 1 else None
    if topic is None:
        what = "topic" if keyword else "command or topic"
        raise Misuse(
            f"There is no {what} `{' '.join(words)}`",
            "`wj help` lists the commands, `wj help -k` the topics",
        )
    _write(context, words[0], topic.text().rstrip("\n"))


def _write(context: Context, subject: str, text: str) -> None:
    if context.output.json:
        context.output.data({"command": subject, "help": text})
    else:
        context.output.text(f"{text}\n")
