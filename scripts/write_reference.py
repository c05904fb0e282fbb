"""Write docs/reference from the tables of the code, or with --check say which page is stale."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import click

from porcelain.cli.config.keys import KEYS, Key, format_value
from porcelain.cli.main import ALIASES, make_root
from porcelain.cli.run.colors import THEME
from porcelain.cli.run.params import GlobalOption
from porcelain.cli.shell.help_topics import SCOPES, STYLES
from porcelain.exchange.agents.table import AGENTS
from porcelain.exchange.resume.resumed import writer_of
from porcelain.language.revset.functions import FUNCTIONS
from porcelain.language.template.built_in import ALIASES as LOOKS
from porcelain.language.template.keywords import CALLED, VOCABULARIES, Vocabulary
from porcelain.language.template.vocabulary import FUNCTIONS as TEMPLATE_FUNCTIONS
from porcelain.language.template.vocabulary import METHOD_WORDS
from porcelain.transcript.conversion.convert import CODECS
from porcelain.transcript.format_table import FORMATS, format_named
from porcelain.transcript.reading.document_file import DocumentFormat, in_order
from porcelain.transcript.row import Format, linear
from scripts.json_reference import json_page

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"

_TYPES = {
    "line": "text",
    "text": "text",
    "list": "array of strings",
    "number": "whole number",
    "flag": "boolean",
    "style": "colour or table",
}

_COMMANDS = """\
# Commands

`wj COMMAND --help` shows the same in a terminal.
Without a command, `wj` is `wj log`.

Data goes to stdout, everything about it to stderr.
With `--json`, stdout is `{"schema": 1, "data": …}`, and an error on stderr
`{"schema": 1, "error": {"code", "message", "hints"}}`.

| exit code | |
|---|---|
| 0 | done, or nothing to do |
| 1 | refused; nothing was changed |
| 2 | wrong usage |
| 3 | the output was closed |
| 130 | interrupted |
| 255 | a bug |
"""

_FORMATS = """\
# Formats

What `wj` can do with each transcript format; [formats.md](../formats.md) says how.

- in: `wj import` reads it.
- byte for byte: `wj export` gives an unchanged file back as it was.
- branches: places where somebody went back become forks.
- `append`: `wj append` writes messages.
- converted: everything is read from it, and `wj export --format` writes it from any other format.
  From formats without this, the words alone are converted.
- resumed: `wj resume` writes files that these agents go on with.

| format | in | byte for byte | branches | `append` | converted | resumed by |
|---|---|---|---|---|---|---|"""

_SHOWN_BY = """\
## Tests that show it

| what | tests |
|---|---|
| in, byte for byte | `tests/porcelain/transcript/test_real_formats.py::test_a_real_file_comes_back_byte_for_byte`, `::test_exactly_the_right_format_claims_a_real_file` |
| mangled files are read or refused | `tests/porcelain/transcript/test_corruption.py` |
| branches | `tests/porcelain/transcript/claude/test_claude_lineage.py`, and the tests of each format in `tests/porcelain/transcript/lines/` and `tests/porcelain/transcript/documents/` |
| `append` | `tests/porcelain/transcript/lines/test_row_writers.py`, `tests/porcelain/transcript/documents/test_opencode_writer.py`, `tests/porcelain/transcript/claude/test_claude_writer.py` |
| converted | `tests/porcelain/transcript/conversion/test_convert.py::test_what_a_format_holds_comes_back_equal`, `tests/porcelain/cli/commands/transcripts/test_export_formats.py` |
| resumed | `tests/porcelain/cli/commands/transcripts/test_resume_agents.py`, `tests/porcelain/exchange/resume/test_claude_file.py` |
"""

_REVSETS = """\
# Revsets

An expression that names commits, for `wj log -r` and wherever a command takes a revision.
Most functions and operators are Jujutsu's.

## Names

| written | names |
|---|---|
| `@` | where this workspace stands; `name@` another workspace |
| `try-b` | the tip of a session, or the commit of a tag |
| `name@remote` | where a remote's session was last seen |
| `3fa2` | the commit whose id begins so |
| `wq` | the change whose id begins so; `wq/1` its second newest version |
| `8b1c3e7f-c56b-47fd-bdce-bbb1bd269721` | the agent's id: the session of a conversation, or the commit that adds a row |

Tags come before sessions, sessions before commit ids, commit ids before change ids, and those
before the agent's ids, which have to be complete.
A prefix is looked up among visible commits first.
A name with other characters than letters, digits, `_`, `*`, `/`, and `.`, `+`, `-` between them
is written in quotes: `"a name"`, `'a name'`.

## Operators

Strongest first. Only `&`, `~` and `|` may have blanks around them.

