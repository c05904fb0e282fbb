"""Checks a parsed template against a vocabulary, and compiles it to a recipe.

Types are checked here, so that a mistake is found before anything is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple, NoReturn

from porcelain.display import Span
from porcelain.errors import Refused, TemplateSyntaxError, did_you_mean
from porcelain.language.scanner import similar_names
from porcelain.language.string_pattern import KINDS, NamePattern
from porcelain.language.syntax_tree import Call, Expression, Pattern
from porcelain.language.template.aliases import PATTERN_ALIAS, Aliases, declared
from porcelain.language.template.keywords import (
    CALLED,
    VOCABULARIES,
    WITHOUT_TEXT,
    Vocabulary,
)
from porcelain.language.template.linked import Recipe, Template
from porcelain.language.template.parser import CONCATENATED, parse
from porcelain.language.template.syntax_tree import (
    Concatenation,
    Infix,
    Keyword,
    Lambda,
    Literal,
    Prefix,
)
from porcelain.language.template.vocabulary import (
    BOOLEAN,
    FUNCTIONS,
    INTEGER,
    LIST,
    LITERAL,
    METHOD_WORDS,
    OPTION,
    PATTERN,
    SERIALIZE,
    STRING,
    TEMPLATE,
    Word,
    is_text,
    item_of,
)

_COMPARABLE = (STRING, INTEGER, BOOLEAN)


def compile_template(
    text: str, vocabulary: Vocabulary, aliases: Mapping[str, str] | None = None
) -> Template:
    """Parse a template, check it, and make what renders it; see `recipe_of`."""
    return Template(recipe_of(text, vocabulary, aliases))


def recipe_of(
    text: str, vocabulary: Vocabulary, aliases: Mapping[str, str] | None = None
) -> Recipe:
    """Parse a template and check it against a vocabulary.

    `aliases` are the declarations (`name`, `name(x, y)` or `kind:x`) and definitions.

    Raises:
        TemplateSyntaxError: it cannot be parsed, says something unknown, or types do not fit.
    """
    known = dict(declared(declaration, text) for declaration, text in (aliases or {}).items())
    return _Compiler(text, vocabulary, known).printable(parse(text))


class Built(NamedTuple):
    """A part of a template: the type of its value, and the recipe of the value.

    Of a `Template` the recipe is that of an output. The labels are for the text of a value.
    """

    type: str
    recipe: Recipe
    labels: str = ""


class _Compiler:
    """Compiles one text; `locals` are the parameters of an alias or a lambda around it."""

    def __init__(
        self,
        text: str,
        vocabulary: Vocabulary,
        aliases: Aliases,
        local: Mapping[str, Built] | None = None,
        expanding: tuple[tuple[str, int | None], ...] = (),
        cells: count[int] | None = None,
    ) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.aliases = aliases
        self.locals = dict(local or {})
        self.expanding = expanding
        self.cells = cells or count()

    def build(self, part: Expression) -> Built:
        match part:
            case Literal():
                return self.literal(part.value)
            case Keyword():
                return self.keyword(part)
            case Concatenation():
                return Built(TEMPLATE, ("concat", *map(self.printable, part.terms)))
            case Prefix():
                return self.prefix(part)
            case Infix():
                return self.infix(part)
            case Call():
                return self.call(part) if part.target is None else self.method(part, part.target)
            case Pattern() if (part.kind, PATTERN_ALIAS) in self.aliases:
                return self.expanded(part.kind, PATTERN_ALIAS, (part.value,), part.span)
            case Lambda():
                self.fail("a lambda cannot be used here", part.span)
        return self.fail("a string pattern cannot be used as a value", part.span)

    def printable(self, part: Expression) -> Recipe:
        """Build a part whose value is printed."""
        return self.shown(self.build(part), part)

    def shown(self, built: Built, part: Expression) -> Recipe:
        """Return the recipe of the output that prints a value."""
        if built.type == TEMPLATE:
            return built.recipe
        inner = built.type
        while inner.startswith((LIST, OPTION)):
            inner = item_of(inner)
        if inner in WITHOUT_TEXT:
            reason = f"Expected expression of type `{TEMPLATE}`, but actual type is `{built.type}`"
            self.fail(reason, part.span)
        if built.recipe[0] == "value" and isinstance(built.recipe[1], str):
            return ("text", built.recipe[1])
        return ("show", built.recipe, built.labels)

    def fail(self, reason: str, span: Span, hints: Sequence[str] = ()) -> NoReturn:
        raise TemplateSyntaxError(self.text, span, reason, hints)

    def literal(self, value: str | int) -> Built:
        kind = BOOLEAN if isinstance(value, bool) else INTEGER
        return Built(STRING if isinstance(value, str) else kind, ("value", value))

    def keyword(self, part: Keyword) -> Built:
        if part.name in self.locals:
            return self.locals[part.name]
        if (part.name, None) in self.aliases:
            return self.expanded(part.name, None, (), part.span)
        if part.name == "self":
            return Built(self.vocabulary.name, ("self",))
        known = self.vocabulary.keywords.get(part.name)
        if known is None:
            words = [*self.vocabulary.keywords, *(n for n, c in self.aliases if c is None)]
            hints = did_you_mean(similar_names(part.name, words))
            self.fail(f"Keyword `{part.name}` doesn't exist", part.span, hints)
        return Built(known.type, ("get", part.name), part.name)

    def expanded(
        self, name: str, arity: int | None, arguments: Sequence[Expression], span: Span
    ) -> Built:
        """Build what an alias stands for."""
        if (name, arity) in self.expanding:
            self.fail(f"Alias `{name}` expands to itself", span)
        alias = self.aliases[name, arity]
        given = dict(zip(alias.parameters, map(self.build, arguments), strict=True))
        inner = _Compiler(
            alias.text,
            self.vocabulary,
            self.aliases,
            given,
            (*self.expanding, (name, arity)),
            self.cells,
        )
        try:
            return inner.build(parse(alias.text))
        except TemplateSyntaxError as error:
            self.fail(f"In alias `{name}`: {error.reason}", span, error.hints)

    def typed(self, part: Expression, wanted: str) -> Recipe:
        """Return the recipe of a value of the wanted type; of an output for `Template`."""
        if wanted == PATTERN:
            return self.pattern(part)
        built = self.build(part)
        if wanted == TEMPLATE:
            return self.shown(built, part)
        if built.type == wanted or (wanted == STRING and is_text(built.type)):
            return built.recipe
        if wanted == SERIALIZE and built.type != TEMPLATE:
            return built.recipe
        if wanted == LITERAL and built.recipe[0] == "value" and built.type == STRING:
            return built.recipe
        if wanted == STRING:
            return ("string", self.shown(built, part))
        if wanted == BOOLEAN and built.type.startswith(OPTION):
            return ("isset", built.recipe)
        if wanted == BOOLEAN and (built.type.startswith(LIST) or is_text(built.type)):
            return ("some", built.recipe)
        if built.type == f"{OPTION}{wanted}>":
            return ("set", built.recipe, wanted)
        reason = f"Expected expression of type `{wanted}`, but actual type is `{built.type}`"
        texts = {wanted, built.type} == {INTEGER, STRING}
        return self.fail(reason, part.span, [CONCATENATED] if texts else ())

    def pattern(self, part: Expression) -> Recipe:
        """Return the recipe of a pattern: `kind:"text"`, or a text that is searched for."""
        kind, value = (part.kind, part.value) if isinstance(part, Pattern) else ("substring", part)
        name, ignores_case = kind.removesuffix("-i"), kind.endswith("-i")
        built = self.build(value)
        if built.recipe[0] != "value" or built.type != STRING:
            self.fail("Expected a string literal as a pattern", value.span)
        if name not in KINDS:
            kinds = ", ".join(f"`{one}:`" for one in KINDS)
            self.fail(f"Invalid string pattern kind `{kind}:`", part.span, [f"Known are {kinds}"])
        text = built.recipe[1]
        try:
            NamePattern.of(name, text, ignores_case)
        except Refused as error:
            self.fail(str(error), part.span)
        return ("pattern", name, text, ignores_case)

    def prefix(self, part: Prefix) -> Built:
        if part.operator == "!":
            return Built(BOOLEAN, ("not", self.typed(part.operand, BOOLEAN)))
        return Built(INTEGER, ("negative", self.typed(part.operand, INTEGER)))

    def infix(self, part: Infix) -> Built:
        sign = part.operator
        if sign in ("==", "!="):
            return Built(BOOLEAN, ("compared", sign, *self.comparable(part, _COMPARABLE)))
        if sign in ("<", "<=", ">", ">="):
            return Built(BOOLEAN, ("compared", sign, *self.comparable(part, (INTEGER,))))
        if sign in ("&&", "||"):
            name = "and" if sign == "&&" else "or"
            sides = self.typed(part.left, BOOLEAN), self.typed(part.right, BOOLEAN)
            return Built(BOOLEAN, (name, *sides))
        numbers = self.typed(part.left, INTEGER), self.typed(part.right, INTEGER)
        return Built(INTEGER, ("computed", sign, *numbers))

    def comparable(self, part: Infix, types: Sequence[str]) -> tuple[Recipe, Recipe]:
        left, right = self.build(part.left), self.build(part.right)
        kinds = [
            STRING if is_text(inner) else inner
            for inner in (
                item_of(one.type) if one.type.startswith(OPTION) else one.type
                for one in (left, right)
            )
        ]
        if kinds[0] != kinds[1] or kinds[0] not in types:
            reason = f"Cannot compare expressions of type `{left.type}` and `{right.type}`"
            self.fail(reason, part.span)
        return left.recipe, right.recipe

    def call(self, part: Call) -> Built:
        if (part.name, len(part.arguments)) in self.aliases:
            return self.expanded(part.name, len(part.arguments), part.arguments, part.span)
        function = FUNCTIONS.get(part.name)
        called = CALLED.get(self.vocabulary.name, {})
        if function is None and part.name in called:
            kind, arguments = called[part.name].type, self.arguments(called[part.name], part)
            recipe: Recipe = ("call", part.name, *arguments)
            return Built(
                kind, ("show", recipe, part.name) if kind == TEMPLATE else recipe, part.name
            )
        if function is None:
            known = [*FUNCTIONS, *called, *(name for name, _ in self.aliases)]
            hints = did_you_mean(similar_names(part.name, known))
            self.fail(f"Function `{part.name}` doesn't exist", part.name_span, hints)
        return self.function(part, function)

    def function(self, part: Call, function: Word) -> Built:
        arguments = self.arguments(function, part)
        match part.name:
            case "stringify":
                return Built(STRING, arguments[0])
            case "hyperlink":
                url, text, *other = arguments
                test = ("call", "has_colors")
                return Built(TEMPLATE, ("if", test, ("link", url, text), *(other or [text])))
            case "json" | "hash":
                return Built(STRING, (part.name, *arguments), part.name)
            case "config":
                return Built(function.type, ("call", "config", *arguments), part.name)
            case "replace":
                wanted, content, new = arguments
                return Built(STRING, ("method", STRING, "replace", content, wanted, new))
            case "raw_escape_sequence":
                return Built(TEMPLATE, ("raw", self.literal_text(part, arguments[0])))
            case _ if "_" in part.name:
                kind, _, side = part.name.partition("_")
                return Built(TEMPLATE, (kind, side, *arguments))
        return Built(TEMPLATE, (part.name, *arguments))

    def literal_text(self, part: Call, recipe: Recipe) -> str:
        """Return the text of literals; what a value holds never reaches a terminal as it is."""
        if recipe[0] == "concat":
            return "".join(self.literal_text(part, one) for one in recipe[1:])
        if recipe[0] != "text":
            reason = f"Function `{part.name}`: Expected string literals"
            hint = "Only what the template itself says reaches the terminal as it is"
            self.fail(reason, part.inside, [hint])
        text: str = recipe[1]
        return text

    def arguments(self, function: Word, part: Call) -> list[Recipe]:
        """Check the arguments of a call."""
        if part.keywords:
            span = (part.keywords[0].span[0], part.keywords[-1].span[1])
            self.fail(f"Function `{part.name}`: Unexpected keyword arguments", span)
        wanted = function.arguments
        most: int | None = None if function.repeats else len(wanted)
        least = len(wanted) - function.optional - (function.repeats and len(wanted) > 1)
        given = len(part.arguments)
        if given < least or (most is not None and given > most):
            many = f"at least {least}" if most is None else f"{least} to {most}"
            many = str(least) if least == most else many
            self.fail(f"Function `{part.name}`: Expected {many} arguments", part.inside)
        kinds = [*wanted, *wanted[-1:] * (given - len(wanted))]
        return [self.typed(one, kind) for one, kind in zip(part.arguments, kinds, strict=False)]

    def method(self, part: Call, target: Expression) -> Built:
        built = self.build(target)
        if built.type.startswith(OPTION):
            inner = item_of(built.type)
            built = Built(inner, ("set", built.recipe, inner), built.labels)
        if built.type.startswith(LIST) and (made := self.of_list(built, part)) is not None:
            return made
        labels = f"{built.labels} {part.name}".lstrip()
        subject, called = VOCABULARIES.get(built.type), CALLED.get(built.type, {})
        if subject is not None and part.name in subject.keywords:
            known = subject.keywords[part.name]
            if part.arguments or part.keywords:
                self.fail(f"Function `{part.name}`: Expected 0 arguments", part.inside)
            return Built(known.type, ("of", built.recipe, part.name), labels)
        if part.name in called:
            word = called[part.name]
            arguments = self.arguments(word, part)
            recipe: Recipe = ("call_of", built.recipe, part.name, *arguments)
            if word.type == TEMPLATE:
                recipe = ("show", recipe, labels)
            return Built(word.type, recipe, labels)
        kind, methods = _methods_of(built.type, part.name)
        if part.name not in methods:
            known_names = [*methods, *called, *(subject.keywords if subject else ())]
            reason = f"Method `{part.name}` doesn't exist for type `{built.type}`"
            self.fail(reason, part.name_span, did_you_mean(similar_names(part.name, known_names)))
        word = methods[part.name]
        gives = {"T": item_of(built.type), "List": built.type}.get(word.type, word.type)
        recipe = ("method", kind, part.name, built.recipe, *self.arguments(word, part))
        return Built(gives, recipe, labels)

    def of_list(self, built: Built, part: Call) -> Built | None:
        """Build a method of a list whose argument is a lambda or a part of a template."""
        arguments = part.arguments
        if len(arguments) != 1 or part.keywords:
            return None
        if part.name == "join":
            self.shown(built, part)
            between = self.printable(arguments[0])
            return Built(TEMPLATE, ("joined", built.recipe, between, built.labels))
        if part.name not in ("map", "filter", "any", "all"):
            return None
        function = arguments[0]
        if not isinstance(function, Lambda) or len(function.parameters) != 1:
            self.fail(f"Method `{part.name}` takes a lambda such as `|x| x`", function.span)
        number = next(self.cells)
        local = {
            **self.locals,
            function.parameters[0]: Built(item_of(built.type), ("cell", number)),
        }
        inner = _Compiler(
            self.text, self.vocabulary, self.aliases, local, self.expanding, self.cells
        )
        if part.name == "map":
            body = inner.printable(function.body)
            return Built(f"{LIST}{TEMPLATE}>", ("map", built.recipe, number, body), built.labels)
        test = inner.typed(function.body, BOOLEAN)
        if part.name == "filter":
            return Built(built.type, ("filter", built.recipe, number, test), built.labels)
        if part.name == "any":
            return Built(BOOLEAN, ("any", built.recipe, number, test))
        return Built(BOOLEAN, ("not", ("any", built.recipe, number, ("not", test))))


def _methods_of(kind: str, name: str) -> tuple[str, Mapping[str, Word]]:
    """Return the type that has the method of a value, and the methods of that type."""
    if kind.startswith(LIST):
        own = METHOD_WORDS.get(kind, {})
        return "List", own if name in own else METHOD_WORDS["List"]
    own = METHOD_WORDS.get(kind, {})
    if name not in own and is_text(kind):
        return STRING, {**METHOD_WORDS[STRING], **own}
    return kind, own
