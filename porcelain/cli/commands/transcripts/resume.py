"""`wj resume`: go on with a conversation in its agent."""

from __future__ import annotations

import os
import shlex
import shutil

import click

from porcelain.actions.importing.record_source import record_source
from porcelain.actions.importing.source_book import location_of
from porcelain.cli.render.operation import iso_milliseconds
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.files import write_output
from porcelain.cli.run.params import make_command
from porcelain.cli.shared.agent_sessions import places_of
from porcelain.cli.shared.revision_args import resolve_position
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.agents.table import AGENTS, Agent
from porcelain.exchange.resume.edited_rows import edited_rows
from porcelain.exchange.resume.plan import Asked, Plan, agent_for, plan_resume
from porcelain.graph.visible_versions import name_ahead, visible_version
from porcelain.index.view_rows import get_row, names_at, part_rows, shown_replica
from porcelain.model.source import Source, SourceKey
from porcelain.model.view_value import IMPORTS, SESSIONS
from porcelain.transaction.replicas import oldest_replica
from porcelain.transcript.formats import read_transcript
from store.ids import EMPTY_TREE, TreeId
from store.session.session import Session
from store.tree_layout.layout import read_session


@make_command("resume")
@click.argument("revision", required=False, metavar="[REV]")
@click.option("--agent", "agent_name", type=click.Choice(list(AGENTS)), metavar="AGENT",
              help="The agent (default: that of the last messages); for another one they are converted")  # fmt: skip
@click.option("--run", "starts", is_flag=True, help="Start the agent")
def command(context: Context, revision: str | None, agent_name: str | None, starts: bool) -> None:
    """Go on with the conversation of REV, by default `@`, in its agent.

    Prints the command that starts the agent; `--run` starts it. Where the agent's own file does
    not end as the conversation does, a new file is written first, where the agent looks for
    sessions and under a new id. It belongs to the same session, which goes on when the file is
    imported. No file of the agent is changed, and `wj undo` leaves the new one where it is.
    """
    if starts and context.output.json:
        raise Misuse("`--run` starts the agent, and `--json` prints a result", "Give one of them")
    position = resolve_position(context, revision)
    session = _conversation(context, position)
    agent = agent_for(session, agent_name)
    program = agent.program or agent.resumes[0]
    if starts and shutil.which(program) is None:
        raise Refused(f"The command `{program}` of {agent.title} is not installed here")
    name = _session_name(context, position, revision)
    plan = plan_resume(_asked(context, position, session, agent, name))
    operation = _write(context, position, plan, name) if plan.file is not None else None
    _report(context, plan, operation)
    if starts:
        _start(context, plan)


def _conversation(context: Context, position: int) -> Session:
    """Return the conversation of a commit.

    Raises:
        Refused: it has none, or one with conflicts.
    """
    row = context.repo.row(position) if position else None
    if row is None or row.tree == EMPTY_TREE:
        raise Refused("The commit has no conversation yet")
    if row.conflict:
        raise Refused(
            "The conversation has unresolved conflicts, which no agent's file can hold",
            f"`wj show {row.id[:12]}` shows both sides; `wj resolve` takes one",
        )
    return read_session(context.repo.repository, TreeId(row.tree))


def _session_name(context: Context, position: int, revision: str | None) -> str | None:
    """Return the session that goes on: the named one, the current one, or one at the commit."""
    repo = context.repo
    commit_id = repo.row(position).id
    names = names_at(repo.index, SESSIONS, commit_id)
    for wanted in (revision, repo.workspace.session):
        if wanted in names:
            return wanted
    return names[0] if names else name_ahead(repo.index, commit_id)


def _asked(
    context: Context, position: int, session: Session, agent: Agent, name: str | None
) -> Asked:
    repo = context.repo
    own, used, locations = set(), set(), set()
    for key, text in part_rows(repo.index, IMPORTS, f"{agent.format}:"):
        source = Source.of(text)
        native_id = SourceKey.of(key, source).native_id
        used.add(native_id)
        if name is not None and _goes_on_in(context, source, name):
            own.add(native_id)
            locations.add(source.location)
    replica = oldest_replica(repo.index, shown_replica(repo.repository, repo.index, repo.host))
    return Asked(
        session=session,
        agent=agent,
        places=places_of(context),
        own_ids=own,
        is_own=lambda path: location_of(replica, path) in locations,
        used_ids=used,
        here=os.getcwd(),
        now=iso_milliseconds(context.now()) or "",
        random=context.actor.random,
        edited=lambda: edited_rows(repo.repository, repo.index, repo.row(position).id, session),
    )


def _goes_on_in(context: Context, source: Source, name: str) -> bool:
    """Tell whether a source is one of a session's, which may have been renamed since."""
    index = context.repo.index
    if source.session == name:
        return True
    if get_row(index, SESSIONS, source.session) is not None:
        return False
    commit_id = visible_version(index, source.commit)
    return commit_id is not None and name_ahead(index, commit_id) == name


def _write(context: Context, position: int, plan: Plan, name: str | None) -> str | None:
    """Write the new file and record it as a source; return the operation's id.

    The folder is for its owner alone where it has to be made. Both are done, or neither.
    """
    assert plan.file is not None
    commit_id = context.repo.row(position).id
    transcript = read_transcript(plan.file.data, plan.path, plan.agent.format)
    written = False
    try:
        with context.transaction() as tx:
            record_source(
                tx,
                transcript,
                plan.file.rows,
                commit_id,
                session=name or transcript.session_name,
                location=_location(tx.base.replica, plan),
            )
            tx.kind, tx.description = "resume", f"resume {commit_id[:12]} in {plan.agent.title}"
            os.makedirs(os.path.dirname(plan.path), mode=0o700, exist_ok=True)
            write_output(plan.path, plan.file.data, replace=False)
            written = True
    except BaseException:
        if written:
            os.unlink(plan.path)
        raise
    operation = tx.published.operation
    return operation.id if operation is not None else None


def _location(replica: str, plan: Plan) -> str:
    """Return where the agent will go on: in its database, which is found by the messages."""
    return "" if plan.agent.unit == "database" else location_of(replica, plan.path)


def _report(context: Context, plan: Plan, operation: str | None) -> None:
    output = context.output
    remarks = plan.file.remarks if plan.file is not None else ()
    if output.json:
        output.data(
            {
                "operation": operation,
                "agent": plan.agent.name,
                "native_id": plan.native_id,
                "path": plan.path,
                "written": plan.file is not None,
                "remarks": list(remarks),
                "folder": plan.project,
                "command": list(plan.command),
            }
        )
        return
    if plan.file is not None:
        output.status(f"Wrote {plain(plan.path, None)}")
    for remark in remarks:
        output.status(remark)
    output.text(f"{_shell_line(plan)}\n")


def _shell_line(plan: Plan) -> str:
    """Return the command as a shell takes it."""
    line = shlex.join(plan.command)
    return line if plan.project is None else f"cd {shlex.quote(plan.project)} && {line}"


def _start(context: Context, plan: Plan) -> None:
    """Become the agent: this process runs its program from now on."""
    context.close()
    context.output.close()
    if plan.project is not None:
        os.chdir(plan.project)
    os.execvp(plan.command[0], plan.command)  # noqa: S606 - without a shell, as it should
