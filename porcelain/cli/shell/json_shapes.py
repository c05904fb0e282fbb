"""The shapes of what commands print with `--json`: `docs/reference/json.md` is made of them.

A shape is written as a type, and after a semicolon what it means:

    text  number  flag  null  any     as in JSON; a flag is true or false
    commit                            an object with the members of `SHAPES["commit"]`
    [commit]                          an array
    {text}                            an object with names of any kind
    text | null                       one or the other

A member whose name ends in `?` may be missing. Tests hold the output of every command against
these shapes: a member that is not in them is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping

Members = Mapping[str, str]

SHAPES: dict[str, Members] = {
    "commit": {
        "commit_id": "text; the full commit id",
        "change_id": "text | null; the full change id",
        "parents": "[text]; commit ids",
        "root": "flag; whether it is the virtual root commit, which has few other members",
        "current?": "flag; whether it is `@`",
        "sessions?": "[text]; sessions that point to it",
        "tags?": "[text]; tags that point to it",
        "workspaces?": "[text]; workspaces that are on it",
        "session_id?": "text | null; the id in the conversation's document",
        "model?": "text | null; the model of the last answer",
        "format?": "text | null; the transcript format, several joined by `+`",
        "native_id?": "text | null; the agent's id of the conversation",
        "session_title?": "text | null; the title that the user or the agent gave",
        "project?": "text | null; the working folder",
        "git_branch?": "text | null; the branch in that folder",
        "agent_version?": "text | null",
        "started_by?": "text | null; the conversation that started this sub-agent's",
        "timestamp?": "text | null; the commit's time, ISO 8601",
        "messages?": "number | null; messages in the whole conversation",
        "rows?": "number | null; stored rows, those that are no messages included",
        "empty?": "flag; whether it adds and removes no message",
        "divergent?": "flag",
        "conflict?": "flag",
        "hidden?": "flag",
        "description": "text; the description, as it was written",
        "title": "text; what the log shows",
        "problem?": "text | null; why it cannot be read",
    },
    "message": {
        "number": "number | null; as `wj show` numbers messages; null for other rows",
        "role?": "text | null; `system`, `user`, `assistant` or `tool`",
        "kind?": "text; what the row is in its format",
        "text?": "text; the readable text",
        "time?": "text | null; ISO 8601",
        "id?": "text | null; the agent's id of the row",
        "model?": "text | null",
        "calls?": "[text]; ids of tool calls in it",
        "results?": "[text]; ids of the calls that it answers",
        "problem?": "text; why it cannot be read; then it has no other member but the number",
    },
    "operation": {
        "id": "text",
        "parents": "[text]; operation ids",
        "kind": "text; the command's name",
        "description": "text",
        "args": "[text]; the command line, texts and names left out",
        "start": "text; ISO 8601 with milliseconds",
        "end": "text",
        "user": "text",
        "host": "text",
        "replica": "text; the copy of the repository that made it",
        "workspace": "text | null",
        "attributes": "{text}",
        "links": "{text}; the operations that it undid, redid or restored",
    },
    "report": {
        "operation": "text | null; the new operation; null if nothing changed",
        "outside_operations": "[text]; operations that recorded what others did to the refs",
        "created": "[made]; commits of new changes",
        "rewritten": "[made]; new versions, rebased descendants included",
        "abandoned": "[text]; commit ids",
        "conflicts": "conflict_changes",
        "sessions": "{move}; the sessions that moved, by name",
        "workspace": "place; where `@` is now",
        "notes": "[text]; what is worth knowing, as hints on a terminal",
    },
    "made": {
        "commit_id": "text",
        "change_id": "text | null",
        "from?": "[text]; the commits that it replaces",
    },
    "conflict_changes": {
        "new": "[text]; commits that have a conflict now",
        "resolved": "[text]; commits that had one",
    },
    "move": {
        "from": "text | [text] | null; a commit id, several in a conflict, null if there was none",
        "to": "text | [text] | null",
    },
    "place": {
        "name": "text; the workspace",
        "commit_id": "text | null",
        "session": "text | null; the current session",
    },
    "renaming": {"from": "text", "to": "text"},
    "name": {
        "name": "text",
        "conflicted": "flag",
        "deleted": "flag; whether only a remote has it",
        "commit": "commit | null; null in a conflict, or where it was deleted",
        "sides": "[commit]; the sides of a conflict",
        "removed": "[text]; the commits that the sides of a conflict replaced",
        "remote": "text | null; the remote where the name points there",
        "tracked": "flag | null; of a remote's name",
        "current": "flag; whether it is the workspace's current session",
    },
    "conflict": {
        "first": "number | null; the first of the shown messages",
        "last": "number | null",
        "shown": "number; rows of the shown side",
        "sides": "number",
        "deletions": "number; sides that removed the messages",
        "inherited?": "flag; whether a parent has it too",
        "terms?": "[term]",
    },
    "term": {"side": "number | null; null is a base", "rows": "[message]"},
    "before_after": {"before": "any", "after": "any"},
    "changed_message": {
        "kind?": "text; `added`, `removed` or `changed`; not of `interdiff`",
        "before": "message | null",
        "after": "message | null",
    },
    "version_change": {
        "description": "before_after | null",
        "fields": "{before_after}; members of the document",
        "rows": "[changed_message]",
    },
    "fork_point": {"commit": "commit", "rows": "number; what both have in common"},
    "started_at": {
        "session": "text | null",
        "commit_id": "text",
        "number": "number | null",
        "id": "text | null",
        "text": "text",
    },
    "numbers": {"first": "number", "last": "number"},
    "person": {"name": "text", "email": "text", "timestamp": "text | null"},
    "head": {
        "commit": "commit",
        "reason": "text; what it waits for",
        "tools?": "[text]; tools without an answer, or whose call failed",
    },
    "fetched": {
        "kind": "text; `session` or `tag`",
        "name": "text",
        "remote": "text",
        "from": "any; a commit id, or null",
        "to": "any; a commit id, or null",
        "tracked": "flag",
    },
    "pushed": {
        "kind": "text",
        "name": "text",
        "from": "any; a commit id, or null",
        "to": "any; a commit id, or null",
    },
    "changed_commit": {
        "change_id": "text | null",
        "commit_id": "text | null",
        "replaces": "[text]",
    },
    "view_changes": {
        "commits": "[changed_commit]",
        "sessions": "{before_after}; commit ids, or the sides of a conflict",
        "tags": "{before_after}",
        "workspaces": "{before_after}",
        "imports": "{before_after}; imported files",
        "remotes": "{any}; by remote, then `sessions` and `tags`",
    },
    "file": {"path": "text", "bytes": "number"},
    "imported": {
        "source": "text; the file, or the conversation in it",
        "session": "text | null",
        "commit": "text | null",
        "rows": "number; new rows",
        "changes": "number; new changes",
        "started": "flag; whether the session is new",
        "source_id": "text",
        "kind": "text; what the file is of the known ones: `new`, `grown`, `unchanged` …",
        "restored": "number; damaged objects that were written again",
        "notes": "[text]",
    },
    "failed": {"source": "text", "code": "text", "message": "text"},
    "setting": {
        "name": "text",
        "value": "any",
        "source": "text; the layer",
        "path": "text | null",
        "overridden": "flag",
        "help": "text | null",
    },
    "finding": {"check": "text", "message": "text", "repairable": "flag"},
    "lost_operation": {"id": "text", "description": "text", "time": "number"},
    "agent_setup": {
        "agent": "text",
        "path": "text; the settings file",
        "changed": "flag",
        "written": "flag",
        "difference": "text",
        "remark": "text",
    },
    "agent": {
        "agent": "text",
        "title": "text",
        "files": "number; sessions on this machine",
        "recorded": "text",
        "settings": "text",
        "command": "text",
        "remark": "text",
        "retention": "text; how long the agent keeps its files",
    },
}
"""Objects that more than one command prints, or that are parts of others."""