| written | names |
|---|---|
| `x-` | parents of x |
| `x+` | children of x |
| `x::` | x and all that continues it |
| `::x` | x and its ancestors |
| `x::y` | what lies between, both included |
| `x..y` | ancestors of y that are not ancestors of x |
| `x..` | what is not an ancestor of x |
| `..y` | ancestors of y, without the root |
| `::`, `..` | all visible commits, with and without the root |
| `~x` | what is not in x |
| `x & y` | what is in both |
| `x ~ y` | what is in x and not in y |
| `x \\| y` | what is in either |

## Patterns

A `pattern` is a glob that fits the whole text; `*` stands for any text. Other kinds are
`exact:`, `regex:` and `substring:`, with `-i` behind them where case does not matter. Patterns
are combined like sets: `model(*opus* ~ *-4-1-*)`.

| written | names the commits of conversations |
|---|---|
| `project(wajutsu)` | in a working folder of this name |
| `project("/srv/*/demo")` | in a working folder whose path fits |
| `agent(claude-code)` | of an agent, by the name of its format |
| `agent("claude-code 2.1.*")` | of its versions |
| `native("8b1c3e7f-c56b-47fd-bdce-bbb1bd269721")` | with this id of the agent's |

## Functions

| function | names |
|---|---|
"""

_TEMPLATES = """\
# Templates

What the looks of listings are made of: `wj log -T TEMPLATE` prints one for each commit, `wj op
log -T` for each operation, `wj cat -T` and `wj search -T` for each message. The settings
`templates.*` name the looks that are used without `-T`; a bare `-T` lists the built-in ones.

```sh
wj log --no-graph -T 'change_id.shortest(8) ++ " " ++ commit_id.short() ++ "\\n"'
```

Parts are put together with `++`. Texts are in quotes; `\\n` is a new line, `\\t` a tab. Operators,
strongest first: `f(x)` `x.f()`, `-x` `!x`, `kind:x`, `*` `/` `%`, `+` `-`, `<` `<=` `>` `>=`, `==`
`!=`, `&&`, `||`, `++`. A lambda is `|x| …`, a pattern a text or `regex:"…"`, `glob:"…"`,
`exact:"…"`, `substring:"…"`, with `-i` where case does not matter.

Keywords of the subject stand alone; `self` is the subject. Of a value that is a subject itself
they are methods: `parents.map(|one| one.title())`. A value that may be missing is an option: false
in a condition, nothing when it is printed, an error in its place where a method is called.
Errors are printed where they happen; `try` chooses what has none. Every text that comes from a
value is made safe to show. Of jj's language the types of files and trees are left out, for there
are messages in their place, and `git_web_url`, for conversations have no page at a host.

"""


def config_page() -> str:
    """Return the page of all settings."""
    lines = [
        "# Configuration",
        "",
        "Settings come from built-in defaults, your own file, the repository's file and the",
        "command line (`--config NAME=VALUE`, `--config-file PATH`); the later wins, setting by",
        "setting. `wj config path` prints where a file is. A repository's own file is not",
        "trusted: what it may not set is ignored there, with a warning.",
        "",
        "| setting | type | default | in a repository | meaning |",
        "|---|---|---|---|---|",
        *map(_config_row, KEYS),
        "",
        "## Styles",
        "",
        _indented_as_code(STYLES, "toml"),
        "",
        "The built-in rules:",
        "",
        "| labels | style |",
        "|---|---|",
        *(
            f"| `{labels}` | {', '.join(f'`{name} = {value}`' for name, value in style.items())} |"
            for labels, style in THEME.items()
        ),
        "",
        "## Scopes",
        "",
        _indented_as_code(SCOPES, "toml"),
        "",
    ]
    return "\n".join(lines)


def _indented_as_code(text: str, language: str) -> str:
    """Return a text with its indented lines as a block of code."""
    prose, _, code = text.rstrip("\n").partition("\n\n")
    return f"{prose}\n\n```{language}\n{dedent(code)}\n```"


def command_page() -> str:
    """Return the page of all commands."""
    root = make_root()
    context = click.Context(root, info_name="wj")
    lines = [_COMMANDS, "## Options of every command", ""]
    lines += _options(context, [p for p in root.get_params(context) if isinstance(p, GlobalOption)])
    for name in root.list_commands(context):
        lines += _command(root, context, name)
    return "\n".join(lines)


def _command(group: click.Group, above: click.Context, name: str) -> Iterator[str]:
    """Yield the lines of a command, and of the commands below it."""
    command = group.get_command(above, name)
    if command is None or command.hidden:
        return
    context = click.Context(command, info_name=name, parent=above)
    usage = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    yield f"## `{' '.join([context.command_path, *usage])}`"
    yield ""
    others = [other for other, meant in ALIASES.items() if meant == name]
    if others and above.parent is None:
        yield f"Also {', '.join(f'`wj {other}`' for other in sorted(others))}."
        yield ""
    yield from _prose(command.help or "")
    own = [p for p in command.get_params(context) if type(p) is not GlobalOption]
    yield from _options(context, [p for p in own if "--help" not in p.opts])
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _command(command, context, below)


def _prose(text: str) -> Iterator[str]:
    """Yield a help text; what click does not wrap, it is told not to wrap here either."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```", *paragraph.lstrip("\b\n").splitlines(), "```", "")
        else:
            yield from (" ".join(paragraph.split()), "")


