"""The topics of `wj help` that are about no single command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from porcelain.cli.config.keys import KEYS, format_name, format_value
from porcelain.language.revset.functions import FUNCTIONS
from porcelain.language.template.keywords import COMMIT_KEYWORDS
from porcelain.language.template.vocabulary import FUNCTIONS as TEMPLATE_FUNCTIONS

STYLES = """\
A style is a colour (`red`, `bright red`, `default`, `#rrggbb`, `ansi-color-81`) or a table of
`fg`, `bg`, `bold`, `dim`, `italic`, `underline`, `reverse` and `crossed-out`. Labels are those
that `--color debug` shows; of several rules that fit, the one with the deepest labels wins, for
each attribute on its own:

  [colors]
  "working_copy description" = { fg = "bright yellow", underline = true }
"""
SCOPES = """\
Settings in a scope hold where all its conditions do: in repositories at or below a folder, for
commands (`op` means all of `wj op`), on platforms (`linux`, `macos`, `unix`):

  [[--scope]]
  --when.repositories = ["~/work"]
  --when.commands = ["log", "op log"]
  [--scope.ui]
  log-word-wrap = true
"""


class Topic(NamedTuple):
    """A topic: one line about it, and what makes its text."""

    line: str
    text: Callable[[], str]


def _listed(rows: Iterable[tuple[str, str]]) -> str:
    """Return two columns; a wide left side has the right one below it."""
    lines = []
    for left, right in rows:
        wide = len(left) > 26
        lines.append(f"  {left}\n      {right}" if wide else f"  {left:<26}  {right}")
    return "\n".join(lines)


def _revsets() -> str:
    functions = _listed((one.usage, one.help) for _, one in sorted(FUNCTIONS.items()))
    return f"""\
A revset is an expression that names commits: `wj log -r REVSET`.

  @                           the current commit; `name@` is another workspace's
  demo                        a session or a tag
  xqtl, 3f2a                  the beginning of a change id (k to z) or of a commit id
  xqtl/1                      the version of a change before the newest
  x- x+                       parents, children
  ::x x:: x::y                ancestors, descendants, what is on the way from x to y
  x..y                        ancestors of y that are not ancestors of x
  ~x x&y x~y x|y              not, and, but not, or

Patterns of names are globs, those of texts substrings: `try-*`, `exact:"a b"`, `regex:…`,
with `-i` (`glob-i:`) for equal upper and lower case. Dates: `after:"2 days ago"`,
`before:2026-03-12`. Settings `revset-aliases.NAME` give a revset a name.

Functions:
{functions}

  wj log -r 'demo..try-b'                 what try-b has and demo has not
  wj log -r 'tool(Bash) & after:yesterday'  what may have run commands since yesterday
"""


def _templates() -> str:
    keywords = _listed((name, one.help) for name, one in COMMIT_KEYWORDS.items())
    functions = _listed(
        (one.usage.partition(" -> ")[0], one.help) for one in TEMPLATE_FUNCTIONS.values()
    )
    return f"""\
A template says how something is printed: `wj log -T TEMPLATE`.

Texts stand in quotation marks, `++` joins them, methods follow a dot:

  wj log -G -T 'change_id.shortest(8) ++ " " ++ description.first_line() ++ "\\n"'

Keywords of commits:
{keywords}

Functions:
{functions}

The looks of `log`, `show`, `op log`, `evolog`, `status`, `session list`, `tag list` and `search`
are templates: `-T` without a value lists them. The settings `templates.log` and the like replace
them, and `template-aliases` replace what they are made of, for example the form of times:

  wj config set --user "template-aliases.'format_timestamp(t)'" 't.ago()'

Operations, sessions and messages (`wj cat -T`, `wj search -T`) have keywords of their own; the
reference lists all of them, and all methods.
"""


def _config() -> str:
    keys = _listed(
        (
            format_name(key.name).replace('"*"', "NAME"),
            key.help + ("" if key.default is None else f" (default: {format_value(key.default)})"),
        )
        for key in KEYS
    )
    return f"""\
Settings come from these places; a later one wins:

  the built-in defaults
  your file                 `wj config path --user`
  the repository's file     `wj config path --repo`; it cannot set programs, paths or aliases
  --config-file PATH, --config NAME=VALUE

`wj config list` shows what is set and where, `wj config set --user NAME VALUE` sets it,
`wj config edit --user` opens the file.

{keys}

{STYLES}
{SCOPES}"""


def _sessions() -> str:
    return """\
A session is a named conversation. Its name points to a commit, its newest change, and moves
forward as the conversation is recorded; it is what jj calls a bookmark.

  wj session list             newest first, with agent, project, model and title
  wj import                   the sessions of agents on this machine; `--all` records them
  wj fork REV NAME            start another session from any commit
  wj fork demo --at 12        … from inside a conversation, after message 12
  wj edit NAME                move there; `append` and `save` continue it
  wj resume NAME              go on with it in its agent
  wj session rename OLD NEW   also `set`, `move`, `delete`, `forget`, `track`

`@` is the current commit of this workspace. Commits without a name stay as heads: `wj leaves`.
A name that is a UUID is shown by its beginning, and may be typed so.
"""


def _undo() -> str:
    return """\
Each command that changes something is one operation, and every operation can be undone.

  wj undo                     take back the newest operation; again: the one before
  wj redo                     go forward again
  wj op log                   all operations; `-d` with what each changed
  wj --at-op OPERATION log    look at the repository as it was
  wj op restore OPERATION     go back to how it was then
  wj op revert OPERATION      take back one operation in the middle
  wj undo --session NAME      the newest operation that touched a session

Nothing that was saved is lost by any of these. `wj evolog -r REV` shows how a change came to be.
"""


def _tutorial() -> str:
    return """\
A conversation with an agent, from its file to a fork and back:

  wj init                               create your repository
  wj import ~/.claude/projects/x.jsonl  one change for each turn
  wj log                                look at the tree
  wj show                               what the current change says
  wj fork @-- try-b                     start again from two turns before
  wj append -m 'another question'       say something there
  wj diff --from demo --to try-b        what the two said differently since they parted
  wj undo                               take the last step back
  wj resume try-b                       go on in the agent
  wj search 'station*'                  find what was ever said

`wj help sessions`, `undo`, `revsets`, `templates` and `config` say more; `wj COMMAND -h` shows
all options.
"""


TOPICS = {
    "config": Topic("Where settings come from, and all of them", _config),
    "revsets": Topic("How commits are named", _revsets),
    "sessions": Topic("Sessions, forks and positions", _sessions),
    "templates": Topic("How output is formed", _templates),
    "tutorial": Topic("First steps", _tutorial),
    "undo": Topic("Undo, redo and the operation log", _undo),
}
"""The topics by name."""
TOPICS["bookmarks"] = TOPICS["sessions"]
