"""The keywords of each kind of subject, with types and descriptions.

In a template about a subject its keywords stand alone; of a subject that is a value they are
methods: `parents.map(|one| one.title())`. The command line has the values: a subject's
`get(name)`, or `call(name, …)` for those with arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from porcelain.language.template.vocabulary import Word, word

COMMIT = "Commit"
OPERATION = "Operation"
REF = "CommitRef"
MESSAGE = "Message"


class Keyword(NamedTuple):
    """A property of a subject."""

    type: str
    help: str


class Vocabulary(NamedTuple):
    """The words of templates about one kind of subject, whose type is `name`."""

    name: str
    keywords: Mapping[str, Keyword]


def _read(table: str) -> dict[str, Keyword]:
    """Read a table: `name: Type`, each with a description behind two colons."""
    found = {}
    for line in table.strip().splitlines():
        usage, _, help_text = line.partition(" :: ")
        name, _, kind = usage.partition(": ")
        found[name] = Keyword(kind, help_text)
    return found


COMMIT_KEYWORDS = _read(
    """
change_id: ChangeId :: The id that stays the same while the commit is rewritten
commit_id: CommitId :: The commit's own id
description: String :: The description, with a newline at its end; empty if nobody wrote one
message: String :: The description, also one that nobody wrote
generated: Boolean :: Whether nobody wrote the description
title: String :: The description's first line, or the last prompt's
model: String :: The model
agent: String :: The transcript's format
project: String :: The working folder of the conversation
session_title: String :: The title that the conversation was given
session_id: String :: The id that the conversation's document has
project_name: String :: The last part of the working folder
age: String :: How long ago it was made
messages: Option<Integer> :: The number of messages of the conversation, if it can be read
rows: Integer :: The number of stored rows of the conversation
timestamp: Timestamp :: The time; the committer's
author: Signature :: Who wrote it
committer: Signature :: Who recorded it
mine: Boolean :: Whether its author has your address
trailers: List<Trailer> :: The `Key: value` lines at the end of the description
sessions: List<CommitRef> :: The sessions that point to it, and those of remotes that are elsewhere here
bookmarks: List<CommitRef> :: The same as `sessions`
local_bookmarks: List<CommitRef> :: The sessions of this repository that point to it
remote_bookmarks: List<CommitRef> :: The sessions of remotes that point to it
tags: List<CommitRef> :: The tags that point to it, and those of remotes that are elsewhere here
local_tags: List<CommitRef> :: The tags of this repository that point to it
remote_tags: List<CommitRef> :: The tags of remotes that point to it
working_copies: List<WorkspaceRef> :: The workspaces there, if there are several
parents: List<Commit> :: The parents
change_offset: Option<Integer> :: Which version of its change it is, 0 the newest
current_working_copy: Boolean :: Whether it is `@`
root: Boolean :: Whether it is the root commit
empty: Boolean :: Whether it adds no messages
hidden: Boolean :: Whether it is hidden
divergent: Boolean :: Whether its change has several visible commits
immutable: Boolean :: Whether it must not be rewritten
conflict: Boolean :: Whether it has conflicted messages
missing: Boolean :: Whether the index does not know it: nothing but the id is known
problem: String :: Why its conversation cannot be read, if so
start: String :: Which message started the conversation, if it is a sub-agent's
attachments: List<String> :: What is attached to the conversation, each with its size
native_id: String :: The id that the agent gave the conversation
git_branch: String :: The git branch in which the agent worked
agent_version: String :: The version of the agent
added: List<Message> :: The messages that it adds
diff: MessageDiff :: What it changes in its parent's conversation
"""
)
OPERATION_KEYWORDS = _read(
    """
id: OperationId :: The operation's id
description: String :: The description
kind: String :: The kind: `undo`, `outside`, the command's name
time: TimestampRange :: When it was run
user: String :: The user and the machine, `ann@host`
username: String :: The user
host: String :: The machine
replica: String :: The copy of the repository in which it was run
workspace_name: String :: The workspace in which it was run; empty for changes from outside
args: String :: The command line, without texts of messages
attributes: String :: The command line and other attributes, a line each
parents: List<Operation> :: The operations before it
current_operation: Boolean :: Whether it is the present one
root: Boolean :: Whether it is the root operation
snapshot: Boolean :: Whether `wj watch` or a hook made it
"""
)
REF_KEYWORDS = _read(
    """
