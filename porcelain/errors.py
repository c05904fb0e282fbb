"""What can go wrong in `porcelain`: one base, a class for each condition, fields on each.

    PorcelainError
    ├── ExpressionError        RevsetSyntaxError (UnknownFunction), TemplateSyntaxError
    ├── RevisionError          UnknownRevision, AmbiguousPrefix, DivergentChange, ConflictedName,
    │                          NotOneCommit, UnknownWorkspace, NoCurrentCommit
    ├── OperationError         UnknownOperation, OperationSyntaxError, NotOneOperation,
    │                          CorruptOperation, NothingToUndo, NothingToRedo, UndoBlocked
    ├── ConfigError
    ├── RepositoryRefused      UnsupportedFormat, ShallowRepository
    └── Refused                any other refusal, in the words of whoever refuses

`str(error)` is one line for a person, safe on a terminal; `hints` are safe next steps (none
ever destroys anything); `code` is the stable name that `--json` prints.
"""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.display import Span, caret_diagram, plain

SHOWN_CHOICES = 5


class PorcelainError(Exception):
    """Base of every error that `porcelain` raises on purpose."""

    code: str = "error"
    hints: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """All hints as one text, a line each; empty without any."""
        return "\n".join(self.hints)


class ExpressionError(PorcelainError):
    """A text in one of the two languages that cannot be understood; `span` is where.

    `span` counts characters of `text`, start included, end not; start == end points between
    two characters.
    """

    language: str = "expression"

    def __init__(self, text: str, span: Span, reason: str, hints: Sequence[str] = ()) -> None:
        super().__init__(text, span, reason)
        self.text = text
        self.span = span
        self.reason = reason
        self.hints = tuple(hints)

    def __str__(self) -> str:
        return f"Failed to parse {self.language}: {self.reason}"

    def diagram(self) -> str:
        """Return the line at fault with carets under the place, five lines or more."""
        return caret_diagram(self.text, self.span, self.reason)


class RevsetSyntaxError(ExpressionError):
    """A revset that cannot be parsed or uses something wrongly."""

    code = "revset_syntax"
    language = "revset"


class UnknownFunction(RevsetSyntaxError):
    """No revset function has this name."""

    code = "unknown_function"

    def __init__(self, text: str, span: Span, name: str, similar: Sequence[str] = ()) -> None:
        super().__init__(text, span, f"Function `{plain(name)}` doesn't exist", _meant(similar))
        self.name = name
        self.similar = tuple(similar)


class TemplateSyntaxError(ExpressionError):
    """A template that cannot be parsed, or whose types do not fit."""

    code = "template_syntax"
    language = "template"


class RevisionError(PorcelainError):
    """An expression that does not name what the command needs."""

    code = "revision"


class UnknownRevision(RevisionError):
    """Nothing has this name, id or prefix."""

    code = "unknown_revision"

    def __init__(self, symbol: str, similar: Sequence[str] = ()) -> None:
        super().__init__(symbol)
        self.symbol = symbol
        self.similar = tuple(similar)
        self.hints = _meant(similar)

    def __str__(self) -> str:
        return f"Revision `{plain(self.symbol)}` doesn't exist"


