"""Descriptions edited in the user's editor.

The editor is WJ_EDITOR, the user's setting `ui.editor`, VISUAL or EDITOR, in this order. Lines
that begin with `WJ:` are comments; `WJ: ignore-rest` ends the text. The store lock is not held
while the editor runs.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from porcelain.actions.editing.describe import normal_description
from porcelain.errors import Refused

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.ids import CommitId

_OTHER = "WJ_EDITOR, the setting ui.editor, VISUAL or EDITOR can name an editor"
_NO_EDITOR = "`-m TEXT` needs no editor"
_MARK = "WJ:"
_HEADER = "WJ: describe "
_REST = "WJ: ignore-rest"
_LAST = "Lines that begin with `WJ:` are removed."


def edit_description(context: Context, text: str, about: Sequence[str]) -> str:
    """Let the user edit one description; `about` are comments below it."""
    written = _edit(context, "\n".join([text.rstrip("\n"), "", *_comment([*about, _LAST]), ""]))
    return _uncommented(written)


def edit_combined(context: Context, texts: Sequence[tuple[str, str]], about: Sequence[str]) -> str:
    """Let the user make one description of several, each below a comment with its origin."""
    parts = _comment(["Enter a description for the combined commit."])
    for origin, text in texts:
        parts += [*_comment([f"Description from {origin}:"]), text.rstrip("\n"), ""]
    return _uncommented(_edit(context, "\n".join([*parts, *_comment([*about, _LAST]), ""])))


def edit_descriptions(
    context: Context, texts: Mapping[CommitId, str], about: Mapping[CommitId, Sequence[str]]
) -> dict[CommitId, str]:
    """Let the user edit several descriptions in one file; keys are commit ids.

    Raises:
        Refused: afterwards a description is missing, or one is of another commit.
    """
    parts = [*_comment(["One description each, below its `WJ: describe` line."]), ""]
    for key, text in texts.items():
        parts += [f"{_HEADER}{key[:12]} -------", text.rstrip("\n"), ""]
        parts += [*_comment(about[key]), ""]
    written = _edit(context, "\n".join([*parts, *_comment([_LAST]), ""])) if texts else ""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in written.split("\n"):
        if line.startswith(_HEADER):
            lines = []
            found[line[len(_HEADER) :].split(" ")[0]] = lines
        elif line.startswith(_REST):
            break
        else:
            lines.append(line)
    short = {key[:12]: key for key in texts}
    if set(found) != set(short):
        raise Refused(
            "The file no longer has one description for each commit",
            "Keep the lines that begin with `WJ: describe`",
        )
    return {short[key]: _uncommented("\n".join(part)) for key, part in found.items()}


def edit_settings(context: Context, text: str) -> str:
    """Let the user edit a configuration file's text."""
    return _edit(context, text, ".toml", "`wj config set` needs no editor")


def _comment(lines: Sequence[str]) -> list[str]:
    return [f"{_MARK} {line}" for line in lines]


def _uncommented(text: str) -> str:
    kept = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith(_REST):
            break
        if not line.startswith(_MARK):
            kept.append(line)
    return normal_description("\n".join(kept))


def _edit(
    context: Context, text: str, suffix: str = ".wjdescription", otherwise: str = _NO_EDITOR
) -> str:
    """Run the editor on a file with this text; return the edited text."""
    words = _command(context, otherwise)
    handle, path = tempfile.mkstemp(prefix="wj-", suffix=suffix)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    try:
        status = subprocess.run([*words, path], check=False).returncode
    except OSError as error:
        os.unlink(path)
        raise _failed(words, str(error.strerror), otherwise) from error
    kept = f"The text is kept in {path}"
    if status:
        how = f"it ended with {status}" if status > 0 else f"signal {-status} killed it"
        raise _failed(words, how, kept, otherwise)
    try:
        with open(path, encoding="utf-8") as stream:
            written = stream.read()
    except FileNotFoundError as error:
        raise _failed(words, "it removed the file that it was given", otherwise) from error
    except UnicodeDecodeError as error:
        raise _failed(words, "it wrote text that is not UTF-8", kept, otherwise) from error
    os.unlink(path)
    return written


def _failed(words: Sequence[str], why: str, *hints: str) -> Refused:
    return Refused(f"The editor `{words[0]}` failed: {why}", *hints)


def _command(context: Context, otherwise: str) -> list[str]:
    settings = context.settings
    named = settings.variable("WJ_EDITOR") or settings.own_text("ui.editor")
    named = named or settings.variable("VISUAL") or settings.variable("EDITOR")
    if named:
        try:
            return shlex.split(named)
        except ValueError as error:
            raise Refused(f"The editor `{named}` is not a command line: {error}", _OTHER) from error
    if sys.stdin.isatty() and sys.stdout.isatty():
        return ["vi"]
    raise Refused(
        "There is no editor to edit the text",
        otherwise,
        _OTHER,
        code="no_editor",
    )
