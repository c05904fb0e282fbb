"""Errors of transcript formats other than `InvalidSession`."""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.display import plain
from porcelain.errors import PorcelainError
from store.errors import InvalidSession


class UnknownFormat(PorcelainError):
    """No transcript format has this name; `known` lists the existing ones."""

    code = "unknown_format"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Keep the name, and find the known name closest to it."""
        import difflib

        wanted = name.lower().replace("_", "-")
        begun = [one for one in known if wanted and one.startswith(wanted)]
        close = begun[:1] or difflib.get_close_matches(wanted, known, 1, 0.6)
        super().__init__(
            f"Transcript format `{plain(name)}` doesn't exist; known: {', '.join(known)}",
            *(f"Did you mean `{found}`?" for found in close),
        )
        self.name = name
        self.known = tuple(known)


class BrokenFormat(PorcelainError):
    """A transcript format that an installed package brings cannot be loaded."""

    code = "broken_format"

    def __init__(self, name: str, module: str, cause: Exception) -> None:
        """Name the format, its module, and the reason."""
        super().__init__(
            f"Transcript format `{plain(name)}` cannot be loaded from the module "
            f"{plain(module)}: {plain(str(cause) or type(cause).__name__)}"
        )
        self.name = name
        self.module = module


class NoMessages(InvalidSession):
    """A file that is empty, or of an agent's format without any message in it yet."""

    code = "no_messages"


class CannotWrite(PorcelainError):
    """A format's writer has no message of this role; `roles` lists the roles that it has."""

    code = "cannot_write"

    def __init__(self, format_name: str, role: str, roles: Sequence[str]) -> None:
        """Name the format and the role."""
        super().__init__(
            f"Cannot write a message of role `{plain(role)}` in the format "
            f"{format_name}; roles: {', '.join(roles)}"
        )
        self.format_name = format_name
        self.role = role
        self.roles = tuple(roles)
