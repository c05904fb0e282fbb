"""`wj agent`: set up agents' hooks, so that each turn is recorded when it ends."""

from __future__ import annotations

import os
import sys
from difflib import unified_diff
from typing import NamedTuple

import click

from porcelain.cli.run.context import Context
from porcelain.cli.run.params import Group, make_command
from porcelain.cli.shared.agent_sessions import places_of
from porcelain.cli.shared.single_importer import is_watched
from porcelain.cli.shared.spools import spool_for
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.exchange.agents.found import found_sessions
from porcelain.exchange.agents.table import AGENTS, Agent, agent_named
from porcelain.exchange.hooks.extension_file import ExtensionFile
from porcelain.exchange.hooks.settings_file import SettingsFile
from porcelain.exchange.hooks.table import CALLERS, HOOKS, RETENTION, Hook, hook_line
from porcelain.exchange.hooks.user_file import Change, UserFile
from porcelain.exchange.live.spool import Spool

_agent = click.argument("name", metavar="[AGENT]", required=False)
_yes = click.option("--yes", is_flag=True, help="Write the change")


class _Place(NamedTuple):
    """An agent that can be set up, the file for it, and the command that it is to call."""

    agent: Agent
    file: UserFile
    command: str


@make_command("list")
def list_command(context: Context) -> None:
    """List the agents that `wj` knows, and how the sessions of each are recorded."""
    rows = [_status(context, agent) for agent in AGENTS.values()]
    if context.output.json:
        context.output.data({"agents": rows})
        return
    for row in rows:
        files = row["files"]
        found = counted(files, "file") if isinstance(files, int) and files else "no sessions"
        context.output.text(f"{row['agent']}: {row['title']}, {found}; {row['recorded']}\n")


@make_command("setup")
@_agent
@_yes
def setup(context: Context, name: str | None, yes: bool) -> None:
    """Make AGENT call `wj hook` at the end of each turn; by default all agents that are here.

    Shows the change of the agent's settings file, or for OpenCode and Pi the extension that they
    are to load; `--yes` writes it. Only the settings of the user are changed, never those of a
    project; a file that is a link is written at its target. `wj agent remove` takes the change
    back exactly.
    """
    places = _places(context, name)
    changes = [(place, place.file.plan_setup(place.command)) for place in places]
    _apply(context, changes, yes=yes, done="is set up", word="setup")
    for place, _ in changes:
        remark = CALLERS[place.agent.name].remark
        if remark and not context.output.json:
            context.output.hint(remark)
        _tell_retention(context, place.agent)


@make_command("remove")
@_agent
@_yes
def remove(context: Context, name: str | None, yes: bool) -> None:
    """Take back what `wj agent setup` has added to an agent's settings; by default to all.

    Shows the change; `--yes` writes it.
    """
    places = _places(context, name, everywhere=True)
    changes = [(place, place.file.plan_removal()) for place in places]
    _apply(context, changes, yes=yes, done="is not set up", word="remove")


@make_command("status")
@_agent
def status(context: Context, name: str | None) -> None:
    """Show for AGENT, or all agents, the hook, the settings file, and what needs attention."""
    agents = [agent_named(name)] if name is not None else list(AGENTS.values())
    rows = [_status(context, agent) for agent in agents]
    live = _live(_spool(context))
    if context.output.json:
        context.output.data({"agents": rows, **live})
        return
    for row in rows:
        context.output.text(f"{row['title']} ({row['agent']}): {row['recorded']}\n")
        for key, said in (("settings", "Settings"), ("command", "Hook"), ("remark", "First"),
                          ("retention", "Deletes")):  # fmt: skip
            if row[key]:
                context.output.text(f"  {said}: {plain(str(row[key]), None)}\n")
    running = "is running" if live["watching"] else "is not running"
    context.output.text(f"`wj watch` {running}\n")
    if live["failure"]:
        context.output.warning(f"The last import for a hook failed: {plain(str(live['failure']))}")
    dropped = live["dropped"]
    assert isinstance(dropped, dict)
    for reason, count in dropped.items():
        context.output.warning(f"{counted(count, 'poke')} of hooks dropped: {plain(reason)}")


def _places(context: Context, name: str | None, *, everywhere: bool = False) -> list[_Place]:
    """Return the named agent, or all whose folders are here; `everywhere` those set up.

    Raises:
        UnknownAgent: there is no such agent.
        Refused: it has no hook, or no agent is here, or there is no repository.
    """
    places = places_of(context)
    if name is not None:
        agents = [agent_named(name)]
        if name not in CALLERS:
            raise Refused(
                f"{agents[0].title} has no hook that `wj` can set up",
                "`wj watch` records its sessions while it writes",
            )
    else:
        here = (name for name, one in CALLERS.items() if os.path.isdir(one.own_folder(places)))
        agents = [AGENTS[one] for one in here]
    if not agents:
        titles = ", ".join(AGENTS[one].title for one in CALLERS)
        raise Refused(f"No agent with hooks is here ({titles})", "Name one to set it up")
    return [
        _Place(agent, _file(context, agent), "" if everywhere else _command(context, agent))
        for agent in agents
    ]