class AmbiguousPrefix(RevisionError):
    """Several ids begin with this prefix; `kind` is "commit", "change" or "operation"."""

    code = "ambiguous_prefix"

    def __init__(self, kind: str, prefix: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(kind, prefix)
        self.kind = kind
        self.prefix = prefix
        self.candidates = tuple(candidates)
        if candidates:
            self.hints = (f"It could mean {_choices(candidates)}",)

    def __str__(self) -> str:
        return f"{self.kind.capitalize()} ID prefix `{plain(self.prefix)}` is ambiguous"


class DivergentChange(RevisionError):
    """Several visible commits have this change id; `offsets` tell them apart, newest first."""

    code = "divergent_change"

    def __init__(self, change_id: str, offsets: Sequence[int]) -> None:
        super().__init__(change_id, tuple(offsets))
        self.change_id = change_id
        self.offsets = tuple(offsets)
        named = [f"{plain(change_id)}/{offset}" for offset in offsets]
        self.hints = (
            f"Name one of its commits: {_choices(named)}",
            f"`wj converge {plain(self.change_id)}` makes one of them",
        )

    def __str__(self) -> str:
        return f"Change ID `{plain(self.change_id)}` is divergent"


class ConflictedName(RevisionError):
    """A session, tag or remote name that points to several commits at once."""

    code = "conflicted_name"

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(name, tuple(candidates))
        self.name = name
        self.candidates = tuple(candidates)
        self.hints = (f"Name one of its commits by id: {_choices(candidates)}",)

    def __str__(self) -> str:
        return f"Name `{plain(self.name)}` is conflicted"


class NotOneCommit(RevisionError):
    """An expression that must name exactly one commit names none, or more.

    `found` describes the first of them, newest first: at most one more than is shown, so that
    an endless set costs nothing.
    """

    code = "not_one_commit"

    def __init__(self, expression: str, found: Sequence[str]) -> None:
        """Keep the expression and descriptions of what it named."""
        super().__init__(expression, tuple(found))
        self.expression = expression
        self.found = tuple(found)
        if found:
            lines = [f"  {plain(line)}" for line in found[:SHOWN_CHOICES]]
            more = ["  ..."] if len(found) > SHOWN_CHOICES else []
            self.hints = ("\n".join(["It names these commits:", *lines, *more]),)

    def __str__(self) -> str:
        fault = (
            "resolved to more than one revision"
            if self.found
            else "didn't resolve to any revisions"
        )
        return f"Revset `{plain(self.expression)}` {fault}"


class UnknownWorkspace(RevisionError):
    """No workspace has this name, or it has no commit."""

    code = "unknown_workspace"

    def __init__(self, name: str, similar: Sequence[str] = ()) -> None:
        super().__init__(name)
        self.name = name
        self.similar = tuple(similar)
        self.hints = _meant(similar)

    def __str__(self) -> str:
        return f"Workspace `{plain(self.name)}` doesn't exist"


class NoCurrentCommit(RevisionError):
    """The command works on `@`, and this workspace has none yet."""

    code = "no_current_commit"
    hints = ("`wj save`, `wj append`, `wj import` and `wj new` make one",)

    def __str__(self) -> str:
        return "This workspace has no current commit"


class OperationError(PorcelainError):
    """Something about the operation log."""

    code = "operation"


class UnknownOperation(OperationError):
    """No operation has this id."""

    code = "unknown_operation"

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.prefix = prefix

    def __str__(self) -> str:
        return f'No operation ID matching "{plain(self.prefix)}"'


class OperationSyntaxError(OperationError):
    """A text that is no operation expression: `@` or hex, followed by `-` and `+`."""

    code = "operation_syntax"

    def __init__(self, expression: str, reason: str = "is not a valid hexadecimal prefix") -> None:
        super().__init__(expression, reason)
        self.expression = expression
        self.reason = reason

    def __str__(self) -> str:
        return f'Operation ID "{plain(self.expression)}" {self.reason}'


class NotOneOperation(OperationError):
    """An operation expression that leads to none, or to several."""

    code = "not_one_operation"

    def __init__(self, expression: str, found: Sequence[str]) -> None:
        """Keep the part of the expression at fault and the ids that it leads to."""
        super().__init__(expression, tuple(found))
        self.expression = expression
        self.found = tuple(found)
        if found:
            self.hints = (f"Name one of them by id: {_choices(found)}",)

    def __str__(self) -> str:
        fault = "resolved to more than one operation" if self.found else "resolved to no operations"
        return f'The "{plain(self.expression)}" expression {fault}'


class CorruptOperation(OperationError):
    """An operation that cannot be read; `id` names it."""

    code = "corrupt_operation"
    hints = ("`wj doctor` says what is damaged, `wj doctor --fix` mends what can be mended",)

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(operation_id, reason)
        self.id = operation_id
        self.reason = reason

    def __str__(self) -> str:
        return f"Operation {plain(self.id)} is corrupt: {plain(self.reason)}"


class NothingToUndo(OperationError):
    """Every operation that could be undone is undone."""

    code = "nothing_to_undo"

    def __str__(self) -> str:
        return "Nothing to undo"


class NothingToRedo(OperationError):
    """No undo is left that could be taken back."""

    code = "nothing_to_redo"

    def __str__(self) -> str:
        return "Nothing to redo"


class UndoBlocked(OperationError):
    """Undoing would take away what operations still in force build on."""

    code = "undo_blocked"

    def __init__(self, operations: Sequence[str]) -> None:
        """Describe the operations in the way, newest first, one line each."""
        super().__init__(tuple(operations))
        self.operations = tuple(operations)
        lines = [f"  {plain(line)}" for line in operations]
        self.hints = (
            "\n".join(["These operations build on it:", *lines]),
            "Take those back first with `wj op revert`, or step over it with `wj undo --skip`",
        )

    def __str__(self) -> str:
        return "Cannot undo: later operations build on what it made"


class ConfigError(PorcelainError):
    """A configuration file, or one setting in it, that cannot be used."""

    code = "config"

    def __init__(self, path: str, key: str, reason: str) -> None:
        """Name the file (or what stands for it), the setting ("" for the whole file), the fault."""
        super().__init__(path, key, reason)
        self.path = path
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        return plain(": ".join(part for part in (self.path, self.key, self.reason) if part), None)


class RepositoryRefused(PorcelainError):
    """A repository that porcelain does not work on."""

    code = "repository_refused"


class UnsupportedFormat(RepositoryRefused):
    """Something in the repository is of a format that this version does not read."""

    code = "unsupported_format"

    def __init__(self, what: str, found: object, supported: object) -> None:
        super().__init__(what, found, supported)
        self.what = what
        self.found = found
        self.supported = supported
        self.hints = ("a newer version of wj made it; upgrade to read it",)

    def __str__(self) -> str:
        found = plain(str(self.found))
        return f"{self.what} has format {found}; this version reads up to {self.supported}"


class ShallowRepository(RepositoryRefused):
    """A shallow clone: its history is not whole."""

    code = "shallow_repository"
    hints = ("run `git fetch --unshallow` in it, or clone without --depth",)

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{plain(self.path, None)}: is a shallow clone, whose history is not whole"


class Refused(PorcelainError):
    """Any other refusal of a command: a sentence, and what to do instead."""

    code = "refused"

    def __init__(self, message: str, *hints: str, code: str = "refused") -> None:
        """Keep the sentence, the hints, and a code of its own where scripts need one."""
        super().__init__(message)
        self.message = message
        self.hints = hints
        self.code = code

    def __str__(self) -> str:
        return self.message


def _meant(similar: Sequence[str]) -> tuple[str, ...]:
    return (f"Did you mean {_choices(similar)}?",) if similar else ()


def _choices(texts: Sequence[str]) -> str:
    shown = [f"`{plain(text)}`" for text in texts[:SHOWN_CHOICES]]
    return ", ".join(shown + ["..."] * (len(texts) > SHOWN_CHOICES))
