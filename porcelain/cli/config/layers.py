"""Configuration in layers: built-in defaults, the user's file, the repository's, the command line.

A later layer wins, setting by setting. Nothing is read before the first question. `get` raises
the fault of a broken file; `items`, `lookup` and `problems` work around it. Files are TOML;
`porcelain.cli.config.keys` has the existing settings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from porcelain.cli.config.keys import (
    KEYS,
    Key,
    Name,
    Source,
    Value,
    check_value,
    find_key,
    format_name,
    is_table,
    kind_of,
    parse_name,
    parse_value,
    unknown_setting,
)
from porcelain.cli.config.scopes import Where, scoped
from porcelain.errors import ConfigError

MAX_BYTES = 1 << 20
# The limits of a repository's own file. The time to parse one dotted key grows with the square
# of its parts: 100 KB of `a.a.a` take minutes.
MAX_RECEIVED_BYTES = 64 << 10
MAX_RECEIVED_DOTS = 100

Table: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[str], Table | None]


class Layer(NamedTuple):
    """A source of settings: a TOML file at `path`, or one `NAME=VALUE` of the command line.

    The file of the repository is not trusted; a `required` file must exist.
    """

    source: Source
    path: str
    assignment: str | None = None
    required: bool = False


class Setting(NamedTuple):
    """One value with its origin; `overridden` if a later layer sets the same name."""

    name: Name
    value: Value
    source: Source
    path: str
    overridden: bool = False

    @property
    def text(self) -> str:
        """The dotted name."""
        return format_name(self.name)


class _Loaded(NamedTuple):
    settings: list[Setting]
    effective: dict[Name, Setting]
    problems: list[ConfigError]
    warnings: list[str]


class Config:
    """The effective settings, read at the first question."""

    __slots__ = ("_layers", "_loaded", "_read", "_where")

    def __init__(
        self, layers: Iterable[Layer], read: Reader | None = None, where: Where | None = None
    ) -> None:
        """Take the layers, lowest first, and the function that parses one file, None if missing.

        `where` decides which scopes hold; without it all do.
        """
        self._layers = tuple(layers)
        self._read = read or read_table
        self._where = where
        self._loaded: _Loaded | None = None

    def get(self, name: str) -> Value | None:
        """Return the effective value; None if it is not set and has no default.

        Raises:
            ConfigError: a layer is broken, or there is no such setting.
        """
        loaded = self._load()
        if loaded.problems:
            raise loaded.problems[0]
        parts = parse_name(name)
        if find_key(parts) is None:
            raise unknown_setting("", parts)
        found = loaded.effective.get(parts)
        return found.value if found else None

    def get_text(self, name: str) -> str | None:
        """Return the value of a setting that is text.

        Raises:
            ConfigError: as `get`.
        """
        value = self.get(name)
        return value if isinstance(value, str) else None

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Return the arguments of each alias, in the order of definition.

        Raises:
            ConfigError: a layer is broken.
        """
        loaded = self._load()
        if loaded.problems:
            raise loaded.problems[0]
        return {
            name[1]: setting.value
            for name, setting in loaded.effective.items()
            if name[0] == "aliases" and isinstance(setting.value, tuple)
        }

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a setting that is a list, or a text of one word; () if unset.

        Raises:
            ConfigError: as `get`.
        """
        value = self.get(name)
        return (value,) if isinstance(value, str) else value or ()

    def lookup(self, name: str) -> Setting | None:
        """Return the effective value with its origin, also if other settings are broken.

        Raises:
            ConfigError: there is no such setting.
        """
        parts = parse_name(name)
        if find_key(parts) is None:
            raise unknown_setting("", parts)
        return self._load().effective.get(parts)

    def items(
        self, prefix: str = "", *, defaults: bool = False, overridden: bool = False
    ) -> Iterator[Setting]:
        """Yield the settings at or under `prefix`, lowest layer first, in the order of the file.

        `defaults` and `overridden` add the built-in and the overridden ones. Broken settings
        are left out: see `problems`.

        Raises:
            ConfigError: `prefix` is not a name.
        """
        within = parse_name(prefix) if prefix else ()
        for setting in self._load().settings:
            if setting.name[: len(within)] != within:
                continue
            if setting.source == "default" and not defaults:
                continue
            if setting.overridden and not overridden:
                continue
            yield setting

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """The faults of the layers, in their order; `get` raises the first."""
        return tuple(self._load().problems)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about settings that a repository's file has but cannot set."""
        return tuple(self._load().warnings)

    def _load(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = _load_layers(self._layers, self._read, self._where)
        return self._loaded


def _load_layers(layers: Iterable[Layer], read: Reader, where: Where | None) -> _Loaded:
    loaded = _Loaded([], {}, [], [])
    for known in KEYS:
        if known.default is not None:
            setting = Setting(known.name, known.default, "default", "")
            loaded.settings.append(setting)
            loaded.effective[known.name] = setting
    for layer in layers:
        try:
            if layer.assignment is None:
                found = _read_layer(layer, read, where)
            else:
                found = _assigned(layer)
        except ConfigError as error:
            loaded.problems.append(error)
            continue
        for name, key, raw in found:
            _add(loaded, layer, name, key, raw)
    winners = {id(setting) for setting in loaded.effective.values()}
    loaded.settings[:] = [
        setting if id(setting) in winners else setting._replace(overridden=True)
        for setting in loaded.settings
    ]
    return loaded


def _add(loaded: _Loaded, layer: Layer, name: Name, key: Key | None, raw: object) -> None:
    """Add one entry of a layer as a setting, a problem or a warning."""
    shown = format_name(name)
    if key is None and is_table(name):
        reason = f"is a table of settings, not {kind_of(raw)}"
        loaded.problems.append(ConfigError(layer.path, shown, reason))
    elif key is None:
        loaded.problems.append(unknown_setting(layer.path, name))
    elif layer.source == "repo" and not key.in_repository:
        loaded.warnings.append(f"{layer.path}: {shown} is ignored: a repository cannot set it")
    else:
        try:
            value = check_value(key, raw, path=layer.path, name=name)
        except ConfigError as error:
            loaded.problems.append(error)
            return
        setting = Setting(name, value, layer.source, layer.path)
        loaded.settings.append(setting)
        loaded.effective[name] = setting


_Entry: TypeAlias = tuple[Name, Key | None, object]


def _read_layer(layer: Layer, read: Reader, where: Where | None) -> Iterable[_Entry]:
    if layer.source == "repo":
        check_received(layer.path)
    table = read(layer.path)
    if table is None:
        if layer.required:
            raise ConfigError(layer.path, "", "there is no such file")
        return ()
    tables = scoped(table, where, layer.path)
    return [entry for one in tables for entry in _entries(one, ())]


def _assigned(layer: Layer) -> list[_Entry]:
    text = layer.assignment or ""
    # A quoted part of the name may contain `=`: take the first one after a valid name.
    for place in (place for place, letter in enumerate(text) if letter == "="):
        try:
            name = parse_name(text[:place].strip(), layer.path)
        except ConfigError:
            continue
        key, value = find_key(name), text[place + 1 :].strip()
        if key is None:
            return [(name, None, value)]
        return [(name, key, parse_value(key, value, path=layer.path, name=name))]
    raise ConfigError(layer.path, format_name((text,)), "must have the form NAME=VALUE")


def _entries(table: Table, above: Name) -> Iterator[_Entry]:
    """Yield each setting of a parsed file; an unknown name ends at its first unknown part."""
    for part, raw in table.items():
        name = (*above, part)
        key = find_key(name)
        if key is None and isinstance(raw, dict) and is_table(name):
            yield from _entries(raw, name)
        else:
            yield name, key, raw


def check_received(path: str) -> None:
    """Refuse a harmful configuration file of a received repository before it is parsed.

    A link could direct an edit to another file of the user; a pipe would block the read; a large
    file or a key with many parts would take minutes to parse.

    Raises:
        ConfigError: the path is not a regular file, or is too large, or a line has too many dots.
    """
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isfile(path)):
        raise ConfigError(path, "", "a repository's configuration must be a plain file")
    data = read_bytes(path) or b""
    if len(data) > MAX_RECEIVED_BYTES:
        limit = f"{MAX_RECEIVED_BYTES >> 10} KiB"
        raise ConfigError(path, "", f"a repository's configuration must not be larger than {limit}")
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.count(b".") > MAX_RECEIVED_DOTS and not line.lstrip().startswith(b"#"):
            reason = f"has more than {MAX_RECEIVED_DOTS} dots, too many in a repository's file"
            raise ConfigError(path, "", f"line {number} {reason}")


def read_table(path: str) -> dict[str, Any] | None:
    """Parse a TOML file; return None if it is missing.

    Raises:
        ConfigError: the file cannot be read, is too large, or is not valid TOML.
    """
    data = read_bytes(path)
    return None if data is None else parse_table(data, path)


def read_bytes(path: str) -> bytes | None:
    """Return the bytes of a configuration file; None if it is missing.

    Raises:
        ConfigError: the file cannot be read, or has more than `MAX_BYTES`.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(path, "", f"cannot be read: {reason}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(path, "", f"is larger than {MAX_BYTES >> 20} MiB")
    return data


def parse_table(data: bytes, path: str) -> dict[str, Any]:
    """Parse a TOML file's bytes; `path` is for the error.

    Raises:
        ConfigError: the bytes are not valid TOML; the message has line and column.
    """
    import tomllib

    if data.startswith(b"\xef\xbb\xbf"):
        raise ConfigError(path, "", "is not valid TOML: it begins with a byte order mark")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, "", f"is not valid TOML: line {line} is not UTF-8") from None
    except RecursionError:
        raise ConfigError(path, "", "is not valid TOML: nested too deeply") from None
    except ValueError as error:
        raise ConfigError(path, "", f"is not valid TOML: {error}") from None
