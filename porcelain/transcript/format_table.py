"""The table of transcript formats: those of the project, and those that installed packages bring.

A format is a module that has the members of `porcelain.transcript.row.Format`. A new format needs
only a line in `FORMATS`, or a package that brings it as an entry point in the group
`wajutsu.transcripts`, whose value is the format's module. A module is imported when it is first
used. Packages are looked up only for a name that is not the project's, or when every format is
asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from porcelain.transcript.errors import BrokenFormat, UnknownFormat
from store.document.row_format import runs_of
from store.errors import InvalidSession

if TYPE_CHECKING:
    from porcelain.transcript.row import Format, NativeIds
    from store.document.row_format import Format as StoredFormat
    from store.session.message import Message
    from store.session.tool_pairing import Pairing, Pairs

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


FORMATS = FormatTable(
    {
        "claude-code": "porcelain.transcript.claude.claude_code",
        "claude-code-web": "porcelain.transcript.claude.web_session",
        "codex": "porcelain.transcript.lines.codex",
        "gemini-cli": "porcelain.transcript.lines.gemini_cli",
        "pi": "porcelain.transcript.lines.pi",
        "qwen-code": "porcelain.transcript.lines.qwen_code",
        "copilot-cli": "porcelain.transcript.lines.copilot_cli",
        "cursor": "porcelain.transcript.lines.cursor",
        "vscode-copilot": "porcelain.transcript.lines.vscode_copilot",
        "chatgpt": "porcelain.transcript.documents.chatgpt",
        "claude-ai": "porcelain.transcript.documents.claude_ai",
        "opencode": "porcelain.transcript.documents.opencode",
        "cline": "porcelain.transcript.documents.cline",
        "openwebui": "porcelain.transcript.documents.openwebui",
        "sharegpt": "porcelain.transcript.documents.sharegpt",
        "oasst": "porcelain.transcript.documents.oasst",
        "librechat": "porcelain.transcript.documents.librechat",
        "openai-chat": "porcelain.transcript.documents.openai_chat",
        "llm": "porcelain.transcript.documents.llm",
        "pawan": "porcelain.transcript.pawan",
    }
)
"""Name and module of every format; of two that are equally sure of a file the first wins."""


def format_named(name: str) -> Format:
    """Return the format with this name.

    Raises:
        UnknownFormat: there is none; the hint names the closest.
        BrokenFormat: the package that brings it cannot be loaded.
    """
    module = FORMATS.get(name)
    if module is None:
        raise UnknownFormat(name, tuple(FORMATS))
    if FORMATS.is_own(name):
        return cast("Format", import_module(module))
    try:
        return cast("Format", import_module(module))
    except Exception as error:
        raise BrokenFormat(name, module, error) from error


_NATIVE_IDS = {"claude-code": "porcelain.transcript.claude.native_id"}
"""Modules that make a format's native ids, where the format's own takes longer to load."""


def native_ids_of(name: str) -> NativeIds:
    """Return the functions that make and know the native ids of a format; as `format_named`."""
    module = _NATIVE_IDS.get(name)
    return format_named(name) if module is None else cast("NativeIds", import_module(module))


def pairing_of(format_: StoredFormat | None = None) -> Pairing:
    """Return a function that finds the tool calls and results of a message, for `store.merge`.

    It knows the formats of `format_`, by default every format.
    """
    names = FORMATS if format_ is None else dict(runs_of(format_, 1))
    known = list(_loadable(name for name in names if name in FORMATS))

    from store.session.tool_pairing import NO_PAIRS, Pairs

    def pairs(message: Message) -> Pairs:
        for each in known:
            try:
                row = each.read_row(message.raw)
            except InvalidSession:
                continue
            if row.calls or row.results:
                return Pairs(row.calls, row.results)
        return NO_PAIRS

    return pairs


def _loadable(names: Iterable[str]) -> Iterator[Format]:
    for name in names:
        try:
            yield format_named(name)
        except BrokenFormat:
            continue
