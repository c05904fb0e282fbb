"""Who acts, when, and with what luck: from variables, settings, git's own, the system's.

Nothing here is ever a reason to refuse, except a time that is fixed and is none.
"""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from porcelain.errors import Refused
from porcelain.model.actor import Actor
from store.gitdir.config_file import parse_git_config


class Identity:
    """Makes the `Actor` of a run; `clock` returns milliseconds since the epoch."""

    def __init__(self, environment: Mapping[str, str], home: str, clock: Callable[[], int]) -> None:
        """Look nothing up yet."""
        self.environment = environment
        self.home = home
        self.clock = clock

    def actor(self, setting: Callable[[str], str]) -> Actor:
        """Return who acts; `setting` gives the configured `name` and `email`, or "".

        Raises:
            Refused: WJ_TIMESTAMP or WJ_OP_TIMESTAMP is no time.
        """
        moment, zone = self._time("WJ_TIMESTAMP")
        op_moment, _ = self._time("WJ_OP_TIMESTAMP")
        login = self._login()
        host = self._variable("WJ_OP_HOSTNAME") or os.uname().nodename
        found = {
            key: self._variable(variable) or setting(key) or self._git_user(key) or last
            for key, variable, last in (
                ("name", "WJ_USER", login),
                ("email", "WJ_EMAIL", f"{login}@{host}"),
            )
        }
        seed = self._variable("WJ_RANDOMNESS_SEED")
        return Actor(
            name=found["name"],
            email=found["email"],
            user=login,
            host=host,
            clock=lambda: moment if moment is not None else self.clock(),
            operation_clock=lambda: op_moment if op_moment is not None else self.clock(),
            random=_Seeded(seed) if seed else os.urandom,
            zone=zone if zone is not None else time.strftime("%z"),
        )

    def _git_user(self, key: str) -> str:
        """Return what git's global configuration says, without starting git."""
        named = self._variable("GIT_CONFIG_GLOBAL")
        folder = self._variable("XDG_CONFIG_HOME")
        folder = folder if os.path.isabs(folder) else os.path.join(self.home, ".config")
        paths = [os.path.join(folder, "git", "config"), os.path.join(self.home, ".gitconfig")]
        found: dict[str, str] = {}
        for path in [named] if named else paths:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    found |= parse_git_config(file.read())
            except OSError:
                continue  # no such file, or none of ours to read: another name will do
        return found.get(f"user.{key}", "")

    def _login(self) -> str:
        for variable in ("WJ_OP_USERNAME", "LOGNAME", "USER"):
            if self._variable(variable):
                return self._variable(variable)

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return f"uid{os.getuid()}"

    def _time(self, name: str) -> tuple[int | None, str | None]:
        """Return the milliseconds and the zone that a variable fixes, None where it does not."""
        text = self._variable(name)
        if not text:
            return None, None

        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Refused(f"{name} is no time in ISO 8601: {text}") from None
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return round(found.timestamp() * 1000), found.strftime("%z")

    def _variable(self, name: str) -> str:
        return self.environment.get(name, "")


class _Seeded:
    """Bytes that follow from a seed: the same ones in every run."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.drawn = 0

    def __call__(self, count: int) -> bytes:
        from hashlib import sha256

        found = b""
        while len(found) < count:
            self.drawn += 1
            found += sha256(f"{self.seed}/{self.drawn}".encode()).digest()
        return found[:count]
