"""Completion in the shell: scripts for bash, zsh and fish, and their questions answered.

The script asks `wj` itself, with `_WJ_COMPLETE` set. Names, changes and operations are answered
from the index, with titles as help; inside a revset its last word is completed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from porcelain.cli.render.commit import Commits
from porcelain.cli.run.context import Context
from porcelain.cli.run.settings import Settings
from porcelain.display import plain
from porcelain.index.default_log import newest_heads
from porcelain.index.newest_names import newest_names
from porcelain.index.short_names import short_name
from porcelain.index.view_rows import operation_rows, part_rows, rows_beginning
from porcelain.language.revset.functions import FUNCTIONS
from porcelain.language.template.keywords import COMMIT_KEYWORDS
from porcelain.model.view_value import SESSIONS, TAGS
from store.ids import CommitId

_SHORT = 8

_LAST_WORD = re.compile(r"[\w./@-]*\Z")
_HARMLESS = re.compile(r"\w[\w./+-]*")
_MOST = 100
_MOST_HEADS = 30
_HELP = 60
VARIABLE = "_WJ_COMPLETE"

# bash breaks words at `@`, `:` and `=`, and replaces only what stands behind the last of them.
_BASH = """\
_wj_completion() {
    local IFS=$'\\n' answer
    answer=$(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        COMP_WORDBREAKS="$COMP_WORDBREAKS" _WJ_COMPLETE=bash_complete %(prog_name)s)
    COMPREPLY=()
    local line
    for line in $answer; do
        case "$line" in
            dir,*|file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done
}
complete -o nosort -F _wj_completion %(prog_name)s 2> /dev/null ||
    complete -F _wj_completion %(prog_name)s
"""

_Value = tuple[str, Callable[[], str]]
"""A value, and its help, which is asked for only where the value begins as typed."""

_Values = Callable[[Context, str], Iterator[_Value]]


class _Bash(BashComplete):
    """bash: the whole line is split here, since bash would split words of revsets."""

    source_template = _BASH
    breaks = ""

    def source(self) -> str:
        return _BASH % {"prog_name": self.prog_name}

    def get_completion_args(self) -> tuple[list[str], str]:
        read = Settings().variable
        point = read("COMP_POINT")
        line = read("COMP_LINE")
        before = line.encode()[: int(point)].decode("utf-8", "ignore") if point.isdigit() else line
        words = split_arg_string(before)
        incomplete = "" if before[-1:].isspace() or len(words) < 2 else words.pop()
        is_quoted = before.endswith(incomplete) and before[: -len(incomplete) or None][-1:] in "'\""
        self.breaks = "" if is_quoted else read("COMP_WORDBREAKS")
        self.typed = incomplete
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        found = [self.typed.rfind(letter) for letter in ":=@" if letter in self.breaks]
        value = str(item.value)[max(found, default=-1) + 1 :]
        return f"{item.type},{value}"


_SHELLS: dict[str, type[ShellComplete]] = {
    "bash": _Bash,
    "zsh": ZshComplete,
    "fish": FishComplete,
}
SHELLS = tuple(_SHELLS)


def script(root: click.Command, shell: str) -> str:
    """Return the script that makes a shell complete `wj`."""
    return _SHELLS[shell](root, {}, "wj", VARIABLE).source()


def answer(root: click.Command, context: Context, question: str) -> str:
    """Return what a script's question (`bash_complete`, say) is answered with."""
    shell, _, _ = question.partition("_")
    if shell not in _SHELLS:
        return ""
    # bash shows no help, so that no title has to be looked up.
    context.complete = partial(_complete, has_help=shell != "bash")
    return _SHELLS[shell](root, {"obj": context}, "wj", VARIABLE).complete()


def _complete(
    ctx: click.Context, kind: str, incomplete: str, *, has_help: bool
) -> list[CompletionItem]:
    """Return the values of a kind that begin as typed; none where the repository cannot be read."""
    context: Context = ctx.obj
    before, word = "", incomplete
    if kind in ("REV", "REVSET"):
        found = _LAST_WORD.search(incomplete)
        word = found[0] if found else ""
        before = incomplete[: len(incomplete) - len(word)]
    try:
        values = islice(_matching(_VALUES[kind](context, word), word), _MOST)
        return [
            CompletionItem(f"{before}{value}", help=plain(help_of(), _HELP) if has_help else None)
            for value, help_of in values
        ]
    except Exception:  # noqa: BLE001 - a shell shows no errors while one types
        return []


