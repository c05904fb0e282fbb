"""Edits of a configuration file that keep its comments, its order and every other byte.

The only importer of tomlkit. A file is replaced whole by renaming a synced temporary file, under
a lock on the folder: a crash leaves the old file or the new one, and concurrent edits are both
kept. Of a symbolic link the target is replaced, and the link stays (a repository's own file must
not be a link: see `check_received`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import tomlkit

from porcelain.cli.config.keys import (
    Name,
    Source,
    Value,
    find_key,
    format_name,
    kind_of,
    parse_name,
    parse_value,
    unknown_setting,
)
from porcelain.cli.config.layers import Config, Layer, check_received, parse_table, read_bytes
from porcelain.cli.config.styles import Style
from porcelain.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_ABSENT = object()


def set_value(path: str, name: str, value_text: str, *, source: Source = "user") -> Value:
    """Set one value in a file, and return the parsed value; create a missing file.

    Raises:
        ConfigError: there is no such setting, the value has the wrong type, the layer may
            not set it, or the file is broken or cannot be written. Nothing is changed.
    """
    parts = parse_name(name, path)
    key = find_key(parts)
    if key is None:
        raise unknown_setting(path, parts)
    if source == "repo" and not key.in_repository:
        reason = "a repository cannot set it; set it in your own configuration"
        raise ConfigError(path, format_name(parts), reason)
    value = parse_value(key, value_text, path=path, name=parts)
    plain: object = value if isinstance(value, str) else list(value)
    if isinstance(value, Style):
        plain = tomlkit.parse(f"x = {value}")["x"]

    def change(document: TOMLDocument) -> None:
        _assign(document, parts, plain, path)

    _edit(path, parts, change, plain, source)
    return value


def unset_value(path: str, name: str, *, source: Source = "user") -> None:
    """Remove one value from a file; also an unknown setting, to repair the file.

    Raises:
        ConfigError: the value is not set there, is a whole table, or the file is broken or
            cannot be written. Nothing is changed.
    """
    parts = parse_name(name, path)

    def change(document: TOMLDocument) -> None:
        _remove(document, parts, path)

    _edit(path, parts, change, _ABSENT, source)


def replace_text(path: str, before: bytes, after: bytes, *, source: Source = "user") -> None:
    """Replace a configuration file that still is `before`; nothing is written if it is not valid.

    Raises:
        ConfigError: the new text is not valid, the file changed meanwhile, or cannot be written.
    """
    table = parse_table(after, path)
    found = Config([Layer(source, path)], lambda _path: table).problems
    if found:
        raise found[0]
    try:
        with _locked_folder(os.path.realpath(path)) as real:
            if (read_bytes(real) or b"") != before:
                raise ConfigError(path, "", "was changed by another program meanwhile")
            if after != before:
                _replace(real, after)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise ConfigError(path, "", reason) from None


def _assign(document: TOMLDocument, name: Name, value: object, path: str) -> None:
    table: Any = document
    for depth, part in enumerate(name[:-1]):
        if part not in table:
            table[part] = tomlkit.table()
        table = table[part]
        if not isinstance(table, dict):
            where = format_name(name[: depth + 1])
            reason = f"must be a table of settings, not {kind_of(_plain(table))}"
            raise ConfigError(path, where, reason)
    key = find_key(name)
    if isinstance(table.get(name[-1]), dict) and (key is None or key.type != "style"):
        raise ConfigError(path, format_name(name), "is a table there; remove that first")
    table[name[-1]] = value


def _remove(document: TOMLDocument, name: Name, path: str) -> None:
    table: Any = document
    for part in name[:-1]:
        table = table.get(part) if isinstance(table, dict) else None
    if not isinstance(table, dict) or name[-1] not in table:
        raise ConfigError(path, format_name(name), "is not set there")
    key = find_key(name)
    if isinstance(table[name[-1]], dict) and (key is None or key.type != "style"):
        raise ConfigError(path, format_name(name), "is a whole table there, not one value")
    del table[name[-1]]


def _plain(item: Any) -> object:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _edit(
    path: str,
    name: Name,
    change: Callable[[TOMLDocument], None],
    value: object,
    source: Source,
) -> None:
    """Apply `change` to the file; check that only `name` changed, to `value`."""
    if source == "repo":
        check_received(path)
    try:
        with _locked_folder(os.path.realpath(path)) as real:
            data = read_bytes(real) or b""
            before = parse_table(data, path)
            document = tomlkit.parse(data.decode())
            change(document)
            wanted = _leaves(before)
            wanted = {one: text for one, text in wanted.items() if one[: len(name)] != name}
            if value is not _ABSENT:
                wanted |= _leaves({name[-1]: _plain(value)}, name[:-1])
            text = tomlkit.dumps(document)
            after = _first_that_says(wanted, _close_up(data.decode(), text), text)
            if after is None:
                reason = "the file is too unusual to be edited safely; edit it by hand"
                raise ConfigError(path, format_name(name), reason)
            if after != data:
                _replace(real, after)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise ConfigError(path, format_name(name), reason) from None


def _close_up(before: str, after: str) -> str:
    """Move a new line up to the last value of its table.

    tomlkit places it below the comment that introduces the next table.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    place = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    if new[:place] + new[place + 1 :] != old:
        return after
    above = place
    while above and (not new[above - 1].strip() or new[above - 1].lstrip().startswith("#")):
        above -= 1
    return "".join([*new[:above], new[place], *new[above:place], *new[place + 1 :]])


def _first_that_says(wanted: dict[Name, str], *texts: str) -> bytes | None:
    """Return the first text that parses to the wanted values."""
    for text in texts:
        data = text.encode()
        try:
            if _leaves(parse_table(data, "")) == wanted:
                return data
        except ConfigError:
            continue
    return None


def _leaves(table: dict[str, Any], above: Name = ()) -> dict[Name, str]:
    """Return the value of each name as text, because NaN does not equal itself."""
    found: dict[Name, str] = {}
    for part, raw in table.items():
        if isinstance(raw, dict):
            found |= _leaves(raw, (*above, part))
        else:
            found[(*above, part)] = repr(raw)
    return found


@contextmanager
def _locked_folder(path: str) -> Iterator[str]:
    """Hold the lock of the folder of `path`; create a missing folder."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: of concurrent edits the later wins
        yield path
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: str, data: bytes) -> None:
    """Replace the file by `data`, with the same permissions."""
    staged = f"{path}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(staged, flags, 0o666 & os.stat(os.path.dirname(path)).st_mode)
    try:
        with open(handle, "wb") as file:
            try:
                os.fchmod(handle, os.stat(path).st_mode & 0o7777)
            except FileNotFoundError:
                pass  # a new file: the folder and the user's umask decide
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.rename(staged, path)
    except BaseException:
        try:
            os.unlink(staged)
        except FileNotFoundError:
            pass  # renamed already
        raise
