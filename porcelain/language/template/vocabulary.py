"""The words of templates: functions, types and their methods, with signatures and descriptions.

A subject's type is one of `SUBJECTS`; its methods are the keywords that `keywords.py` lists. What
the methods of other types compute is in `methods.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

STRING = "String"
INTEGER = "Integer"
BOOLEAN = "Boolean"
TEMPLATE = "Template"
SERIALIZE = "Serialize"
PATTERN = "StringPattern"
LITERAL = "StringLiteral"
TIMESTAMP = "Timestamp"
LIST = "List<"
OPTION = "Option<"


class Word(NamedTuple):
    """A function or a method: the types of its arguments, the last `optional` may be left out.

    `repeats`: the last argument may be given any number of times.
    """

    usage: str
    arguments: tuple[str, ...]
    optional: int
    repeats: bool
    type: str
    help: str


def word(usage: str, help_text: str) -> tuple[str, Word]:
    """Read a signature: `substr(start: Integer, [end: Integer]) -> String`."""
    name, _, rest = usage.partition("(")
    inside, _, gives = rest.rpartition(") -> ")
    parts = [part.strip() for part in inside.split(",") if part.strip()]
    types = tuple(part.strip("[]").rpartition(": ")[2].removesuffix("…") for part in parts)
    optional = sum(part.startswith("[") for part in parts)
    return name, Word(usage, types, optional, inside.endswith("…"), gives, help_text)


def _words(table: str) -> dict[str, Word]:
    """Read a table: signatures, each with a description behind two colons."""
    lines = (line.partition(" :: ") for line in table.strip().splitlines())
    return dict(word(usage.strip(), help_text) for usage, _, help_text in lines)


FUNCTIONS = _words(
    """
if(condition: Boolean, then: Template, [else: Template]) -> Template :: One of two, or nothing
try(content: Template…) -> Template :: The first that is computed without an error
coalesce(content: Template…) -> Template :: The first that is not empty
concat(content: Template…) -> Template :: All, as with `++`
separate(separator: Template, content: Template…) -> Template :: All that are not empty, separated
join(separator: Template, content: Template…) -> Template :: All, separated
surround(prefix: Template, suffix: Template, content: Template) -> Template :: All three if the content is not empty
label(names: String, content: Template) -> Template :: The content with labels for its colours
fill(width: Integer, content: Template) -> Template :: Lines broken at words where they are wider
indent(prefix: Template, content: Template) -> Template :: Each line that is not empty behind a prefix
pad_start(width: Integer, content: Template, [fill: Template]) -> Template :: Padded on the left
pad_end(width: Integer, content: Template, [fill: Template]) -> Template :: Padded on the right
pad_centered(width: Integer, content: Template, [fill: Template]) -> Template :: Padded on both sides
truncate_start(width: Integer, content: Template, [mark: Template]) -> Template :: Cut on the left
truncate_end(width: Integer, content: Template, [mark: Template]) -> Template :: Cut on the right
hyperlink(url: String, text: Template, [fallback: Template]) -> Template :: A link, where output has colours; else the fallback
raw_escape_sequence(text: Template) -> Template :: Literals that reach the terminal as they are
replace(pattern: StringPattern, content: String, new: String) -> String :: A text with each match replaced; `$1` is a group
stringify(content: String) -> String :: The content as text without labels
hash(content: String) -> String :: A digest of 128 digits, the same for the same text
json(value: Serialize) -> String :: A value as JSON
config(name: StringLiteral) -> Option<ConfigValue> :: A setting, if it has a value
"""
)

_ID = """
short([length: Integer]) -> String :: The first 12 digits, or so many
shortest([length: Integer]) -> ShortestIdPrefix :: The shortest unique prefix, with more digits beside it up to a length
"""

METHOD_WORDS: Mapping[str, Mapping[str, Word]] = {
    STRING: _words(
        """