def _matching(values: Iterator[_Value], word: str) -> Iterator[_Value]:
    seen: set[str] = set()
    for value, help_of in values:
        if value.startswith(word) and value not in seen:
            seen.add(value)
            yield value, help_of


def _fixed(text: str) -> Callable[[], str]:
    return lambda: text


def _safe(names: Iterable[str]) -> Iterator[str]:
    """Yield the names that no shell gives a meaning to.

    A name may come from another machine, and what a shell completes is run as it stands.
    """
    return (name for name in names if _HARMLESS.fullmatch(name))


def _sessions(context: Context, word: str) -> Iterator[_Value]:
    """Yield names that may begin as typed; without a letter yet, the newest first."""
    repo = context.reader
    commits = Commits(repo)

    def title_at(target: str) -> str:
        position = None if " " in target else commits.find(CommitId(target))
        return commits.title(repo.row(position)) if position else ""

    found = (
        rows_beginning(repo.index, SESSIONS, word) if word else newest_names(repo.index, SESSIONS)
    )
    for name, target in found:
        if not _HARMLESS.fullmatch(name):
            continue
        title = partial(title_at, target)
        yield name, title
        if (short := short_name(repo.index, name)) != name:
            yield short, title


def _tags(context: Context, _word: str) -> Iterator[_Value]:
    for name in _safe(name for name, _ in part_rows(context.reader.index, TAGS)):
        yield name, _fixed("tag")


def _workspaces(context: Context, _word: str) -> Iterator[_Value]:
    for name in _safe(context.reader.workspaces()):
        yield name, _fixed("workspace")


def _changes(context: Context, _word: str) -> Iterator[_Value]:
    repo = context.reader
    commits = Commits(repo)
    here = repo.graph.workspace(None)
    positions = [here] if here else []
    while positions and len(positions) < _MOST_HEADS and repo.graph.parents(positions[-1]):
        positions.append(repo.graph.parents(positions[-1])[0])
    for position in [*positions, *newest_heads(repo.index, _MOST_HEADS)]:
        if position:
            title = partial(_title, commits, position)
            yield repo.change_id(position)[:_SHORT], title


def _title(commits: Commits, position: int) -> str:
    return commits.title(commits.repo.row(position))


def _revisions(context: Context, word: str) -> Iterator[_Value]:
    yield "@", _fixed("the current commit")
    yield from _sessions(context, word)
    yield from _tags(context, word)
    yield from ((f"{name}@", text) for name, text in _workspaces(context, word))
    yield from _changes(context, word)
    yield from ((name, _fixed("alias")) for name in context.reader.graph.aliases if "(" not in name)
    for name, function in sorted(FUNCTIONS.items()):
        yield f"{name}()" if function.most == 0 else f"{name}(", _fixed(function.help)


def _operations(context: Context, _word: str) -> Iterator[_Value]:
    index = context.reader.index
    yield "@", _fixed("the newest operation")
    for operation in operation_rows(index, f"1 = 1 ORDER BY seq DESC LIMIT {_MOST}", ()):
        yield operation.id[:12], _fixed(operation.data.description)


def _kinds(context: Context, _word: str) -> Iterator[_Value]:
    for (kind,) in context.reader.index.query("SELECT DISTINCT kind FROM operations"):
        yield kind, str


def _templates(_context: Context, _word: str) -> Iterator[_Value]:
    yield from ((name, _fixed(keyword.help)) for name, keyword in COMMIT_KEYWORDS.items())


_VALUES: dict[str, _Values] = {
    "REV": _revisions,
    "REVSET": _revisions,
    "NAME": _sessions,
    "SESSION": _sessions,
    "OLD": _sessions,
    "OPERATION": _operations,
    "WORKSPACE": _workspaces,
    "TEMPLATE": _templates,
    "KIND": _kinds,
}
