"""Output of a run: data to stdout, everything else to stderr, both as JSON with `--json`.

With `--json` the data is one line on stdout, `{"schema": 1, "data": …, "warnings": …}`, and an
error one line on stderr, `{"schema": 1, "error": {"code", "message", "hints"}}`. Without it,
messages begin with `Error: `, `Warning: ` or `Hint: `; `--quiet` suppresses status and hints.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from porcelain.cli.run.colors import Mode, Painter, Piece, Style

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from porcelain.cli.run.errors import Problem

SCHEMA = 1


class Output:
    """The two streams of one run.

    `choose_color` is called once, at the first text that may be coloured, and returns `always`,
    `never`, `auto` or `debug`. `pager` returns the command line of the pager, or nothing, `columns`
    the width of the terminal, if there is one, `styles` the user's rules for labels.
    """

    def __init__(
        self,
        choose_color: Callable[[], str],
        pager: Callable[[], Sequence[str]],
        columns: Callable[[], int | None] = lambda: None,
        styles: Callable[[], dict[str, Style]] = dict,
    ) -> None:
        """Use the process's own streams."""
        self._measure = columns
        self._painter = Painter(styles)
        self._width: int | None = None
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
        """Write painted text to stdout."""
        stream = self._paging.stdin if self._paging is not None else sys.stdout
        if stream is not None:
            stream.write(text)

    def paint(self, pieces: Iterable[Piece]) -> str:
        """Return pieces as stdout shows them."""
        return self._painter.paint(pieces, self._mode(sys.stdout))

    def safe(self, text: str) -> str:
        """Return a text, maybe of several lines, with control characters escaped."""
        if text.isprintable():
            return text
        return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)

    def fragments(self, parts: Iterable[tuple[tuple[str, ...], str]]) -> list[Piece]:
        """Return the fragments of a rendered template as pieces that are safe to show."""
        return [(" ".join(labels), self.safe(text)) for labels, text in parts]

    def binary(self, data: bytes) -> None:
        """Write bytes to stdout unchanged."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def data(self, value: object) -> None:
        """Write the data of the command as JSON."""
        envelope: dict[str, object] = {"schema": SCHEMA, "data": value}
        if self._warnings:
            envelope["warnings"], self._warnings = self._warnings, []
        self.binary(to_json(envelope))

    def status(self, pieces: Iterable[Piece] | str) -> None:
        """Report progress in one line on stderr, unless `--quiet` or `--json`."""
        if not (self.quiet or self.json):
            self._say([("", pieces)] if isinstance(pieces, str) else pieces)

    def warning(self, message: str, *hints: str) -> None:
        """Write a warning with its hints."""
        if self.json:
            self._warnings.append(message)
            return
        self._headed("warning", "Warning", message)
        for hint in hints:
            self.hint(hint)

    def hint(self, message: str) -> None:
        """Write a hint, unless `--quiet` or `--json`."""
        if not (self.quiet or self.json):
            self._headed("hint", "Hint", message)

    def problem(self, problem: Problem) -> None:
        """Write an error."""
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

    @property
    def has_colors(self) -> bool:
        """Whether stdout shows colours."""
        return self._mode(sys.stdout) == "always"

    @property
    def can_ask(self) -> bool:
        """Whether a user is at a terminal, and can be asked."""
        return not self.json and sys.stdin.isatty() and sys.stderr.isatty()

    def ask_number(self, question: str, choices: Sequence[Iterable[Piece]]) -> int | None:
        """Let the user choose by number, on stderr; None if the answer is `q` or the end.

        The result counts from 0, what is shown from 1.
        """
        self._say([("", question)])
        for number, choice in enumerate(choices, 1):
            self._say([("", f"{number}: "), *choice])
        self._say([("", "q: quit")])
        while True:
            sys.stderr.write("Number: ")
            sys.stderr.flush()
            answer = sys.stdin.readline()
            typed = answer.strip()
            if not answer or typed == "q":
                return None
            if typed.isascii() and typed.isdecimal() and 0 < int(typed[:9]) <= len(choices):
                return int(typed) - 1
            self._say([("", "That is none of the choices")])

    @property
    def columns(self) -> int | None:
        """The width of the terminal that shows stdout; None if there is none."""
        if self._width is None:
            self._width = self._measure() or 0
        return self._width or None

    def start_pager(self) -> None:
        """Send the following output through the pager if stdout is a terminal."""
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
        """Flush, and wait until the user leaves the pager."""
        if self._paging is not None:
            try:
                self._paging.communicate()
            except BrokenPipeError:
                pass  # the user has left the pager
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
            pass  # a full disk: `close` raises it again, and this may be its message
        safe = [(labels, self.safe(text)) for labels, text in pieces]
        sys.stderr.write(self._painter.paint(safe, self._mode(sys.stderr)) + "\n")

    def _mode(self, stream: TextIO) -> Mode:
        if self._color is None:
            self._color = self._choose_color()
        if self._color == "auto":
            return "always" if stream.isatty() else "never"
        if self._color == "debug":
            return "debug"
        return "always" if self._color == "always" else "never"


def to_json(value: object) -> bytes:
    """Return a value as one line of JSON in UTF-8, with control characters escaped."""
    import json

    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return f"{text}\n".encode()


def prepare_streams() -> None:
    """Escape characters that the streams cannot encode."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
