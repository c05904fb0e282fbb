"""The base of all subjects, and the values that several kinds of them have."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.language.template.value import Piece, RenderFault, clean


class Subject:
    """Something that a template prints, by its keywords."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        """Look nothing up yet."""
        self.context = context

    def get(self, name: str) -> object:
        """Return the value of a keyword.

        Raises:
            RenderFault: it cannot be computed.
        """
        raise NotImplementedError(name)

    def call(self, name: str, *arguments: object) -> object:
        """Return the value of a function that needs more than its arguments."""
        if name == "config":
            return _config_value(self.context, str(arguments[0]))
        if name == "has_colors":
            return self.context.output.has_colors
        raise NotImplementedError(name)


class Symbol(str):
    """A name that is printed as a revset spells it."""

    __slots__ = ()

    def pieces(self, labels: str) -> list[Piece]:
        """Return the name, quoted where that is needed."""
        if self.isascii() and self.isalnum():
            return [(labels, str(self))]
        from porcelain.language.revset.parser import format_name

        return [(labels, clean(format_name(str(self))))]


class ConfigValue:
    """The value of a setting."""

    __slots__ = ("value",)

    def __init__(self, value: str | tuple[str, ...]) -> None:
        self.value = value

    def pieces(self, labels: str) -> list[Piece]:
        """Return the value as TOML."""
        from porcelain.cli.config.keys import format_value

        return [(labels, format_value(self.value))]

    def data(self) -> object:
        """Return the value as data."""
        return self.value if isinstance(self.value, str) else list(self.value)

    def as_string(self) -> str:
        """Return the value if it is text."""
        return self.value if isinstance(self.value, str) else self._refuse("text")

    def as_boolean(self) -> bool:
        """Return the value if it is `true` or `false`."""
        if self.value in ("true", "false"):
            return self.value == "true"
        return bool(self._refuse("true or false"))

    def as_integer(self) -> int:
        """Return the value if it is a number."""
        if isinstance(self.value, str) and self.value.isascii() and self.value.isdigit():
            return int(self.value)
        return int(self._refuse("a number"))

    def as_string_list(self) -> list[str]:
        """Return the value if it is a list."""
        return list(self.value) if isinstance(self.value, tuple) else [self._refuse("a list")]

    def _refuse(self, wanted: str) -> str:
        raise RenderFault(f"the setting is not {wanted}")


def _config_value(context: Context, name: str) -> ConfigValue | None:
    from porcelain.errors import ConfigError

    try:
        setting = context.settings.config.lookup(name)
    except ConfigError as error:
        raise RenderFault(str(error)) from None
    return None if setting is None else ConfigValue(setting.value)
