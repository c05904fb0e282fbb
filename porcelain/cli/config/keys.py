"""The existing settings: names, types, defaults, and the files that may set them.

A name is a dotted TOML key: a tuple of parts in the code (`("aliases", "my log")`), text for the
user (`aliases."my log"`). A value is text or a tuple of texts.

A received repository must not run anything, so its own file cannot set programs, paths and
aliases.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from porcelain.cli.config.styles import WANTED, Style, read_style
from porcelain.errors import ConfigError

Name: TypeAlias = tuple[str, ...]
Value: TypeAlias = str | tuple[str, ...]
Source: TypeAlias = Literal["default", "user", "repo", "command line"]

_ANY = "*"
_MOST_DIGITS = 9
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


class Key(NamedTuple):
    """One setting; with `*` as its last part, a table with names of the user's choice.

    Types: `line` is text without control characters, `text` any text, `choice` one of
    `choices`, `list` an array of strings, `number` the digits of a whole number from 0, `flag` a boolean,
    whose value is `true` or `false`, `style` a colour or a table of attributes.
    `default` None means unset.
    """

    name: Name
    type: Literal["line", "text", "choice", "list", "number", "flag", "style"]
    default: Value | None
    help: str
    choices: tuple[str, ...] = ()
    in_repository: bool = True


KEYS: tuple[Key, ...] = (
    Key(("user", "name"), "line", None, "Your name, recorded in commits"),
    Key(("user", "email"), "line", None, "Your e-mail address, recorded in commits"),
    Key(
        ("repository", "path"),
        "line",
        None,
        "The repository to use if nothing else names one",
        in_repository=False,
    ),
    Key(
        ("watch", "include"),
        "list",
        None,
        "Folders: `wj watch` and hooks record only sessions of projects in them",
        in_repository=False,
    ),
    Key(
        ("watch", "exclude"),
        "list",
        None,
        "Folders: `wj watch` and hooks record no session of projects in them",
        in_repository=False,
    ),
    Key(("revsets", "log"), "text", "builtin_log()", "What `wj log` shows without `-r`"),
    Key(
        ("revsets", "short-prefixes"),
        "text",
        None,
        "Commits whose ids get the shortest prefixes; unset: those of `revsets.log`, empty: none",
    ),
    Key(
        ("revset-aliases", _ANY),
        "text",
        None,
        "A name of your own for a revset: `name`, or `'name(x, y)'` with parameters",
    ),
    *(
        Key(("templates", name), "text", f"builtin_{look}", f"The look of {of}")
        for name, look, of in (
            ("log", "log_compact", "`wj log`"),
            ("show", "log_detailed", "a commit in `wj show`, above its messages"),
            ("op_log", "op_log_compact", "`wj op log`"),
            ("evolog", "evolog_compact", "`wj evolog`"),
            ("status", "status", "the position in `wj status`"),
            ("session_list", "session_list", "`wj session list`"),
            ("tag_list", "tag_list", "`wj tag list`"),
            ("search", "search", "a message that `wj search` finds"),
            ("commit_summary", "commit_summary", "a commit in one line, as in `wj status`"),
        )
    ),
    Key(
        ("template-aliases", _ANY),
        "text",
        None,
        "A name of your own for a template: `name`, or `'name(x, y)'` with parameters",
    ),
    Key(
        ("colors", _ANY),
        "style",
        None,
        "How text with labels looks: labels of an output, outermost first; see below",
    ),
    Key(
        ("ui", "color"),
        "choice",
        "auto",
        "When to colour output; `debug` shows the labels of each piece",
        choices=("always", "never", "auto", "debug"),
    ),
    Key(
        ("ui", "default-command"),
        "list",
        ("log",),
        "The command that `wj` runs without one, as a list of arguments",
        in_repository=False,
    ),
    Key(
        ("ui", "pager"),
        "line",
        "less -FRX",
        "The command line of the pager; WJ_PAGER goes before it",
        in_repository=False,
    ),
    Key(
        ("ui", "paginate"),
        "choice",
        "auto",
        "Whether long output goes through the pager on a terminal",
        choices=("auto", "never"),
    ),
    Key(
        ("ui", "log-word-wrap"),
        "flag",
        "false",
        "Wrap the lines of the log at words where they are too wide, instead of shortening them",
    ),
    Key(
        ("ui", "graph", "style"),
        "choice",
        "curved",
        "The lines of graphs",
        choices=("curved", "square", "ascii"),
    ),
    Key(
        ("ui", "editor"),
        "line",
        None,
        "The command line of the editor for descriptions; WJ_EDITOR goes before it",
        in_repository=False,
    ),
    Key(
        ("aliases", _ANY),
        "list",
        None,
        "A command of your own, as a list of arguments",
        in_repository=False,
    ),
    Key(
        ("gc", "keep-operations"),
        "number",
        None,
        "`wj util gc` keeps at least this many of the newest operations; unset: all",
        in_repository=False,
    ),
    Key(
        ("gc", "keep-days"),
        "number",
        None,
        "`wj util gc` keeps the operations of at least this many days; unset: all",
        in_repository=False,
    ),
    Key(
        ("sync", "remotes"),
        "list",
        None,
        "The URLs to which `wj sync` may send everything; `wj sync --enable` adds one",
        in_repository=False,
    ),
    Key(
        ("signing", "key"),
        "line",
        None,
        "The key that signs operations: the file of an ssh key, or the id of a gpg key; unset: none",
        in_repository=False,
    ),
    Key(
        ("signing", "backend"),
        "choice",
        "ssh",
        "The program that signs operations: ssh-keygen, or gpg",
        choices=("ssh", "gpg"),
        in_repository=False,
    ),
    Key(
        ("signing", "backends", "ssh", "allowed-signers"),
        "line",
        None,
        "A file of the ssh keys whose signatures count, as for git; a sync then takes signed "
        "operations alone",
        in_repository=False,
    ),
    Key(("git", "fetch"), "list", None, "The remotes that `wj git fetch` fetches from"),
    Key(("git", "push"), "line", None, "The remote that `wj git push` pushes to"),
    Key(
        ("git", "auto-track", _ANY),
        "list",
        None,
        "Patterns of the new sessions that a fetch from this remote tracks",
    ),
    Key(
        ("git", "namespace"),
        "line",
        None,
        "The folder of `refs/heads` that has all refs at remotes which only take branches",
    ),
    Key(
        ("git", "private-commits"),
        "text",
        None,
        "A revset of the commits that `wj git push` refuses to send",
        in_repository=False,
    ),
    Key(
        ("git", "max-fetch-size"),
        "number",
        "4096",
        "The most that one fetch may bring, in MiB; 0: no limit",
        in_repository=False,
    ),
)

_BY_NAME = {key.name: key for key in KEYS}
_TABLES = frozenset(key.name[:length] for key in KEYS for length in range(1, len(key.name)))


def find_key(name: Name) -> Key | None:
    """Return the setting with this name, or None."""
    if name in _BY_NAME and name[-1] != _ANY:
        return _BY_NAME[name]
    return _BY_NAME.get((*name[:-1], _ANY)) if name and name[-1] else None


def is_table(name: Name) -> bool:
    """Tell whether `name` is a table of settings."""
    return name in _TABLES


def format_name(name: Name) -> str:
    """Return the dotted text of a name, with parts quoted as TOML requires."""
    return ".".join(part if _BARE.match(part) else _quote(part) for part in name)


def format_value(value: Value) -> str:
    """Return a value as TOML on one line, safe to show on a terminal."""
    if isinstance(value, Style):
        return str(value)
    if isinstance(value, str):
        return _quote(value)
    return f"[{', '.join(_quote(item) for item in value)}]"


def _quote(text: str) -> str:
    """Return a TOML basic string, with unprintable characters escaped."""
    parts = []
    for letter in text:
        if letter in '"\\':
            parts.append("\\" + letter)
        elif letter.isprintable():
            parts.append(letter)
        elif letter in "\n\r\t":
            parts.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[letter])
        else:
            code = ord(letter)
            parts.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f'"{"".join(parts)}"'


def parse_name(text: str, path: str = "") -> Name:
    """Return the parts of a dotted name that a user typed; `path` is for the error.

    Raises:
        ConfigError: the text is not a TOML key.
    """
    parts = tuple(text.split("."))
    if all(_BARE.match(part) for part in parts):
        return parts
    import tomllib

    try:
        table: object = tomllib.loads(f"{text} = 0") if "\n" not in text else {}
    except (ValueError, RecursionError):
        table = {}
    name: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((part, table),) = table.items()
        name.append(part)
    if not name or table != 0:
        raise ConfigError(path, format_name((text,)), "is not the name of a setting")
    return tuple(name)


def unknown_setting(path: str, name: Name) -> ConfigError:
    """Return the error for an unknown setting, with similar names."""
    from difflib import get_close_matches

    known = {".".join(key.name).replace(_ANY, "<name>"): key.name for key in KEYS}
    typed = ".".join(name)
    found = get_close_matches(typed, known, n=1) or [
        text
        for text, parts in known.items()
        if get_close_matches(name[-1], parts[-1:], cutoff=0.75)
    ]
    siblings = [text for text, parts in known.items() if parts[:-1] == name[:-1]]
    reason = "there is no such setting"
    if is_table(name):
        reason = "is a table of settings, not a setting"
    elif found:
        reason += f"; did you mean {' or '.join(found)}?"
    elif siblings:
        reason += f"; `{format_name(name[:-1])}` has {', '.join(siblings)}"
    return ConfigError(path, format_name(name), reason)


def check_value(key: Key, raw: object, *, path: str, name: Name) -> Value:
    """Return a parsed TOML value as the type of its setting.

    Raises:
        ConfigError: the value has another type, or is not one of the choices.
    """
    if key.type == "list":
        if isinstance(raw, (list, tuple)) and all(isinstance(item, str) for item in raw):
            return tuple(raw)
        wanted = 'an array of strings, such as ["log", "-n", "5"]'
    elif key.type == "number":
        digits = str(raw) if isinstance(raw, (int, str)) and not isinstance(raw, bool) else ""
        if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
            return digits
        wanted = "a whole number from 0"
    elif key.type == "flag":
        if isinstance(raw, bool) or raw in ("true", "false"):
            return str(raw).lower()
        wanted = "true or false"
    elif key.type == "style":
        style = read_style(raw)
        if style is not None:
            return style
        raise ConfigError(path, format_name(name), f"must be {WANTED}")
    else:
        if isinstance(raw, str):
            return _check_text(key, raw, path=path, name=name)
        wanted = f"one of {', '.join(key.choices)}" if key.choices else "a string"
    raise ConfigError(path, format_name(name), f"must be {wanted}, not {kind_of(raw)}")


def _check_text(key: Key, text: str, *, path: str, name: Name) -> str:
    if key.type == "choice" and text not in key.choices:
        reason = f"must be one of {', '.join(key.choices)}, not {_quote(text)}"
        raise ConfigError(path, format_name(name), reason)
    if key.type == "line" and any(ord(letter) < 0x20 or letter == "\x7f" for letter in text):
        raise ConfigError(path, format_name(name), "must not contain control characters")
    return text


def kind_of(raw: object) -> str:
    """Return the type of a parsed TOML value in words."""
    if isinstance(raw, list):
        strings = all(isinstance(item, str) for item in raw)
        return "an array" if strings else "an array with other values"
    kinds = {str: "a string", bool: "a boolean", int: "an integer", float: "a float"}
    return kinds.get(type(raw), "a table" if isinstance(raw, dict) else "a date or time")


def parse_value(key: Key, text: str, *, path: str, name: Name) -> Value:
    """Return a typed value: parsed as TOML, or the text itself.

    For a text setting, `42` and `true` are text.

    Raises:
        ConfigError: the text begins like TOML but is invalid, or has the wrong type.
    """
    import tomllib

    raw: object = text
    try:
        table = tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError) as error:
        if text.lstrip()[:1] in ('"', "'", "[", "{") and text.strip():
            reason = f"the value is not valid TOML: {error}"
            raise ConfigError(path, format_name(name), reason) from None
    else:
        # More than one key: a line break in the text began another assignment.
        raw = table["x"] if len(table) == 1 else text
    if key.type != "list" and not isinstance(raw, (str, list, dict)):
        raw = text.strip()
    return check_value(key, raw, path=path, name=name)
