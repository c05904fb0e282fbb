"""Hypothesis strategies for pawan documents with unusual spelling and spacing."""

from __future__ import annotations

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.sampled_from(
        [
            *("0", "-0", "1.50", "1e21", "1E-7", "18446744073709551616", "true", "null", '""'),
            *(r'"\u00e9\/\n"', '"é[ 1 ]"', r'"\ud83d\ude00"', '"{\\"k\\": [ ]}"'),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
        | st.lists(inner, max_size=3).map(
            lambda items: "{" + ",".join(f'"k{n}":{item}' for n, item in enumerate(items)) + "}"
        )
    ),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw a pawan document with unusual spelling and, in places, unusual spacing."""
    fields = ['"id":"x"', '"model":"m"', '"created_at":""', r'"updated_at":"\u0031"']
    names = st.sampled_from(["wajutsu", "wajutsu_", "wajutsu__", r"wajuts\u0075", "cost", "é", ""])
    for name in draw(st.lists(names, unique=True, max_size=3)):
        if not (name == r"wajuts\u0075" and '"wajutsu"' in "".join(fields)):
            fields.append(f'"{name}":{draw(JSON_VALUES)}')
    if any(field.startswith(r'"wajuts\u0075"') for field in fields):
        fields = [field for field in fields if not field.startswith('"wajutsu":')]
    messages = [
        f'{{"role":"user","content":"{n}","extra":{draw(JSON_VALUES)}}}'
        for n in range(draw(st.integers(0, 4)))
    ]
    fields.append('"messages":[' + ",".join(messages) + "]")
    small = "{" + ",".join(draw(st.permutations(fields))) + "}"
    mode = draw(st.sampled_from(["compact", "pretty", "default", "odd"]))
    if mode == "compact":
        return small
    out, quoted, escaped, depth = "", False, False, 0
    spaces = st.sampled_from(["", "", "", " ", "\n", "\t", "\r\n  "])
    for character in small:
        if quoted:
            out += character
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
            continue
        quoted = character == '"'
        if mode == "default":
            out += character + " " if character in ",:" else character
        elif mode == "odd":
            out += draw(spaces) + character if character in '{}[],:"' else character
        else:
            depth += (character in "{[") - (character in "}]")
            line = "\n" + "  " * depth
            if character in "}]" and out[-1] not in "{[":
                out += line
            if out and out[-1] in "{[," and character not in "}]":
                out += "\n" + "  " * (depth - (character in "{["))
            out += character + " " if character == ":" else character
    return out + draw(st.sampled_from(["", "\n"]))
