"""`wj sync`: exchange everything with another repository, the operation log included."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack

import click

from porcelain.cli.config.edit import set_value
from porcelain.cli.run.context import Context
from porcelain.cli.run.params import make_command
from porcelain.cli.run.remotes import reached, refuse_past, the_remote
from porcelain.cli.shared.mutation_report import Mutation
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.remote.sync import Synced, sync
from porcelain.maintenance.redacting.sent_secrets import secret_places
from store.remote.remotes import Remote, head_ref
from store.remote.url import shown_url
from store.repository.ref_read import read_ref

_SETTING = "sync.remotes"
_PAUSE = 0.05  # seconds, times the attempt


@make_command("sync")
@click.argument("remote", metavar="[REMOTE]", required=False)
@click.option(
    "--enable",
    is_flag=True,
    help="From now on send everything to this remote; remembered in your settings",
)
@click.option(
    "--drop",
    is_flag=True,
    help="Drop operations here too that were abandoned or purged at the remote; no undo brings "
    "them back",
)
@click.option("--allow-secrets", is_flag=True, help="Send what looks like a key or password too")
def command(
    context: Context, remote: str | None, enable: bool, drop: bool, allow_secrets: bool
) -> None:
    """Exchange everything with a remote: the operation log, all sessions, all that was ever visible.

    Afterwards both sides have the same view and the whole history of operations, so undo works on
    either. Everything is sent that was ever visible, hidden versions too: once for each remote
    `--enable` says that this is meant. `wj git push` sends sessions alone.

    Operations that were abandoned or purged do not come back. Where the remote has dropped operations
    that this copy has, nothing is exchanged until `--drop` drops them here, too.
    """  # fmt: skip
    refuse_past(context)
    chosen = the_remote(context, remote)
    _require_enabled(context, chosen, enable=enable)
    mutation = Mutation(context)
    repo = context.repo
    scan = None
    if not allow_secrets:
        scan = lambda commits, operations: secret_places(repo.repository, commits, operations)  # noqa: E731
    with reached(context, chosen) as place, ExitStack() as stack:
        if drop:
            stack.enter_context(context.rewriting_log())
        wait = lambda attempt: time.sleep(_PAUSE * attempt)  # noqa: E731
        done = sync(repo, place, scan, wait, drops=drop)
    context.record_head()
    _report(context, mutation, chosen, done)


def _require_enabled(context: Context, remote: Remote, *, enable: bool) -> None:
    """Make sure that the user wants everything to be sent, and remember it.

    Raises:
        Refused: nobody said so for this remote.
    """
    url = shown_url(remote.push_url)
    known: list[str] = []
    if context.settings.is_configured:
        value = context.settings.config.get(_SETTING)
        known = list(value) if isinstance(value, tuple) else []
    if url in known:
        return
    came_with_log = read_ref(context.repo.repository, head_ref(remote.name))
    if not enable and came_with_log is None:
        raise Refused(
            f"Nothing was sent: `wj sync` sends {plain(remote.name)} everything that was ever visible, "
            "hidden versions and all operations included",
            f"`wj sync {plain(remote.name)} --enable` says once that this is meant",
            "`wj git push` sends sessions alone",
            code="sync_not_enabled",
        )
    set_value(context.settings.user_file, _SETTING, json.dumps([*known, url]))
    where = plain(shown_url(remote.push_url), None)
    context.output.status(
        f"From now on `wj sync` sends everything that was ever visible to {where}"
    )


def _report(context: Context, mutation: Mutation, remote: Remote, done: Synced) -> None:
    output = context.output
    name = plain(remote.name)
    if done.dropped:
        output.status(f"Dropped {counted(done.dropped, 'operation')} here, as before at {name}")
    if done.received:
        output.status(f"Received {counted(done.received, 'operation')} from {name}")
    if done.merge is not None:
        output.status(f"Merged both operation logs: {done.merge.id[:12]}")
    if done.sent:
        output.status(f"Sent {counted(done.sent, 'operation')} to {name}")
    if not (done.dropped or done.received or done.sent or done.refs):
        output.status("Nothing changed.")
    mutation.say_position()
    if output.json:
        output.data(
            {
                "remote": remote.name,
                "dropped": done.dropped,
                "received": done.received,
                "sent": done.sent,
                "refs": done.refs,
                "merge": done.merge.id if done.merge else None,
                "attempts": done.attempts,
                "operation": context.repo.head,
            }
        )
