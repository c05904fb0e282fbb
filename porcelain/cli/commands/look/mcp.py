"""`wj mcp`: the repository for agents that speak the Model Context Protocol."""

from __future__ import annotations

import gc
import socket
import sys
from importlib import import_module

import click

from porcelain import __version__
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.errors import Refused


@make_command("mcp")
@click.option("--http", is_flag=True, help="Serve HTTP on this machine instead of stdio")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, metavar="PORT",
              help="The port of HTTP (default: 8765)")  # fmt: skip
def command(context: Context, http: bool, port: int) -> None:
    """Serve the repository to an agent, in the Model Context Protocol.

    It has tools to list, show and search conversations, to fork, rewind and append, and to undo
    and redo; conversations are resources. An agent starts `wj mcp` itself and talks to it through
    stdin and stdout. With `--http` it prints an address with a secret in it, which works on this
    machine alone, and runs until Ctrl-C. What an agent does this way is in the operation log,
    under this workspace. It needs the extra `mcp`: `pip install 'wajutsu[mcp]'`.
    """
    try:
        server = import_module("porcelain.exchange.mcp.server")
        process = import_module("porcelain.exchange.mcp.wj_process")
    except ModuleNotFoundError as error:
        raise Refused(
            f"`wj mcp` needs the package {error.name}, which is not installed",
            "`pip install 'wajutsu[mcp]'` installs it",
            code="missing_package",
        ) from error
    if http:
        _check_port(port)
    wj = process.WjProcess(context.reader.repository.path, context.workspace_name)
    made = server.make_server(wj, __version__)
    gc.enable()  # `main` switches it off for short runs
    try:
        if http:
            server.serve_http(made, port, lambda address: _say(context, address))
        else:
            made.run("stdio")
    except KeyboardInterrupt:
        pass  # this is how it ends


def _check_port(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise Refused(
            f"Port {port} cannot be used: {error.strerror}",
            "`--port` takes another one",
            code="port",
        ) from error


def _say(context: Context, address: str) -> None:
    context.output.text(f"{address}\n")
    sys.stdout.flush()
