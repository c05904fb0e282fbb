"""The output of each command with `--json`, in the notation of `json_shapes`."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.cli.shell.json_shapes import SHAPES, Members

NO_JSON = ("browse", "hook", "mcp", "watch")
"""The commands without data: they run until they are stopped, or say nothing."""


class Data(NamedTuple):
    """The output of a command: `type`, or an object with `members`, and those of a shape `base`."""

    type: str = ""
    members: Members | None = None
    base: str = ""


def _report(**members: str) -> Data:
    """Return a report with further members; `name__` may be missing."""
    return Data(members=_named(members), base="report")


def _perhaps_report(**members: str) -> Data:
    """Return members that are printed without a report where nothing was to be changed."""
    report = {f"{name}?": text for name, text in SHAPES["report"].items()}
    return Data(members={**_named(members), **report})


def _named(members: Members) -> Members:
    return {name.replace("__", "?"): text for name, text in members.items()}


_NAMES = {"named": "[text]; new names", "moved": "[text]; names that moved"}
_DIFFERENCE = {"fields": "{before_after}; members of the document", "rows": "[changed_message]"}

COMMANDS: dict[str, Data] = {
    "init": Data(members={"path": "text", "created": "flag"}),
    "status": Data(
        members={
            "workspace": "text",
            "session": "text | null",
            "commit": "commit | null",
            "parents": "[commit]",
            "conflicts": "any; conflicted `sessions` and `tags`, by name",
            "message_conflicts": "[conflict]",
            "divergent": "[text]; change ids",
            "not_exported": "[any]; `kind` and `name` of names that git cannot have",
            "unreadable_refs": "[any]; `ref` and `problem`",
        }
    ),
    "save": _report(
        outcome="text; `recorded`, `amended`, `named`, `rewound`, `forwarded`, `unchanged`",
        session="text | null",
        commit_id="text",
    ),
    "append": _report(session="text | null; the session that moved", commit_id="text"),
    "import": _perhaps_report(
        files__="[imported]",
        failed__="[failed]",
        foreign__="number; files that are no transcripts",
        agents__="[any]; without PATH: the sessions of agents on this machine",
    ),
    "agent list": Data(members={"agents": "[agent]"}),
    "agent setup": Data(members={"agents": "[agent_setup]"}),
    "agent remove": Data(members={"agents": "[agent_setup]"}),
    "agent status": Data(
        members={
            "agents": "[agent]",
            "watching": "flag",
            "failure": "text",
            "dropped": "{number}; pokes of hooks by why they were dropped",
        }
    ),
    "export": Data(members={"files?": "[file]; with `-o`", "content?": "text; without"}),
    "serve": Data(members={"address": "text; printed when it can be opened"}),
    "resume": Data(
        members={
            "operation": "text | null",
            "agent": "text",
            "native_id": "text",
            "path": "text",
            "written": "flag",
            "remarks": "[text]",
            "folder": "text | null",
            "command": "[text]",
        }
    ),
    "new": _report(commit_id="text"),
    "fork": _report(
        session="text",
        commit_id="text",
        source="text; the commit that it begins at",
        rows="number | null",
        messages="number | null",
    ),
    "rewind": _report(
        session="text",
        commit_id="text",
        tail="text | null; where the session was",
        rows="number",
        taken="number; rows that are behind it now",
    ),
    "edit": _report(commit_id="text", session="text | null"),
    "next": _report(target="text"),
    "prev": _report(target="text"),
    "commit": _report(commit_id="text"),
    "describe": _report(commit_ids="[text]"),
    "metaedit": _report(commit_ids="[text]"),
    "abandon": _report(),
    "duplicate": _report(copies="{text}; the copy of each commit"),
    "rebase": _report(rebased__="{text}; the new id of each commit that was moved"),
    "squash": _report(commit_id__="text"),
    "split": _report(first="text", second="text", rows="number; rows of the first"),
    "restore": _report(commit_id="text"),
    "revert": _report(commit_ids="[text]"),
    "resolve": _report(commit_id="text", resolved="[conflict]", left="[conflict]"),
    "resolve --list": Data("[conflict]"),
    "converge": _report(converged="[any]; `change_id`, `commit_id` and `versions` of each"),
    "parallelize": _report(),
    "simplify-parents": _report(),
    "log": Data("[commit]"),
    "lineage": Data("[commit]"),
    "children": Data("[commit]"),
    "leaves": Data("[commit]"),
    "show": Data(
        "[shown_commit]",
        members={
            "started_at?": "started_at | null; the message that started a sub-agent's conversation",
            "author?": "person",
            "committer?": "person",
            "added": "[message]; what it adds to its parents",
            "removed": "numbers | null; the messages of its parents that it removes",
            "conflicts": "[conflict]",
            "attachments": "[any]; `name` and `bytes` of files beside the messages",
        },
        base="commit",
    ),
    "cat": Data("[message]"),
    "diff": Data(members={**_DIFFERENCE, "fork_point?": "fork_point | null; where both parted"}),
    "interdiff": Data("version_change"),
    "ready": Data("[head]"),
    "stats": Data(
        members={
            "commits": "number",
            "turns": "number",
            "messages": "number",
            "roles": "{number}",
            "tokens": "any; `read` and `written`; null if unknown",
            "tools": "{number}; calls by tool",
            "failed_calls": "number",
            "first": "text | null",
            "last": "text | null",
            "days": "{number}; messages by day",
            "stored_bytes": "number",
            "whole_bytes": "number; if every fork were stored whole",
            "unreadable": "number; damaged commits",
        }
    ),
    "search": Data(
        "[found]",
        members={
            "commit_id": "text",
            "change_id": "text",
            "session": "text | null; the nearest session that goes on from it",
            "number": "number",
            "role": "text",
            "time": "text | null",
            "id": "text | null; the agent's id of the row",
            "excerpt": "text",
            "matches": "[[number]]; start and end in the excerpt",
        },
    ),
    "evolog": Data(
        "[version]",
        members={
            "commit": "commit",
            "operation": "operation | null",
            "predecessors": "[text]",
            "diff?": "version_change; with `-p`",
        },
    ),
    "session list": Data("[name]"),
    "session create": _report(commit_id="text", **_NAMES),
    "session set": _report(commit_id="text", **_NAMES),
    "session move": _report(commit_id="text", **_NAMES),
    "session rename": _report(renamed="renaming"),
    "session delete": _report(deleted="[text]"),
    "session forget": _report(forgotten="[text]", forgotten_remote="[text]"),
    "session track": _report(tracked="[text]", untracked="[text]"),
    "session untrack": _report(tracked="[text]", untracked="[text]"),
    "tag list": Data("[name]"),
    "tag set": _report(commit_id="text", **_NAMES),
    "tag delete": _report(deleted="[text]"),
    "workspace add": _report(added="text", commit_id="text"),
    "workspace list": Data(
        "[workspace]",
        members={
            "name": "text",
            "host": "text | null; of another copy of the repository",
            "current": "flag",
            "commit": "commit | null",
            "session": "text | null",
        },
    ),
    "workspace forget": _report(forgotten="[text]"),
    "workspace rename": _report(renamed="renaming"),
    "git clone": _report(fetched="[fetched]"),
    "git fetch": _report(fetched="[fetched]"),
    "git push": Data(
        members={
            "pushed": "[pushed]",
            "rejected": "[pushed]",
            "dry_run": "flag",
        }
    ),
    "git remote add": Data(members={"done": "text"}),
    "git remote list": Data(
        "[remote]", members={"name": "text", "url": "text", "push_url": "text"}
    ),
    "git remote remove": _report(remote="text"),
    "git remote rename": _report(renamed="renaming"),
    "git remote set-url": Data(members={"done": "text"}),
    "git import": _report(),
    "git export": _report(not_exported="[text]"),
    "bundle create": Data(members={"file": "text", "names": "[text]", "log": "flag"}),
    "bundle apply": Data(members={"received": "number", "operation": "text | null"}),
    "sync": Data(
        members={
            "remote": "text",
            "dropped": "number; operations dropped here, as before at the remote",
            "received": "number",
            "sent": "number",
            "refs": "number",
            "merge": "text | null; the operation that joined both logs",
            "attempts": "number",
            "operation": "text | null",
        }
    ),
    "redact": _perhaps_report(
        redacted="{number}; by kind of place",
        tags="[text]; tags on what was redacted",
        hidden_versions="number",
        visible_left="number",
        operations_to_abandon="[text]",
        kept_by="[text]",
        purged__="any; with `--purge`: `operations`, `versions`, `left`",
        dry_run__="flag",
    ),
    "undo": _report(
        undone="text",
        all_undone="[text]",
        stepped_over="[text]",
        watched="number; operations of `wj watch` that were stepped over",
    ),
    "redo": _report(redone="text"),
    "op log": Data(
        "[logged]", members={"diff?": "view_changes; with `-d` or `-p`"}, base="operation"
    ),
    "op show": Data(members={"diff": "view_changes"}, base="operation"),
    "op diff": Data(members={"from": "[text]", "to": "text"}, base="view_changes"),
    "op restore": _report(restored="text", taken_back="[text]"),
    "op revert": _report(reverted="text"),
    "op abandon": Data(
        members={"abandoned": "[text]", "reparented": "{text}", "operation": "text"}
    ),
    "op verify": Data(
        members={
            "head": "text",
            "unbroken": "flag",
            "signed": "[any]; `signer`, `operations`, `first` and `last` of each",
            "merges": "number",
            "vouched_for": "number",
            "problems": "[any]; `operation` and `reason`",
        }
    ),
    "doctor": Data(
        members={
            "problems": "[finding]",
            "notes": "[finding]",
            "repaired": "[text]",
            "left": "[finding]",
            "lost_operations": "[lost_operation]",
            "counts": "{number}",
        }
    ),
    "config list": Data("[setting]"),
    "config get": Data("setting"),
    "config set": Data(members={"name": "text", "value": "any", "path": "text"}),
    "config unset": Data(members={"name": "text", "path": "text"}),
    "config edit": Data(members={"path": "text", "changed": "flag"}),
    "config path": Data("{text}"),
    "util completion": Data(members={"shell": "text", "script": "text"}),
    "util trust": Data(members={"path": "text", "added": "flag"}),
    "util gc": Data(
        members={
            "dry_run": "flag",
            "abandoned_operations": "[text]",
            "bytes_before": "number",
            "bytes_after": "number",
            "unreachable_objects?": "number | null",
        }
    ),
    "prime": Data(
        members={
            "repository": "text",
            "workspace": "text",
            "current": "commit | null",
            "session": "text | null",
            "open_heads": "[head]",
            "commands": "{text}; what each command is for",
        }
    ),
    "help": Data(members={"command": "text", "help": "text"}),
    "version": Data(members={"version": "text"}),
}
"""The output of each command."""