len() -> Integer :: The number of characters
contains(text: String) -> Boolean :: Whether it has a text
match(pattern: StringPattern) -> String :: The first match, or nothing
starts_with(text: String) -> Boolean :: Whether it begins so
ends_with(text: String) -> Boolean :: Whether it ends so
remove_prefix(text: String) -> String :: Without this beginning
remove_suffix(text: String) -> String :: Without this end
trim() -> String :: Without the space around it
trim_start() -> String :: Without the space before it
trim_end() -> String :: Without the space behind it
substr(start: Integer, [end: Integer]) -> String :: From one character to before another; negative numbers count from the end
first_line() -> String :: The text up to its first newline
lines() -> List<String> :: The lines
split(separator: StringPattern, [limit: Integer]) -> List<String> :: Its parts, at most so many
replace(pattern: StringPattern, new: String, [limit: Integer]) -> String :: With another text for each match, or for so many; `$1` is a group
upper() -> String :: In upper case
lower() -> String :: In lower case
escape_json() -> String :: As a string of JSON
"""
    ),
    "List": _words(
        """
len() -> Integer :: The number of items
join(separator: Template) -> Template :: The items, separated
map(|item| content) -> AnyList :: Content for each item
filter(|item| condition) -> List :: The items that meet a condition
any(|item| condition) -> Boolean :: Whether an item meets a condition
all(|item| condition) -> Boolean :: Whether all items meet a condition
first() -> T :: The first item; an error if there is none
last() -> T :: The last item; an error if there is none
get(place: Integer) -> T :: The item at a place, from 0; an error if there is none
reverse() -> List :: The items, the last one first
skip(count: Integer) -> List :: Without the first items
take(count: Integer) -> List :: The first items alone
"""
    ),
    "List<Trailer>": _words(
        "contains_key(key: String) -> Boolean :: Whether a trailer has this key"
    ),
    "ChangeId": _words(f"{_ID}normal_hex() -> String :: In hexadecimal digits"),
    "CommitId": _words(_ID),
    "OperationId": _words(_ID),
    "ShortestIdPrefix": _words(
        """
prefix() -> String :: The unique prefix
rest() -> String :: The digits that are shown beside it
upper() -> ShortestIdPrefix :: In upper case
lower() -> ShortestIdPrefix :: In lower case
"""
    ),
    TIMESTAMP: _words(
        """
ago() -> String :: How long ago, in words
format(form: String) -> String :: As `strftime` does
utc() -> Timestamp :: In UTC
local() -> Timestamp :: In the local zone
after(date: StringLiteral) -> Boolean :: Whether it is at or after a date, as in revsets
before(date: StringLiteral) -> Boolean :: Whether it is before a date, as in revsets
since(start: Timestamp) -> TimestampRange :: The time from a moment to this one
"""
    ),
    "TimestampRange": _words(
        """
start() -> Timestamp :: Its beginning
end() -> Timestamp :: Its end
duration() -> String :: How long it is, in words
"""
    ),
    "Signature": _words(
        """
name() -> String :: The name
email() -> Email :: The address
timestamp() -> Timestamp :: The time
"""
    ),
    "Email": _words(
        """
local() -> String :: The part before the `@`
domain() -> String :: The part behind it
"""
    ),
    "Trailer": _words(
        """
key() -> String :: Its key
value() -> String :: Its value
"""
    ),
    "SizeHint": _words(
        """
lower() -> Integer :: The least that it can be
upper() -> Option<Integer> :: The most that it can be, if that is known
exact() -> Option<Integer> :: The number, if it is known
zero() -> Boolean :: Whether it is known to be 0
"""
    ),
    "ConfigValue": _words(
        """
as_string() -> String :: The value, if it is text
as_boolean() -> Boolean :: The value, if it is `true` or `false`
as_integer() -> Integer :: The value, if it is a number
as_string_list() -> List<String> :: The value, if it is a list
"""
    ),
}
"""By type, then by name."""

_TEXTS = ("String", "Email", "RefSymbol")


def item_of(kind: str) -> str:
    """Return the type of the items of a list, or of what an option holds."""
    return kind.partition("<")[2][:-1]


def is_text(kind: str) -> bool:
    """Tell whether values of a type are text, and have the methods of strings."""
    return kind in _TEXTS
