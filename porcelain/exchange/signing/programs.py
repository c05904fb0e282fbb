"""Sign and verify by `ssh-keygen` and `gpg`, as git does for commits.

A signature of ssh is in the namespace `git`, so `git verify-commit` takes it. Which program
verifies one is told by its first line; which keys count is told by the list of allowed signers
for ssh, and by the trust in the user's keyring for gpg.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.model.actor import Signing, Verdict

_PATIENCE = 60  # seconds, for a passphrase or the touch of a key; other writers wait meanwhile
_LITERAL = re.compile(r"(?:key::)?((?:ssh|ecdsa|sk)-\S+ \S+.*)")
_SSH = "-----BEGIN SSH SIGNATURE-----"
_TRUSTED = re.compile(r"^\[GNUPG:\] TRUST_(MARGINAL|FULLY|ULTIMATE)\b", re.MULTILINE)
_GOOD = re.compile(r"^\[GNUPG:\] GOODSIG \S+ (.*)$", re.MULTILINE)
_VALID = re.compile(r"^\[GNUPG:\] VALIDSIG ", re.MULTILINE)


class Keys(NamedTuple):
    """The settings: the program (`ssh` or `gpg`), the own key, and the file of allowed signers.

    `key` is for ssh a file or a public key, for gpg the id of a key; "" signs nothing. Without
    `allowed_signers` the own ssh key alone counts, as that of `email`.
    """

    backend: str
    key: str
    allowed_signers: str
    email: str


def signing(keys: Keys) -> Signing:
    """Return how operations are signed and verified with these keys; nothing is run yet."""
    return Signing(
        (lambda payload: _sign(keys, payload)) if keys.key else None,
        lambda payload, signature, seconds: _verify(keys, payload, signature, seconds),
        demanded=bool(keys.allowed_signers),
    )


def _sign(keys: Keys, payload: bytes) -> str:
    if keys.backend == "gpg":
        done = _run(("gpg", "--status-fd=2", "-bsau", keys.key), payload)
        is_made = b"\n[GNUPG:] SIG_CREATED " in b"\n" + done.stderr
    else:
        with _key_file(keys.key) as (path, more):
            done = _run(("ssh-keygen", "-Y", "sign", "-n", "git", "-f", path, *more), payload)
        is_made = done.stdout.startswith(_SSH.encode())
    if done.returncode or not is_made:
        raise _refused(_last_line(done.stderr) or f"the program ended with {done.returncode}")
    return done.stdout.decode("ascii", "replace")


def _verify(keys: Keys, payload: bytes, signature: str, seconds: int) -> Verdict:
    with _file(signature) as path:
        if signature.startswith(_SSH):
            return _verify_ssh(keys, payload, path, seconds)
        return _verify_gpg(payload, path)


def _verify_ssh(keys: Keys, payload: bytes, signature: str, seconds: int) -> Verdict:
    moment = f"-Overify-time={time.strftime('%Y%m%d%H%M%S', time.localtime(seconds))}"
    with _allowed_signers(keys) as allowed:
        start = ("ssh-keygen", "-Y", "find-principals")
        found = _run((*start, "-f", allowed, "-s", signature, moment), b"")
        names = found.stdout.decode("utf-8", "replace").split("\n")
        if found.returncode or not names[0]:
            return Verdict("", "its key is not one of the allowed signers")
        words = ("ssh-keygen", "-Y", "verify", "-n", "git", "-f", allowed, "-I", names[0])
        done = _run((*words, "-s", signature, moment), payload)
    return Verdict(names[0]) if done.returncode == 0 else Verdict("", "its signature does not fit")


def _verify_gpg(payload: bytes, signature: str) -> Verdict:
    words = ("gpg", "--keyid-format=long", "--status-fd=1", "--verify", signature, "-")
    done = _run(words, payload)
    said = done.stdout.decode("utf-8", "replace")
    good = _GOOD.search(said)
    if done.returncode or good is None or not _VALID.search(said):
        missing = "[GNUPG:] NO_PUBKEY" in said
        why = "its key is not in your keyring" if missing else "its signature does not fit"
        return Verdict("", why)
    if not _TRUSTED.search(said):
        return Verdict("", f"its key, of {good[1]}, is not trusted in your keyring")
    return Verdict(good[1])


@contextmanager
def _key_file(key: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the file of an ssh key, and options; the agent signs for a key that is given itself."""
    literal = _LITERAL.fullmatch(key)
    if literal is None:
        yield key, ()
        return
    with _file(literal[1] + "\n") as path:
        yield path, ("-U",)


@contextmanager
def _allowed_signers(keys: Keys) -> Iterator[str]:
    if keys.allowed_signers:
        path = keys.allowed_signers
        if not os.path.isfile(path):
            raise _refused(f"there is no file {path}, which `{ALLOWED_SIGNERS}` names")
        yield path
        return
    own = _public_key(keys.key) if keys.backend != "gpg" and keys.key else ""
    with _file(f'{keys.email} namespaces="git" {own}\n' if own else "") as path:
        yield path


def _public_key(key: str) -> str:
    literal = _LITERAL.fullmatch(key)
    if literal is not None:
        return literal[1]
    path = key if key.endswith(".pub") else f"{key}.pub"
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(f"the public key {path} cannot be read: {error}") from None


@contextmanager
def _file(text: str) -> Iterator[str]:
    """Yield a file with a text, which only its owner may read."""
    with tempfile.NamedTemporaryFile("w", prefix="wj-", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield file.name


def _run(words: Sequence[str], payload: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            words, input=payload, capture_output=True, check=False, timeout=_PATIENCE
        )
    except FileNotFoundError:
        raise _refused(f"{words[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise _refused(f"{words[0]} took longer than {_PATIENCE} s") from None


def _refused(reason: str) -> Refused:
    return Refused(
        f"The operation cannot be signed or verified: {reason}",
        "Nothing has changed; `signing.key` and `signing.backend` say how operations are signed",
        code="signing_failed",
    )


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().split("\n")
    told = [line for line in lines if not line.startswith("[GNUPG:]")]
    return told[-1].strip() if told else ""


ALLOWED_SIGNERS = "signing.backends.ssh.allowed-signers"
"""The setting that names the file of ssh keys which may sign."""
