"""`wj watch`: record sessions while their agents write them."""

from __future__ import annotations

import os

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import REFUSED, Misuse, problem_of
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.agent_sessions import places_of
from porcelain.cli.shared.live_import import LiveImport, Projects, Told
from porcelain.cli.shared.single_importer import only_importer, stopped_by_signals
from porcelain.cli.shared.spools import spool_for
from porcelain.cli.shared.watching import Watching
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.live.followed import Followed
from porcelain.exchange.live.read_files import ReadFiles
from porcelain.exchange.live.spool import Spool
from porcelain.model.operation import WATCH
from porcelain.transcript.reading.private_folder import remove_stale_folders


@make_command("watch")
@click.argument("paths", type=FILE, nargs=-1, metavar="[PATH…]")
@click.option("--once", is_flag=True, help="Import what is new now, and end; for cron")
@click.option("--for-hooks", metavar="SPOOL", type=FILE,
              help="Import what hooks leave in a folder, until they are quiet; `wj hook` starts it")  # fmt: skip
@click.option("--include", multiple=True, type=FILE, metavar="FOLDER",
              help="Record only sessions of projects in FOLDER (can be repeated)")  # fmt: skip
@click.option("--exclude", multiple=True, type=FILE, metavar="FOLDER",
              help="Record no session of projects in FOLDER (can be repeated)")  # fmt: skip
def command(
    context: Context,
    paths: tuple[str, ...],
    once: bool,
    for_hooks: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
) -> None:
    """Record sessions while their agents write, until Ctrl-C; by default those of all agents.

    Begins with what is new since the last import. Then a file is imported when it has been quiet
    for a second, or ten seconds after its first change, and each such burst is one operation. No
    `@` moves, and `wj undo` steps over these operations; `wj undo --by watch` takes one back.
    Nothing is written to the agents' folders. The settings `watch.include` and `watch.exclude`
    name projects, too. The repository is `-R`, $WJ_REPO or the user's own, never the one around
    the current folder.
    """
    if for_hooks is not None and (once or paths):
        raise Misuse("`--for-hooks` takes neither `--once` nor a PATH", "Leave it out")
    if context.globals.at_operation is not None:
        raise Misuse("`wj watch` records in the newest state", "Leave `--at-op` out")
    context.settings.looks_around = False
    context.own_workspace = WATCH
    for path in paths:
        if not os.path.exists(path):
            raise Refused(f"{plain(path, None)} does not exist", "Name a folder or a file")
    remove_stale_folders()
    followed = Followed(places_of(context), paths)
    projects = _projects(context, include, exclude)
    if once:
        _import_once(context, followed, projects)
        return
    spool = spool_for(context) if for_hooks is None else Spool(for_hooks)
    _open(context, spool)
    with only_importer(context, spool, is_watch=for_hooks is None) as is_only:
        if is_only:
            with stopped_by_signals():
                until_idle = for_hooks is not None
                Watching(context, followed, projects, spool, until_idle=until_idle).run()


def _open(context: Context, spool: Spool) -> None:
    """Open the repository before anything waits; keep a failure for `wj agent status`."""
    try:
        context.repo_to_change  # noqa: B018 - opens it
    except Exception as error:
        problem = problem_of(error)
        if problem is not None and os.path.isdir(spool.folder):
            spool.fail(problem.message)
        raise


def _projects(context: Context, include: tuple[str, ...], exclude: tuple[str, ...]) -> Projects:
    """Return the projects that the options name, and the settings besides."""
    settings = context.settings
    if settings.is_configured:
        config = settings.config
        include += tuple(config.get("watch.include") or ())
        exclude += tuple(config.get("watch.exclude") or ())
    return Projects.of(include, exclude, settings.home)


def _import_once(context: Context, followed: Followed, projects: Projects) -> None:
    work = LiveImport(context, followed.files(), projects, ReadFiles())
    work.leave_out_unchanged()
    work.run()
    work.tell(Told())
    if not work.news and not work.problems:
        context.output.status("Nothing new")
    if work.problems:
        raise click.exceptions.Exit(REFUSED)
