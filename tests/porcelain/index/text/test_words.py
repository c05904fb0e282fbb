"""Words in texts of any script: what is found, and that the full-text index misses none of it."""

from __future__ import annotations

import re
import sqlite3
from unicodedata import category, normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.errors import Refused
from porcelain.index.text.folding import fold, original_span
from porcelain.index.text.question import Words
from porcelain.index.text.text_file import _TABLES
from porcelain.index.text.tokens import LONGEST, in_word, indexed, runs

SCRIPTS = {
    "Chinese": "我们昨天讨论了数据库的索引。今天要修复全文搜索的错误，然后发布新版本。",
    "Japanese": "昨日はデータベースの索引について話しました。検索エンジンを直します。",
    "Korean": "어제 데이터베이스 색인에 대해 이야기했습니다. 오늘은 전문 검색을 고칩니다.",
    "Thai": "เมื่อวานเราคุยกันเรื่องดัชนีของฐานข้อมูล วันนี้จะแก้ไขการค้นหาข้อความ",
    "Arabic": "تحدثنا أمس عن فهرس قاعدة البيانات، واليوم نصلح البحث في النصوص.",
    "Hindi": "कल हमने डेटाबेस की सूची पर बात की। आज हम खोज को ठीक करेंगे।",
    "German": "Die Straße ist lang, der Fluß ist GROSS, und Ärger gibt’s genug.",
}


LETTERS = st.one_of(
    st.sampled_from("aAbBsSßiIİı_.-'\"* \n\t0 9é\u0301\u0308\u00ad½ﬁΣς"),
    st.sampled_from("索引数据索カタカナｶﾞあいう한국어어ดัชนีกคفهرسُकखि"),
    st.characters(codec="utf-8"),
)
TEXTS = st.text(LETTERS, max_size=40)


@pytest.mark.parametrize(
    ("script", "word"),
    [
        *(("Chinese", word) for word in ("索引", "数据库", "错", "全文搜索的错误", "新版本")),
        *(
            ("Japanese", word)
            for word in ("データベース", "索引", "直します", "検索エンジン", "話")
        ),
        *(
            ("Korean", word)
            for word in ("데이터베이스", "색인", "검색", "이야기", "검색을 고칩니다")
        ),
        *(("Thai", word) for word in ("ดัชนี", "ฐานข้อมูล", "ค้นหา", "ข้อความ")),
        *(("Arabic", word) for word in ("فهرس", "قاعدة البيانات", "اليوم*", "واليوم")),
        *(("Hindi", word) for word in ("डेटाबेस", "खोज", "बात")),
        *(("German", word) for word in ("STRASSE", "fluss", "groß", "ärger", "gibt’s")),
    ],
)
def test_words_of_any_script_are_found(script: str, word: str) -> None:
    text = SCRIPTS[script]
    if word == "اليوم*":
        assert not Words(word).fits(text), "a beginning is not found inside a word"
        return

    assert Words(word).fits(text)
    assert found([text, "something else"], word) == [1]


@pytest.mark.parametrize(
    ("script", "word"),
    [("Chinese", "索擎"), ("Japanese", "引擎"), ("Korean", "데이터뱅크"), ("Thai", "ภาษา"),
     ("Arabic", "فهر"), ("Hindi", "खो"), ("German", "strass")],
)  # fmt: skip
def test_what_is_not_there_is_not_found(script: str, word: str) -> None:
    assert not Words(word).fits(SCRIPTS[script])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
        ("café", "cafe\u0301"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("ｶﾞﾝﾊﾞﾙ", "ガンバル"),
        ("ﬁnal oﬃce", "final office"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("مُحَمَّد", "محمد"),
        ("كتـــاب", "كتاب"),
        ("soft\u00adhyphen", "softhyphen"),
        ("한글", normalize("NFD", "한글")),
        ("\u202eright\u202c", "right"),
    ],
)
def test_spellings_that_are_one_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("resume", "résumé"), ("a", "ä"), ("は", "ば")])
def test_accents_count(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_phrases_and_beginnings() -> None:
    text = "Undo the bad fork:\n  it forked at foo_bar.baz(1) -> C++"

    for query in ("fork", "FORK undo", '"bad fork"', "for*", '"at foo*', '"the bad fo"*', "foo",
                  "foo_bar.baz(1)", "->", "c++", '"it forked"', "it*"):  # fmt: skip
        assert Words(query).fits(text), query
    for query in ("for", "ork", '"bad forked"', "fork redo", "oo_bar", "bas*", '"fork bad"'):
        assert not Words(query).fits(text), query


def test_a_later_place_counts_where_an_earlier_one_is_a_part_of_a_word() -> None:
    assert Words('"a a"').fits("xa a a")
    assert Words("on").fits("once upon on")


@pytest.mark.parametrize("text", ["", "  ", '""', '"'])
def test_nothing_to_search_for_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no word to search for"):
        Words(text)


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    text = "Ein Fluß, \u202eder Cafe\u0301-Garten und die Straße"

    def places(query: str) -> list[str]:
        return [text[start:stop] for start, stop in Words(query).spans(text)]

    assert places("fluss") == ["Fluß"]
    assert places("garten café") == ["Cafe\u0301", "Garten"]
    assert places("strasse") == ["Straße"]
    assert original_span("ßß", 1, 3) == (0, 2)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.text("abß é\u0301学ﬁ\n", max_size=200))