name: RefSymbol :: The name, without its remote
short_name: String :: The name as it is shown: of one that is a UUID the unique beginning
remote: Option<RefSymbol> :: The remote, if it is one of a remote
present: Boolean :: Whether it points anywhere
conflict: Boolean :: Whether it points to several commits
tracked: Boolean :: Whether it is a tracked name of a remote
tracking_present: Boolean :: Whether it is tracked, and the local name is there
tracking_ahead_count: SizeHint :: How many commits it is ahead of the local name
tracking_behind_count: SizeHint :: How many commits it is behind the local name
synced: Boolean :: Whether the names tied to it point to its commit
normal_target: Option<Commit> :: The commit that it points to, if it is one
removed_targets: List<Commit> :: The commits that a conflicted name pointed to before
added_targets: List<Commit> :: The commits that it points to
"""
)
_SUBJECT_KEYWORDS: dict[str, dict[str, Keyword]] = {
    COMMIT: COMMIT_KEYWORDS,
    OPERATION: OPERATION_KEYWORDS,
    REF: REF_KEYWORDS,
    "WorkspaceRef": _read(
        """
name: String :: The workspace's name
target: Commit :: Its current commit
"""
    ),
    MESSAGE: _read(
        """
number: Option<Integer> :: The number in the conversation; none for a row that is no message
role: String :: Who said it: `user`, `assistant`, `tool` or `system`; empty for other rows
kind: String :: The kind of the row in its format
text: String :: Its readable text
said: String :: What was said, without thinking and calls
thinking: String :: What was thought
timestamp: Option<Timestamp> :: When, if that is known
model: String :: The model, if the row names it
id: String :: The id that the agent gave the row
tools: List<String> :: The names of the tools that it calls
calls: List<String> :: The calls of tools, a line each
results: List<String> :: The ids of the calls whose results it has
commit: Commit :: The commit that is shown
session: String :: The session in which it was found, if it was searched for
excerpt: Excerpt :: A line with what was searched for; else the first line
raw: String :: The row as it is stored
"""
    ),
    "CommitEvolutionEntry": {
        **COMMIT_KEYWORDS,
        **_read(
            """
commit: Commit :: The version itself, whose keywords stand alone, too
operation: Option<Operation> :: The operation that made it, if it is known
predecessors: List<Commit> :: The versions that it replaced
"""
        ),
    },
    "SessionEntry": {
        **REF_KEYWORDS,
        **_read(
            """
depth: Integer :: How many sub-agents' sessions deep it stands below another
distance: String :: How far a remote's session is from the local one, in words
is_below: Boolean :: Whether it is a remote's name below the local one
"""
        ),
    },
    "Status": _read(
        """
commit: Option<Commit> :: The current commit, if there is one
parents: List<Commit> :: Its parents
session: String :: The current session, if there is one
workspace: String :: The workspace
"""
    ),
}
MESSAGE_DIFF = {
    "added() -> Integer": "How many messages were added",
    "removed() -> Integer": "How many messages were removed",
    "changed() -> Integer": "How many messages were changed",
    "stat() -> Template": "How many lines differ in each message",
    "summary() -> Template": "The messages that differ, a line each",
    "git() -> Template": "As `git diff` shows it",
    "color_words() -> Template": "With the words that differ in colours",
}

CALLED: dict[str, dict[str, Word]] = {
    COMMIT: dict(
        [word("contained_in(revset: StringLiteral) -> Boolean", "Whether a revset has the commit")]
    ),
    "CommitEvolutionEntry": dict(
        [
            word(
                "contained_in(revset: StringLiteral) -> Boolean", "Whether a revset has the commit"
            ),
            word("inter_diff() -> Template", "What differs from the versions before it"),
        ]
    ),
    "MessageDiff": dict(word(usage, help_text) for usage, help_text in MESSAGE_DIFF.items()),
}
"""Methods of subjects that take arguments, or are no keywords."""

VOCABULARIES = {name: Vocabulary(name, keywords) for name, keywords in _SUBJECT_KEYWORDS.items()}
COMMIT_VOCABULARY = VOCABULARIES[COMMIT]
OPERATION_VOCABULARY = VOCABULARIES[OPERATION]
REF_VOCABULARY = VOCABULARIES[REF]
MESSAGE_VOCABULARY = VOCABULARIES[MESSAGE]
EVOLUTION_VOCABULARY = VOCABULARIES["CommitEvolutionEntry"]
SESSION_VOCABULARY = VOCABULARIES["SessionEntry"]
STATUS_VOCABULARY = VOCABULARIES["Status"]

# Values of these types have methods, but no text.
WITHOUT_TEXT = frozenset(_SUBJECT_KEYWORDS) - {REF, "WorkspaceRef"} | {"MessageDiff", "SizeHint"}
