"""`wj serve`: the repository in a browser on this machine."""

from __future__ import annotations

import gc
import sys

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.errors import Refused
from porcelain.exchange.page.server import PageServer


@make_command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="PORT",
              help="The port to listen on (default: a free one)")  # fmt: skip
def command(context: Context, port: int) -> None:
    """Show all conversations in a browser, until Ctrl-C.

    It prints an address with a secret in it, which works on this machine alone. The page is that
    of `wj export --format html`: it loads a conversation when it is opened, and a reload shows
    what was written since. Nothing can be changed through it.
    """
    try:
        server = PageServer(context.reader, port)
    except OSError as error:
        raise Refused(
            f"Port {port} cannot be used: {error.strerror}",
            "Without `--port` a free one is taken",
            code="port",
        ) from error
    gc.enable()  # `main` switches it off for short runs
    with server:
        if context.output.json:
            context.output.data({"address": server.address})
        else:
            context.output.text(f"{server.address}\n")
        sys.stdout.flush()
        context.output.status("Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass  # this is how it ends
