"""Errors of `porcelain`: one base, a class for each condition, fields on each.

    PorcelainError
    ├── ExpressionError        RevsetSyntaxError (UnknownFunction), TemplateSyntaxError
    ├── RevisionError          UnknownRevision, AmbiguousPrefix, AmbiguousStep, DivergentChange,
    │                          ConflictedName, NotOneCommit, UnknownWorkspace, NoCurrentCommit
    ├── OperationError         UnknownOperation, OperationSyntaxError, NotOneOperation,
    │                          CorruptOperation, NothingToUndo, NothingToRedo, UndoBlocked
    ├── ConfigError
    ├── RepositoryRefused      UnsupportedFormat, ShallowRepository
    └── Refused                any other refusal, in the words of the raising code

`str(error)` is one line for a person, safe on a terminal; `hints` are safe next steps (none
ever destroys anything); `code` is the stable name that `--json` prints.
"""

from __future__ import annotations

from collections.abc import Sequence

from porcelain.display import Span, caret_diagram, plain

SHOWN_CHOICES = 5


class PorcelainError(Exception):
    """Base of every error that `porcelain` raises on purpose: a sentence and hints."""

    code: str = "error"
    hints: tuple[str, ...] = ()

    def __init__(self, sentence: str, *hints: str) -> None:
        super().__init__(sentence)
        if hints:
            self.hints = hints

    @property
    def hint(self) -> str:
        """All hints as one text, a line each; empty without any."""
        return "\n".join(self.hints)


class ExpressionError(PorcelainError):
    """A revset or template that cannot be understood; `span` is the place at fault.

    `span` counts characters of `text`, start included, end not; start == end points between
    two characters.
    """

    language: str = "expression"

    def __init__(self, text: str, span: Span, reason: str, hints: Sequence[str] = ()) -> None:
        super().__init__(f"Failed to parse {self.language}: {reason}", *hints)
        self.text = text
        self.span = span
        self.reason = reason

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
        super().__init__(
            text, span, f"Function `{plain(name)}` doesn't exist", did_you_mean(similar)
        )
        self.name = name
        self.similar = tuple(similar)


class TemplateSyntaxError(ExpressionError):
    """A template that cannot be parsed, or whose types do not fit."""

    code = "template_syntax"
    language = "template"


class RevisionError(PorcelainError):
    """An expression that does not name the commits that the command needs."""

    code = "revision"


class UnknownRevision(RevisionError):
    """Nothing has this name, id or prefix."""

    code = "unknown_revision"

    def __init__(self, symbol: str, similar: Sequence[str] = ()) -> None:
        super().__init__(f"Revision `{plain(symbol)}` doesn't exist", *did_you_mean(similar))
        self.symbol = symbol
        self.similar = tuple(similar)


class AmbiguousPrefix(RevisionError):
    """Several ids begin with this prefix; `kind` is "commit", "change" or "operation"."""

    code = "ambiguous_prefix"

    def __init__(self, kind: str, prefix: str, candidates: Sequence[str] = ()) -> None:
        hints = [f"It could mean {_choices(candidates)}"] if candidates else []
        super().__init__(f"{kind.capitalize()} ID prefix `{plain(prefix)}` is ambiguous", *hints)
        self.kind = kind
        self.prefix = prefix
        self.candidates = tuple(candidates)


class AmbiguousStep(RevisionError):
    """More than one commit is a step away; `candidates` are their ids, newest first."""

    code = "ambiguous_step"

    def __init__(self, direction: str, candidates: Sequence[str]) -> None:
        shown = ", ".join(one[:12] for one in candidates)
        super().__init__(
            f"Several commits are {direction} from here: {shown}",
            "`wj new REV` or `wj edit REV` goes to one of them",
        )
        self.candidates = tuple(candidates)


class AmbiguousNativeId(RevisionError):
    """Several sessions or heads belong to the agent's conversation of this id."""

    code = "ambiguous_native_id"

    def __init__(self, native_id: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"The agent's id `{plain(native_id)}` stands for several commits",
            f"Name one of them: {_choices(candidates)}",
        )
        self.native_id = native_id
        self.candidates = tuple(candidates)


class DivergentChange(RevisionError):
    """Several visible commits have this change id; `offsets` tell them apart, newest first."""

    code = "divergent_change"

    def __init__(self, change_id: str, offsets: Sequence[int]) -> None:
        shown = plain(change_id)
        super().__init__(
            f"Change ID `{shown}` is divergent",
            f"Name one of its commits: {_choices([f'{shown}/{offset}' for offset in offsets])}",
            f"`wj converge {shown}` makes one of them",
        )
        self.change_id = change_id
        self.offsets = tuple(offsets)


class ConflictedName(RevisionError):
    """A session, tag or remote name that points to several commits at once."""

    code = "conflicted_name"

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"Name `{plain(name)}` is conflicted",
            f"Name one of its commits by id: {_choices(candidates)}",
        )
        self.name = name
        self.candidates = tuple(candidates)


class NotOneCommit(RevisionError):
    """An expression that must name exactly one commit names none, or several.

    `found` describes the first of them, newest first: at most one more than is shown, so that
    an endless set costs nothing.
    """

    code = "not_one_commit"

    def __init__(self, expression: str, found: Sequence[str]) -> None:
        fault = "resolved to more than one revision" if found else "didn't resolve to any revisions"
        lines = [f"  {plain(line)}" for line in found[:SHOWN_CHOICES]]
        lines += ["  ..."] * (len(found) > SHOWN_CHOICES)
        hints = ["\n".join(["It names these commits:", *lines])] if found else []
        super().__init__(f"Revset `{plain(expression)}` {fault}", *hints)
        self.expression = expression
        self.found = tuple(found)


