"""Identity, clock and randomness: from variables, settings, git's settings and the system.

Missing values are never a reason to refuse; a time in a variable that cannot be read is.
"""

from __future__ import annotations

import os
import pwd
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from porcelain.errors import Refused
from porcelain.model.actor import Actor
from store.gitdir.config_file import parse_git_config

if TYPE_CHECKING:
    from porcelain.cli.run.settings import Settings


def make_actor(settings: Settings) -> Actor:
    """Return the user who acts, with the clock and the randomness of this run.

    Raises:
        Refused: WJ_TIMESTAMP or WJ_OP_TIMESTAMP is not a time.
    """
    moment, zone = _time(settings, "WJ_TIMESTAMP")
    op_moment, _ = _time(settings, "WJ_OP_TIMESTAMP")
    login = _login(settings)
    host = settings.variable("WJ_OP_HOSTNAME") or os.uname().nodename
    seed = settings.variable("WJ_RANDOMNESS_SEED")
    return Actor(
        name=settings.variable("WJ_USER") or _user(settings, "user.name") or login,
        email=settings.variable("WJ_EMAIL") or _user(settings, "user.email") or f"{login}@{host}",
        user=login,
        host=host,
        clock=lambda: moment if moment is not None else settings.clock(),
        operation_clock=lambda: op_moment if op_moment is not None else settings.clock(),
        random=_Seeded(seed) if seed else os.urandom,
        zone=zone if zone is not None else time.strftime("%z"),
    )


def with_signing(actor: Actor, settings: Settings) -> Actor:
    """Return an actor that signs its operations and verifies others', where that is configured."""
    if not settings.is_configured:
        return actor
    key = _path(settings, "signing.key")
    allowed = _path(settings, "signing.backends.ssh.allowed-signers")
    if not key and not allowed:
        return actor
    from porcelain.exchange.signing.programs import Keys, signing

    keys = Keys(settings.text("signing.backend"), key, allowed, actor.email)
    return actor._replace(signing=signing(keys))


def _path(settings: Settings, name: str) -> str:
    """Return a setting that may be a path; `~/` at its beginning is the user's home."""
    text = settings.text(name)
    return os.path.join(settings.home, text[2:]) if text.startswith("~/") else text


def _user(settings: Settings, key: str) -> str:
    """Return `user.name` or `user.email` of our configuration, otherwise of git's global one."""
    setting = settings.config.lookup(key) if settings.is_configured else None
    if setting is not None and setting.value:
        return str(setting.value)
    named = settings.variable("GIT_CONFIG_GLOBAL")
    folder = settings.folder("XDG_CONFIG_HOME", ".config")
    paths = [os.path.join(folder, "git", "config"), os.path.join(settings.home, ".gitconfig")]
    found: dict[str, str] = {}
    for path in [named] if named else paths:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found |= parse_git_config(file.read())
        except OSError:
            continue  # missing or unreadable
    return found.get(key, "")


def _login(settings: Settings) -> str:
    for variable in ("WJ_OP_USERNAME", "LOGNAME", "USER"):
        if settings.variable(variable):
            return settings.variable(variable)
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"


def _time(settings: Settings, name: str) -> tuple[int | None, str | None]:
    """Return the milliseconds and the zone in a variable; None for both if it is not set."""
    text = settings.variable(name)
    if not text:
        return None, None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{name} is not a time in ISO 8601: {text}") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return round(found.timestamp() * 1000), found.strftime("%z")


class _Seeded:
    """Random bytes that are the same in every run with the same seed."""

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
