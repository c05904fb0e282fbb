from __future__ import annotations

import pytest

from porcelain import errors
from porcelain.display import caret_diagram, plain
from porcelain.errors import (
    AmbiguousNativeId,
    AmbiguousPrefix,
    AmbiguousStep,
    ConfigError,
    ConflictedName,
    CorruptOperation,
    DivergentChange,
    NoCurrentCommit,
    NothingToRedo,
    NothingToUndo,
    NotOneCommit,
    NotOneOperation,
    OperationSyntaxError,
    PorcelainError,
    Refused,
    RevsetSyntaxError,
    ShallowRepository,
    TemplateSyntaxError,
    UndoBlocked,
    UnknownFunction,
    UnknownOperation,
    UnknownRevision,
    UnknownWorkspace,
    UnsupportedFormat,
)

EXAMPLES: list[tuple[PorcelainError, str, str, str]] = [
    (
        RevsetSyntaxError("x y", (2, 2), "no"),
        "revset_syntax",
        "Failed to parse revset: no",
        "",
    ),
    (
        UnknownFunction("hed(@)", (0, 3), "hed", ["heads"]),
        "unknown_function",
        "Failed to parse revset: Function `hed` doesn't exist",
        "Did you mean `heads`?",
    ),
    (
        TemplateSyntaxError("x y", (2, 2), "no", ["try"]),
        "template_syntax",
        "Failed to parse template: no",
        "try",
    ),
    (
        UnknownRevision("mian", ["main", "maid"]),
        "unknown_revision",
        "Revision `mian` doesn't exist",
        "Did you mean `main`, `maid`?",
    ),
    (
        AmbiguousPrefix("commit", "ab", ["ab01", "ab02"]),
        "ambiguous_prefix",
        "Commit ID prefix `ab` is ambiguous",
        "It could mean `ab01`, `ab02`",
    ),
    (
        AmbiguousPrefix("change", "k", list("abcdef")),
        "ambiguous_prefix",
        "Change ID prefix `k` is ambiguous",
        "It could mean `a`, `b`, `c`, `d`, `e`, ...",
    ),
    (
        DivergentChange("kxy", [0, 2]),
        "divergent_change",
        "Change ID `kxy` is divergent",
        "Name one of its commits: `kxy/0`, `kxy/2`\n`wj converge kxy` makes one of them",
    ),
    (
        ConflictedName("main", ["ab", "cd"]),
        "conflicted_name",
        "Name `main` is conflicted",
        "Name one of its commits by id: `ab`, `cd`",
    ),
    (
        NotOneCommit("x-", []),
        "not_one_commit",
        "Revset `x-` didn't resolve to any revisions",
        "",
    ),
    (
        NotOneCommit("x+", ["a", "b"]),
        "not_one_commit",
        "Revset `x+` resolved to more than one revision",
        "It names these commits:\n  a\n  b",
    ),
    (UnknownWorkspace("ci"), "unknown_workspace", "Workspace `ci` doesn't exist", ""),
    (
        NoCurrentCommit(),
        "no_current_commit",
        "This workspace has no current commit",
        "`wj save`, `wj append`, `wj import` and `wj new` make one",
    ),
    (UnknownOperation("ab"), "unknown_operation", 'No operation ID matching "ab"', ""),
    (
        OperationSyntaxError("xyz"),
        "operation_syntax",
        'Operation ID "xyz" is not a valid hexadecimal prefix',
        "",
    ),
    (
        NotOneOperation("ab-", []),
        "not_one_operation",
        'The "ab-" expression resolved to no operations',
        "",
    ),
    (
        NotOneOperation("@-", ["ab", "cd"]),
        "not_one_operation",
        'The "@-" expression resolved to more than one operation',
        "Name one of them by id: `ab`, `cd`",
    ),
    (
        CorruptOperation("ab", "cut short"),
        "corrupt_operation",
        "Operation ab is corrupt: cut short",
        "`wj doctor` says what is damaged, `wj doctor --fix` repairs what can be repaired",
    ),
    (NothingToUndo(), "nothing_to_undo", "Nothing to undo", ""),
    (NothingToRedo(), "nothing_to_redo", "Nothing to redo", ""),
    (
        UndoBlocked(["ab12 append -m x"]),
        "undo_blocked",
        "Cannot undo: later operations build on what it made",
        (
            "These operations build on it:\n  ab12 append -m x\nTake those back first with "
            "`wj op revert`, or step over it with `wj undo --skip`"
        ),
    ),
    (
        ConfigError("c.toml", "ui.color", "must be red"),
        "config",
        "c.toml: ui.color: must be red",
        "",
    ),
    (ConfigError("c.toml", "", "is a folder"), "config", "c.toml: is a folder", ""),
    (
        UnsupportedFormat("the operation log", 3, 1),
        "unsupported_format",
        "the operation log has format 3; this version reads up to 1",
        "a newer version of wj made it; upgrade to read it",
    ),
    (
        AmbiguousStep("next", ["a" * 40, "b" * 40]),
        "ambiguous_step",
        "Several commits are next from here: aaaaaaaaaaaa, bbbbbbbbbbbb",
        "`wj new REV` or `wj edit REV` goes to one of them",
    ),
    (
        AmbiguousNativeId("3f9c", ["a", "b"]),
        "ambiguous_native_id",
        "The agent's id `3f9c` stands for several commits",
        "Name one of them: `a`, `b`",
    ),
    (
        ShallowRepository("/x"),
        "shallow_repository",
        "/x: is a shallow clone, whose history is incomplete",
        "run `git fetch --unshallow` in it, or clone without --depth",
    ),
    (
        Refused("It is so", "do this", "or that", code="so"),
        "so",
        "It is so",
        "do this\nor that",
    ),
]


