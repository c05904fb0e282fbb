"""Where output goes: data to stdout, everything else to stderr; and as JSON where asked for.

With `--json` a command's data is one line on stdout, `{"schema": 1, "data": …}`, with what
would have been warnings in `"warnings"`; an error is one line on stderr, `{"schema": 1,
"error": {"code", "message", "hints"}}`. Without, messages begin with `Error: `, `Warning: `
or `Hint: `; `--quiet` leaves out status and hints that are only advice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from porcelain.cli.run.colors import Mode, Piece, paint

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from porcelain.cli.run.errors import Problem

SCHEMA = 1


class Output:
    """The two streams of one run.

    `choose_color` is asked once, at the first text that might be coloured; it returns
    `always`, `never`, `auto` or `debug`. `pager` is asked for the pager's command when a
    command pages its output on a terminal, and returns nothing for no pager.
    """

    def __init__(self, choose_color: Callable[[], str], pager: Callable[[], Sequence[str]]) -> None:
        """Use the process's own streams."""
        self.quiet = False
        self.json = False
        self._choose_color = choose_color
        self._color: str | None = None
        self._pager = pager
        self._paging: subprocess.Popen[str] | None = None
        self._warnings: list[str] = []

    def text(self, pieces: Iterable[Piece] | str) -> None:
        """Write to stdout; a newline is not added."""
        self.raw(self.paint([("", pieces)] if isinstance(pieces, str) else pieces))

    def raw(self, text: str) -> None:
        """Write text to stdout that is painted already."""
        stream = self._paging.stdin if self._paging is not None else sys.stdout
        if stream is not None:
            stream.write(text)

    def paint(self, pieces: Iterable[Piece]) -> str:
        """Return pieces as they are shown on stdout."""
        return paint(pieces, self._mode(sys.stdout))

    def safe(self, text: str) -> str:
        """Return a text of several lines with nothing in it that could upset a terminal."""
        if text.isprintable():
            return text
        return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)

    def fragments(self, parts: Iterable[tuple[tuple[str, ...], str]]) -> list[Piece]:
        """Return the fragments of a rendered template as pieces that are safe to show."""
        return [(" ".join(labels), self.safe(text)) for labels, text in parts]

    def binary(self, data: bytes) -> None:
        """Write bytes to stdout as they are."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def data(self, value: object) -> None:
        """Write the command's answer as JSON."""
        envelope: dict[str, object] = {"schema": SCHEMA, "data": value}
        if self._warnings:
            envelope["warnings"] = self._warnings
        self.binary(to_json(envelope))

    def status(self, pieces: Iterable[Piece] | str) -> None:
        """Say on stderr what was done: one line, or none where nobody wants to hear it."""
        if not (self.quiet or self.json):
            self._say([("", pieces)] if isinstance(pieces, str) else pieces)

    def warning(self, message: str, *hints: str) -> None:
        """Say that something is not as it should be."""
        if self.json:
            self._warnings.append(message)
            return
        self._headed("warning", "Warning", message)
        for hint in hints:
            self.hint(hint)

    def hint(self, message: str) -> None:
        """Give advice, unless `--quiet`."""
        if not (self.quiet or self.json):
            self._headed("hint", "Hint", message)

    def problem(self, problem: Problem) -> None:
        """Tell of an error."""
        if self.json:
            hints = list(problem.hints)
            error = {"code": problem.code, "message": problem.message, "hints": hints}
            line: dict[str, object] = {"schema": SCHEMA, "error": error}
            if self._warnings:
                line["warnings"] = self._warnings
            sys.stderr.write(to_json(line).decode())
            return
        self._headed("error", problem.heading, problem.message)
        if problem.details:
            self._say([("", problem.details)])
        for hint in problem.hints:
            self._headed("hint", "Hint", hint)

    def start_pager(self) -> None:
        """Send what follows through a pager, where stdout is a terminal and there is one."""
        if self.json or self._paging is not None or not sys.stdout.isatty():
            return
        command = self._pager()
        if not command:
            return
        import subprocess

        self._mode(sys.stdout)
        try:
            self._paging = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        except OSError as error:
            self.warning(f"The pager `{command[0]}` cannot be started: {error.strerror}")

    def close(self) -> None:
        """Flush, and wait until the user has left the pager."""
        if self._paging is not None:
            try:
                self._paging.communicate()
            except BrokenPipeError:
                pass  # the user has seen enough
            self._paging = None
        sys.stdout.flush()
        sys.stderr.flush()

    def _headed(self, label: str, heading: str, message: str) -> None:
        lead = f"{heading}: "
        first, *more = message.split("\n")
        text = "\n".join([first, *(line if line[:1] == " " else f"  {line}" for line in more)])
        self._say([(f"{label} heading", lead), (label, text)])

    def _say(self, pieces: Iterable[Piece]) -> None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError:
            pass  # a full disk; `close` meets it again, and this may be what tells of it
        safe = [(labels, self.safe(text)) for labels, text in pieces]
        sys.stderr.write(paint(safe, self._mode(sys.stderr)) + "\n")

    def _mode(self, stream: TextIO) -> Mode:
        if self._color is None:
            self._color = self._choose_color()
        if self._color == "auto":
            return "always" if stream.isatty() else "never"
        if self._color == "debug":
            return "debug"
        return "always" if self._color == "always" else "never"


def to_json(value: object) -> bytes:
    """Return a value as one line of JSON in UTF-8, safe to print: control characters escaped."""
    import json

    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return f"{text}\n".encode()


def prepare_streams() -> None:
    """Make sure that no text can fail to be written for its characters' sake."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
