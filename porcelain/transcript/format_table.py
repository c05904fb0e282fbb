"""The table of formats: those of the project, and those that installed packages bring.

A package brings a format as an entry point in the group `wajutsu.transcripts`, whose value is the
format's module. Packages are looked up only for a name that is not the project's, or when every
format is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

GROUP = "wajutsu.transcripts"


class FormatTable(Mapping[str, str]):
    """Name and module of every format, the project's own first; they cannot be replaced."""

    def __init__(self, own: Mapping[str, str]) -> None:
        """Begin with the formats of the project."""
        self._own = dict(own)

    def __getitem__(self, name: str) -> str:
        return self._own[name] if name in self._own else added_formats()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in added_formats()

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (name for name in added_formats() if name not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def is_own(self, name: str) -> bool:
        """Tell whether a format is one of the project."""
        return name in self._own


@cache
def added_formats() -> dict[str, str]:
    """Return name and module of the formats that installed packages bring."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=GROUP)}