class UnknownWorkspace(RevisionError):
    """No workspace has this name, or it has no commit."""

    code = "unknown_workspace"

    def __init__(self, name: str, similar: Sequence[str] = ()) -> None:
        super().__init__(f"Workspace `{plain(name)}` doesn't exist", *did_you_mean(similar))
        self.name = name
        self.similar = tuple(similar)


class NoCurrentCommit(RevisionError):
    """The command works on `@`, and this workspace has none yet."""

    code = "no_current_commit"

    def __init__(self) -> None:
        super().__init__(
            "This workspace has no current commit",
            "`wj save`, `wj append`, `wj import` and `wj new` make one",
        )


class OperationError(PorcelainError):
    """An error about the operation log."""

    code = "operation"


class UnknownOperation(OperationError):
    """No operation has this id."""

    code = "unknown_operation"

    def __init__(self, prefix: str) -> None:
        super().__init__(f'No operation ID matching "{plain(prefix)}"')
        self.prefix = prefix


class OperationSyntaxError(OperationError):
    """A text that is no operation expression: `@` or hex, followed by `-` and `+`."""

    code = "operation_syntax"

    def __init__(self, expression: str, reason: str = "is not a valid hexadecimal prefix") -> None:
        super().__init__(f'Operation ID "{plain(expression)}" {reason}')
        self.expression = expression
        self.reason = reason


class NotOneOperation(OperationError):
    """An operation expression that leads to none, or to several; `found` are their ids."""

    code = "not_one_operation"

    def __init__(self, expression: str, found: Sequence[str]) -> None:
        fault = "resolved to more than one operation" if found else "resolved to no operations"
        hints = [f"Name one of them by id: {_choices(found)}"] if found else []
        super().__init__(f'The "{plain(expression)}" expression {fault}', *hints)
        self.expression = expression
        self.found = tuple(found)


class CorruptOperation(OperationError):
    """An operation that cannot be read; `id` names it."""

    code = "corrupt_operation"

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(
            f"Operation {plain(operation_id)} is corrupt: {plain(reason)}",
            "`wj doctor` says what is damaged, `wj doctor --fix` repairs what can be repaired",
        )
        self.id = operation_id
        self.reason = reason


class NothingToUndo(OperationError):
    """Every operation that could be undone is undone."""

    code = "nothing_to_undo"

    def __init__(self, watched: int = 0) -> None:
        """`watched` is the number of operations of `wj watch`, which are nobody's step."""
        hint = "`wj undo --by watch` takes back the newest import of `wj watch`"
        super().__init__("Nothing to undo", *([hint] if watched else []))


class NothingToRedo(OperationError):
    """No undo is left that could be redone."""

    code = "nothing_to_redo"

    def __init__(self) -> None:
        super().__init__("Nothing to redo")


class UndoBlocked(OperationError):
    """Undoing would remove something that operations still in force build on.

    `operations` describes these, newest first, one line each.
    """

    code = "undo_blocked"

    def __init__(self, operations: Sequence[str]) -> None:
        lines = [f"  {plain(line)}" for line in operations]
        super().__init__(
            "Cannot undo: later operations build on what it made",
            "\n".join(["These operations build on it:", *lines]),
            "Take those back first with `wj op revert`, or step over it with `wj undo --skip`",
        )
        self.operations = tuple(operations)


class ConfigError(PorcelainError):
    """A configuration file, or one setting in it, that cannot be used.

    `path` is the file, or the name of another source; `key` is "" for the whole file.
    """

    code = "config"

    def __init__(self, path: str, key: str, reason: str) -> None:
        super().__init__(plain(": ".join(part for part in (path, key, reason) if part), None))
        self.path = path
        self.key = key
        self.reason = reason


class RepositoryRefused(PorcelainError):
    """A repository that porcelain does not work on."""

    code = "repository_refused"


class UnsupportedFormat(RepositoryRefused):
    """Something in the repository is of a format that this version does not read."""

    code = "unsupported_format"

    def __init__(self, what: str, found: object, supported: object) -> None:
        super().__init__(
            f"{what} has format {plain(str(found))}; this version reads up to {supported}",
            "a newer version of wj made it; upgrade to read it",
        )
        self.what = what
        self.found = found
        self.supported = supported


class ShallowRepository(RepositoryRefused):
    """A shallow clone: its history is incomplete."""

    code = "shallow_repository"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{plain(path, None)}: is a shallow clone, whose history is incomplete",
            "run `git fetch --unshallow` in it, or clone without --depth",
        )
        self.path = path


class Refused(PorcelainError):
    """Any other refusal of a command: a sentence, and hints at an alternative."""

    code = "refused"

    def __init__(self, sentence: str, *hints: str, code: str = "refused") -> None:
        """Keep the sentence, the hints, and a code of its own where scripts need one."""
        super().__init__(sentence, *hints)
        self.code = code


def did_you_mean(similar: Sequence[str]) -> tuple[str, ...]:
    """Return the hint that offers these names, or none."""
    return (f"Did you mean {_choices(similar)}?",) if similar else ()


def _choices(texts: Sequence[str]) -> str:
    shown = [f"`{plain(text)}`" for text in texts[:SHOWN_CHOICES]]
    return ", ".join(shown + ["..."] * (len(texts) > SHOWN_CHOICES))