def _file(context: Context, agent: Agent) -> UserFile:
    """Return the file by which an agent that can be set up calls `wj`."""
    records = os.path.join(context.settings.state_folder, "agents")
    caller = CALLERS[agent.name]
    path = caller.path(places_of(context))
    if isinstance(caller, Hook):
        return SettingsFile(caller, path, records)
    return ExtensionFile(caller, agent.title, path, records)


def _command(context: Context, agent: Agent) -> str:
    repository = os.path.abspath(context.settings.repository_path())
    if not os.path.isdir(repository):
        raise Refused(f"There is no repository at {plain(repository, None)}", "`wj init` makes one")
    line = hook_line(agent, _program(), spool_for(context).folder, repository)
    if not _is_text(line):
        raise Refused("A folder's name is not UTF-8, so no settings file can name it")
    return line


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _program() -> list[str]:
    """Return the words that start this `wj` from anywhere."""
    beside = os.path.join(os.path.dirname(sys.executable), "wj")
    return [beside] if os.access(beside, os.X_OK) else [sys.executable, "-P", "-m", "porcelain"]


def _apply(
    context: Context,
    changes: list[tuple[_Place, Change]],
    *,
    yes: bool,
    done: str,
    word: str,
) -> None:
    """Show changes, and write them if the user said so."""
    output = context.output
    for place, change in changes:
        if change.is_empty:
            output.status(f"{place.agent.title}: {done} already")
            continue
        if not output.json:
            output.text(_difference(change))
        if yes:
            place.file.write(change)
            output.status(f"{place.agent.title}: {done} in {plain(change.path, None)}")
    waiting = [place.agent.name for place, change in changes if not change.is_empty]
    if waiting and not yes:
        names = waiting[0] if len(waiting) == 1 else ""
        output.hint(f"Nothing was written; `wj agent {word} {names}".rstrip() + " --yes` writes it")
    if output.json:
        rows = [
            {
                "agent": place.agent.name,
                "path": change.path,
                "changed": not change.is_empty,
                "written": yes and not change.is_empty,
                "difference": _difference(change),
                "remark": CALLERS[place.agent.name].remark,
            }
            for place, change in changes
        ]
        output.data({"agents": rows})


def _difference(change: Change) -> str:
    lines = unified_diff(
        change.before.splitlines(),
        (change.after or "").splitlines(),
        plain(change.path, None),
        plain(change.path, None),
        lineterm="",
    )
    return "".join(f"{line}\n" for line in lines)


def _status(context: Context, agent: Agent) -> dict[str, object]:
    places = places_of(context)
    row: dict[str, object] = {
        "agent": agent.name,
        "title": agent.title,
        "files": sum(1 for _ in found_sessions(places, [agent], on_error=lambda _: None)),
        "recorded": "recorded by `wj watch` alone, it has no hook that `wj` can set up",
        "settings": "",
        "command": "",
        "remark": "",
        "retention": _retention(context, agent),
    }
    if agent.name not in CALLERS:
        return row
    caller = CALLERS[agent.name]
    command = _file(context, agent).command()
    row |= {"settings": caller.path(places), "command": command}
    if not command:
        row["recorded"] = f"not set up, `wj agent setup {agent.name}` shows how"
        return row
    row["remark"] = caller.remark
    is_current = command == _wanted(context, agent)
    row["recorded"] = "set up" if is_current else "set up for another repository or program"
    return row


def _wanted(context: Context, agent: Agent) -> str:
    try:
        return _command(context, agent)
    except Refused:
        return ""


def _retention(context: Context, agent: Agent) -> str:
    """Return what an agent deletes by itself, and the setting that stops it; "" if it does not."""
    rule = RETENTION.get(agent.name)
    if rule is None:
        return ""
    places = places_of(context)
    path = os.path.join(agent.own_folder(places), rule.file)
    file = SettingsFile(HOOKS[agent.name], path, "")
    if file.value(*rule.member) is not None:
        return ""
    return f"{rule.deletes}; {rule.value} in {path} stops it"


def _tell_retention(context: Context, agent: Agent) -> None:
    said = _retention(context, agent)
    if said and not context.output.json:
        context.output.hint(f"{agent.title} deletes {plain(said, None)}")


def _spool(context: Context) -> Spool | None:
    try:
        return spool_for(context)
    except Refused:
        return None


def _live(spool: Spool | None) -> dict[str, object]:
    if spool is None:
        return {"watching": False, "failure": "", "dropped": {}}
    return {
        "watching": is_watched(spool),
        "failure": spool.failure(),
        "dropped": dict(spool.dropped()),
    }


command = Group(
    "agent",
    {
        "list": ("live.agent:list_command", "List agents and how each is recorded"),
        "setup": ("live.agent:setup", "Make agents call `wj hook` at the end of each turn"),
        "status": ("live.agent:status", "Show hooks, settings files and what needs attention"),
        "remove": ("live.agent:remove", "Take back what setup has added"),
    },
    help="Set up agents, so that `wj` records each turn when it ends.",
)