def _options(context: click.Context, params: list[click.Parameter]) -> list[str]:
    options = (param for param in params if isinstance(param, click.Option))
    records = [option.get_help_record(context) for option in options]
    known = [record for record in records if record is not None]
    if not known:
        return []
    rows = [f"| `{_cell(option)}` | {_cell(meaning)} |" for option, meaning in known]
    return ["| option | |", "|---|---|", *rows, ""]


def revset_page() -> str:
    """Return the page of the revset language."""
    rows = (f"| `{f.usage}` | {_cell(f.help)} |" for _, f in sorted(FUNCTIONS.items()))
    return _REVSETS + "\n".join(rows) + "\n"


def template_page() -> str:
    """Return the page of the template language."""
    lines: list[str] = []
    for vocabulary in VOCABULARIES.values():
        lines += _keywords(vocabulary)
    lines += ["## Functions", "", "| function | |", "|---|---|"]
    lines += [f"| `{word.usage}` | {_cell(word.help)} |" for word in TEMPLATE_FUNCTIONS.values()]
    lines += ["", "## Methods", "", "| of | method | |", "|---|---|---|"]
    for owner, methods in [*METHOD_WORDS.items(), *CALLED.items()]:
        rows = (f"| `{owner}` | `{word.usage}` | {_cell(word.help)} |" for word in methods.values())
        lines += rows
    lines += ["", "## Built-in templates and aliases", ""]
    lines += ["Each can be replaced in `template-aliases`.", "", "```toml"]
    lines += [f"{_quoted(name)} = '''{dedent(text).strip()}'''" for name, text in LOOKS.items()]
    return _TEMPLATES + "\n".join([*lines, "```"]) + "\n"


def _quoted(name: str) -> str:
    return f"'{name}'" if "(" in name else name


def _keywords(vocabulary: Vocabulary) -> Iterator[str]:
    yield from (f"## Keywords of `{vocabulary.name}`", "", "| keyword | type | |", "|---|---|---|")
    for name, keyword in vocabulary.keywords.items():
        yield f"| `{name}` | `{keyword.type}` | {_cell(keyword.help)} |"
    yield ""


def formats_page() -> str:
    """Return the page that says what each transcript format can do."""
    lines = [_FORMATS]
    for name in FORMATS:
        if not FORMATS.is_own(name):
            continue
        module = format_named(name)
        agents = [a for a in AGENTS.values() if a.format == name and writer_of(a) is not None]
        resumed = ", ".join(agent.title for agent in agents)
        whole = "a document for each conversation" if name == "llm" else "yes"
        cells = (
            "yes",
            whole,
            "yes" if _has_branches(module) else "",
            "yes" if module.write_message is not None else "",
            "yes" if name in CODECS else "",
            resumed,
        )
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _SHOWN_BY])


def _has_branches(module: Format) -> bool:
    """Tell whether a format's rows can form a tree."""
    arranged = getattr(module.lineages, "__self__", None)
    if isinstance(arranged, DocumentFormat):
        return arranged.turns_of is not in_order
    return module.lineages is not linear


def _config_row(key: Key) -> str:
    name = ".".join(key.name).replace("*", "<name>")
    kind = ", ".join(f"`{choice}`" for choice in key.choices) or _TYPES[key.type]
    default = "" if key.default is None else f"`{format_value(key.default)}`"
    allowed = "yes" if key.in_repository else "no"
    return f"| `{name}` | {kind} | {default} | {allowed} | {key.help} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES = {
    "cli.md": command_page,
    "config.md": config_page,
    "formats.md": formats_page,
    "json.md": json_page,
    "revsets.md": revset_page,
    "templates.md": template_page,
}


def main(arguments: list[str]) -> int:
    """Write every page; with `--check` write none and return 1 when one differs."""
    check = arguments == ["--check"]
    if arguments and not check:
        sys.stderr.write("usage: write_reference.py [--check]\n")
        return 2
    stale = []
    for name, render in PAGES.items():
        path, text = REFERENCE / name, render()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.stderr.write(f"stale: {', '.join(stale)} in docs/reference; run `make docs`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
