"""`wj export`: write a conversation."""

from __future__ import annotations

import os
import sys

import click

from porcelain.cli.context import Context
from porcelain.cli.errors import Misuse
from porcelain.cli.exporting import export_all, exported
from porcelain.cli.files import write_output
from porcelain.cli.params import command as make_command
from porcelain.cli.params import pass_context


@make_command("export")
@click.argument("revision", default="@", metavar="[REV]")
@click.option("--format", "format_name", metavar="FORMAT", help="The format, by default its own")
@click.option("-o", "--output", "path", metavar="FILE", help="Write there instead of to stdout")
@click.option("--force", is_flag=True, help="Replace a file that exists")
@click.option("--relink", is_flag=True,
              help="Let rows that were moved from elsewhere continue the row before them")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Write every session, into the folder FILE")
@pass_context
def command(
    context: Context,
    /,
    revision: str,
    format_name: str | None,
    path: str | None,
    **flags: bool,
) -> None:
    """Write a conversation, by default that of `@`, in its agent's format.

    What was imported and not edited comes out byte for byte as it went in.
    """
    if flags["everything"]:
        if path is None:
            raise Misuse("`--all` writes several files", "Name a folder with `-o`")
        export_all(context, path, format_name, replace=flags["force"])
        return
    data = exported(context, context.position(revision), format_name, relink=flags["relink"])
    if path is None or path == "-":
        _print(context, data)
        return
    write_output(path, data, replace=flags["force"])
    context.output.status(f"Wrote {len(data)} bytes to {path}")
    if context.output.json:
        context.output.data({"files": [{"path": os.path.abspath(path), "bytes": len(data)}]})


def _print(context: Context, data: bytes) -> None:
    if context.output.json:
        context.output.data({"content": data.decode("utf-8", "replace")})
    elif sys.stdout.isatty():
        context.output.start_pager()
        context.output.text(context.output.safe(data.decode("utf-8", "replace")))
    else:
        context.output.binary(data)
