"""The words of languages are data: every one of them can be read."""

from __future__ import annotations

import pytest

from consensus.readers import packs
from consensus.readers.declining import declines
from consensus.readers.packs import any_of, pattern_of

PHRASES = ["answer", "states", "chooses", "rejects", "because", "corrects", "corrects_to"]
PHRASES += ["not_answers", "declines", "openers", "hedges", "offers", "if_unknown"]


@pytest.mark.parametrize("purpose", PHRASES)
def test_every_phrase_is_a_pattern(purpose: str) -> None:
    """No phrase has a bracket too many, and none matches nothing at all."""
    for pack in packs.packs():
        for phrase in pack.get(purpose, ()):
            pattern = any_of([phrase.replace(packs.SLOT, "")])
            assert pattern.fullmatch("") is None, phrase


def test_every_topic_is_a_pattern() -> None:
    """The same of the words by which a question tells what it is about, and what it wants."""
    for pack in packs.packs():
        for phrases in [*pack.get("topics", {}).values(), *pack.get("wants", {}).values()]:
            for phrase in phrases:
                assert any_of([phrase]).search("") is None, phrase


def test_every_language_has_what_a_reply_needs() -> None:
    """Answers, confidence, declines, yes and no are known in each."""
    needed = {"answer", "keys", "confidence", "states", "declines", "yes", "no", "or", "fillers"}
    for pack in packs.packs():
        assert needed <= pack.keys(), pack["answer"]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("(a|b) c", ["a c", "b  c"]),
        ("[the] answer", ["answer", "the answer"]),
        ("answer [is]", ["answer", "answer is"]),
        ("i don't", ["i don't", "I don’t"]),
        ("(very)?_sorry", ["sorry", "very sorry", "verysorry"]),
        ("as ~ says", ["as somebody says"]),
        ("how is … typed", ['how is ";" typed', "how is typed"]),
        ("字符(!串)", ["字符"]),
    ],
)
def test_a_phrase_says_what_it_stands_for(phrase: str, said: list[str]) -> None:
    """One of these, one or none, a gap, and any kind of quote."""
    for text in said:
        assert any_of([phrase]).fullmatch(text), text


def test_a_phrase_ends_where_its_words_do() -> None:
    """But for a star; and not before what it says must not follow."""
    assert not any_of(["sign"]).search("a design, signs")
    assert any_of(["sign*"]).search("signs")
    assert any_of(["*zeichen"]).search("satzzeichen")
    assert not any_of(["字符(!串)"]).search("字符串")
    assert not any_of(["zeichen*"]).search("satzzeichen")


@pytest.mark.parametrize("phrase", ["(a", "a)", "[a|b", "a]"])
def test_a_phrase_with_odd_brackets_is_refused(phrase: str) -> None:
    """A slip in a language's file is found at once, not by a reply."""
    with pytest.raises(ValueError, match="unbalanced"):
        pattern_of(phrase)


@pytest.mark.parametrize("pack", packs.packs(), ids=lambda pack: str(pack["keys"][0]))
def test_what_a_language_says_for_nothing_is_a_decline(pack: dict[str, list[str]]) -> None:
    """N/A in its words, and not where the question asks for it."""
    for word in pack["not_applicable"]:
        assert declines(word, "Who?")
        assert not declines(word, f'Which is it? Answer "{word}" where there is none.')


def test_a_substance_has_one_formula() -> None:
    """No name, in whatever language, stands for two: they are read together."""
    formulas: dict[str, set[str]] = {}
    for pack in packs.packs():
        for formula, names in pack.get("values", {}).get("substances", {}).items():
            for name in names.split("|"):
                formulas.setdefault(name.casefold(), set()).add(formula)
    assert {name: told for name, told in formulas.items() if len(told) > 1} == {}
    assert formulas["carbon dioxide"] == {"CO2"}