def test_a_place_in_a_folded_text_leads_back_to_what_was_written(word: str, around: str) -> None:
    text = f"{around} {word.strip()} {around}"
    folded = fold(text)
    wanted = fold(word.strip())
    start = folded.find(f" {wanted} ") + 1
    if not wanted or start == 0:
        return
    first, stop = original_span(text, start, start + len(wanted))
    assert wanted in fold(text[first:stop])
    assert len(fold(text[first:stop])) <= len(wanted) + 4


def found(texts: list[str], query: str) -> list[int]:
    """Return the numbers, from 1, of the texts that the full-text index gives for a query."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(_TABLES)
    for number, text in enumerate(texts, 1):
        row = (number, indexed(fold(text)))
        connection.execute("INSERT INTO words (rowid, body) VALUES (?, ?)", row)
    wanted = Words(query).query
    if not wanted:
        return [*range(1, len(texts) + 1)]
    sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"
    return [row[0] for row in connection.execute(sql, (wanted,))]


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.data())
def test_the_index_misses_no_text_that_fits(texts: list[str], data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        text = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(text)))
        query = text[start : start + data.draw(st.integers(1, 8))]
    else:
        query = data.draw(TEXTS)
    try:
        words = Words(query)
    except Refused:
        return

    fitting = [number for number, text in enumerate(texts, 1) if words.fits(text)]

    assert set(fitting) <= set(found(texts, query)), (query, words.query)
    for number in fitting:
        assert words.spans(texts[number - 1])


PLAIN = st.lists(
    st.sampled_from(
        ["fork", "undo", "Fork", "FORK", "straße", "STRASSE", "red", "学校", "学", "ไทย", "repo2"]
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, max_size=5), st.lists(PLAIN.filter(bool).map(lambda w: w[0]), min_size=1))
def test_words_are_found_where_a_naive_look_finds_them(
    texts: list[list[str]], wanted: list[str]
) -> None:
    for words in texts:
        text = ", ".join(words)
        naive = all(
            any(
                one.casefold() in word.casefold()
                if re.search("[\u0e00-\u9fff]", one)
                else one.casefold() == word.casefold()
                for word in words
            )
            for one in wanted
        )

        assert Words(" ".join(wanted)).fits(text) == naive


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_long_word_is_found_by_all_of_it_and_by_its_beginning() -> None:
    word = "0123456789abcdef" * 8

    assert found([f"see {word} there", f"see {word[:-1]}X"], word) == [1, 2]
    assert Words(word).fits(f"see {word} there")
    assert not Words(word).fits(f"see {word[:-1]}X")
    assert found([f"see {word} there"], f"{word[: LONGEST + 5]}*") == [1]
    assert Words(f"{word[: LONGEST + 5]}*").fits(f"see {word} there")


@pytest.mark.parametrize("query", ["डेटा*", "दुनि*", "ดัชนี*", "数据*", "색인*"])
def test_a_beginning_may_end_with_any_letter_or_mark(query: str) -> None:
    texts = [" ".join(SCRIPTS.values()), "दुनिया"]

    assert any(Words(query).fits(text) for text in texts)
    assert found(texts, query)


def test_every_letter_is_part_of_a_word_and_every_usual_sign_is_none() -> None:
    for code in range(0x80, 0x30000):
        character = chr(code)
        parts = [*runs(f"a {character}")]
        if category(character)[0] == "L":
            assert len(parts) == 2, hex(code)
    for sign in "“”‘’«»„…–—·¡¿।॥،؛؟、。「」・！？（）":
        assert not in_word(fold(sign)[0]), sign