@pytest.mark.parametrize(("error", "code", "message", "hint"), EXAMPLES)
def test_every_error_says_what_where_and_what_next(
    error: PorcelainError, code: str, message: str, hint: str
) -> None:
    assert (error.code, str(error), error.hint) == (code, message, hint)


def test_every_error_that_is_raised_has_a_code_of_its_own() -> None:
    raised = {type(error) for error, *_ in EXAMPLES}
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, PorcelainError)
    }
    bases = {base for cls in defined for base in cls.__mro__[1:]}

    assert defined - raised <= bases
    assert len({cls.code for cls in raised}) == len(raised)


BAD = "\x1b[31m\u202e\nx"


@pytest.mark.parametrize(
    "error",
    [
        UnknownFunction(BAD, (0, 3), BAD, [BAD]),
        UnknownRevision(BAD, [BAD]),
        AmbiguousPrefix("commit", BAD, [BAD]),
        DivergentChange(BAD, [0]),
        ConflictedName(BAD, [BAD]),
        NotOneCommit(BAD, [BAD, BAD]),
        UnknownWorkspace(BAD, [BAD]),
        UnknownOperation(BAD),
        OperationSyntaxError(BAD),
        NotOneOperation(BAD, [BAD]),
        CorruptOperation(BAD, BAD),
        UndoBlocked([BAD]),
        ConfigError(BAD, BAD, BAD),
        UnsupportedFormat("the operation log", BAD, 1),
        ShallowRepository(BAD),
    ],
)
def test_no_error_lets_what_it_quotes_upset_a_terminal(error: PorcelainError) -> None:
    assert str(error).isprintable()
    assert error.hint.replace("\n", "").isprintable()


def test_a_diagram_cuts_a_long_line_around_the_place() -> None:
    text = "a" * 1000 + "!" + "b" * 1000

    lines = caret_diagram(text, (1000, 1001), "why").splitlines()

    assert lines[0] == " --> 1:1001"
    assert lines[2] == f"1 | ...{'a' * 80}!{'b' * 79}..."
    assert lines[2][lines[3].index("^")] == "!"
    assert len(caret_diagram(text, (0, 2001), "why")) < 500
    assert caret_diagram(text, (2001, 2001), "why").splitlines()[3].endswith("^---")


def test_plain_text_is_one_short_line() -> None:
    assert plain("a b é 日") == "a b é 日"
    assert plain("a\nb\x1b\u202e\xa0") == r"a\nb\x1b\u202e\xa0"
    assert plain("x" * 100) == "x" * 77 + "..."
    assert plain("x" * 100, None) == "x" * 100


@pytest.mark.parametrize(
    ("text", "span", "marked"),
    [
        ("abc", (1, 2), ["1 | abc", "  |  ^"]),
        ("abc", (0, 2), ["1 | abc", "  | ^^"]),
        ("abc", (0, 3), ["1 | abc", "  | ^-^"]),
        ("abc", (3, 3), ["1 | abc", "  |    ^---"]),
        ("", (0, 0), ["1 |", "  | ^---"]),
        ("ab\ncd\nef", (3, 7), ["2 | cd", "  | ^^"]),
    ],
)
def test_a_diagram_shows_the_line_and_the_place(
    text: str, span: tuple[int, int], marked: list[str]
) -> None:
    lines = caret_diagram(text, span, "why").splitlines()

    assert lines[2:4] == marked
    assert lines[-1] == "  = why"
