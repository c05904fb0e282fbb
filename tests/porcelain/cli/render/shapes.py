"""Holds a value against the notation of `json_shapes`."""

from __future__ import annotations

from porcelain.cli.shell.json_data import COMMANDS, Data
from porcelain.cli.shell.json_shapes import SHAPES, Members

_PLAIN = {"text": str, "flag": bool, "null": type(None)}


def faults(command: str, value: object) -> list[str]:
    """Return where the data of a command differs from its shape."""
    data = COMMANDS[command]
    members = members_of(data)
    if members is None:
        return list(_faults(value, data.type, command))
    if data.type:
        assert isinstance(value, list)
        return [one for item in value for one in _in_object(item, members, command)]
    return list(_in_object(value, members, command))


def members_of(data: Data) -> Members | None:
    """Return all members of what a command prints, or of each item of its array."""
    if data.members is None:
        return None
    return {**(SHAPES[data.base] if data.base else {}), **data.members}


def _in_object(value: object, members: Members, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: no object: {value!r}"]
    needed = {name for name in members if not name.endswith("?")}
    types = {name.removesuffix("?"): text.partition(";")[0] for name, text in members.items()}
    found = [f"{where}: no {name}" for name in needed - set(value)]
    found += [f"{where}: {name} is not in the shape" for name in set(value) - set(types)]
    for name in set(value) & set(types):
        found += _faults(value[name], types[name], f"{where}.{name}")
    return found


def _faults(value: object, text: str, where: str) -> list[str]:
    choices = [one.strip() for one in text.split("|")]
    tried = [_fault(value, choice, where) for choice in choices]
    return [] if any(not one for one in tried) else tried[0]


def _fault(value: object, kind: str, where: str) -> list[str]:
    if kind == "any":
        return []
    if kind == "number":
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return [] if is_number else [f"{where}: no number: {value!r}"]
    if kind in _PLAIN:
        return [] if isinstance(value, _PLAIN[kind]) else [f"{where}: no {kind}: {value!r}"]
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{where}: no array: {value!r}"]
        return [one for item in value for one in _faults(item, kind[1:-1], where)]
    if kind.startswith("{"):
        if not isinstance(value, dict):
            return [f"{where}: no object: {value!r}"]
        return [one for item in value.values() for one in _faults(item, kind[1:-1], where)]
    return _in_object(value, SHAPES[kind], where)
