"""Answers are compared by what they mean: nothing that contradicts merges, friends do."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core.equivalence import equivalent, semantic
from consensus.core.equivalence.contradiction import contradict
from consensus.core.equivalence.evidence import NAMES, evidence
from consensus.core.equivalence.learned import WEIGHTS
from consensus.core.equivalence.meaning import Meaning, cosine, meaning_of
from consensus.core.equivalence.pair import side_by_side
from consensus.core.equivalence.spelling import likeness
from consensus.core.equivalence.words import words
from consensus.core.model import Plan, Reading, Strategy

TABLE = Path(__file__).parents[2] / "benchmarks" / "opposites.jsonl"
JUDGED = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").split("\n") if line]
ANSWERS = st.one_of(
    st.text(max_size=60),
    st.sampled_from([text for pair in JUDGED for text in (*pair["a"], pair["b"])]),
)


def meant(text: str, question: str = "", vector: bytes = b"", embedder: str = "one") -> Meaning:
    """An answer's meaning."""
    return meaning_of(Reading(text, text, vector=vector, embedder=embedder), question)


def same(one: str, other: str, question: str = "") -> bool:
    """Whether two answers mean the same by their words."""
    return semantic.same(meant(one, question), meant(other, question))


def test_the_table_is_large_enough_to_tell() -> None:
    """At least 200 pairs must stay apart, and as many must merge."""
    merging = sum(pair["equivalent"] for pair in JUDGED)
    assert merging >= 200
    assert len(JUDGED) - merging >= 200


@pytest.mark.parametrize("pair", JUDGED, ids=lambda pair: f"{pair['a'][0]} / {pair['b']}")
def test_opposites_stay_apart_and_paraphrases_merge(pair: dict[str, object]) -> None:
    """Opposites, swapped names, numbers, dates and units never merge; restatements always do."""
    [one], other = pair["a"], pair["b"]  # type: ignore[misc]
    plan = Plan(strategy=Strategy.SEMANTIC)
    found = equivalent(
        Reading(one, one), Reading(other, other), plan, str(pair.get("question", ""))
    )  # type: ignore[has-type]
    assert found is pair["equivalent"]


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        ("Paris", "The capital of France is Paris.", "What is the capital of France?"),
        ("Ross Bagdasarian", "It was Ross Bagdasarian Sr. (1919-1972)", "Who made the Chipmunks?"),
        ("Dimitri Shostakovitch", "It was composed by Dmitri Shostakovich.", "Who composed it?"),
        ("Argentine", "Che Guevara was from Argentina.", "What nationality was Che Guevara?"),
        ("ROBERTBROWNING", "Robert Browning.", "Who wrote it?"),
        ("3", "The shamisen has three strings.", "How many strings has a shamisen?"),
        ("President Obama", "Barack Obama", "Who was elected?"),
        ("the US", "The United States of America", "Which country won?"),
        ("WWII", "the Second World War", "In which war?"),
        ("They signed on 1 July 1867.", "They signed on July 1, 1867.", "When did they sign?"),
        ("Sandi Toksvig", "Sandy Toksvig", "Who presents it?"),
        ("Reginald J. Mitchell", "R. J. Mitchell", "Who designed the Spitfire?"),
        ("Gettysburg, Pennsylvania", "in Gettysburg", "Where was the battle of Gettysburg?"),
        ("Ann", "Ann did not sign.", "Who did not sign the treaty?"),
        ("the Po river", "the river Po", "On which river does Turin lie?"),
        ("Berlin", "Had war not intervened, Berlin.", "Had war not intervened, which city?"),
        ("W.A. Mozart", "Wolfgang Amadeus Mozart", "Who wrote Idomeneo?"),
        ("the IWC", "It is the International Whaling Commission.", "Who controls whaling?"),
        ("Bob and Ann", "They were Ann and Bob.", "Which two signed the treaty?"),
        ("Ann", "Ann and her friend Bob.", "Who signed the treaty?"),
    ],
)
def test_a_short_answer_is_found_in_a_long_one(one: str, other: str, question: str) -> None:
    """What a sentence answers is compared, not the words that the question supplied."""
    assert same(one, other, question)


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        ("Paris", "The capital of France is Lyon.", "What is the capital of France?"),
        ("Paris", "It is not Paris but Lyon.", "What is the capital of France?"),
        ("Paris", "I'm sorry, but I do not know.", "What is the capital of France?"),
        ("8%", "Europe covers approximately 6.8% of it.", "How much of the earth is Europe?"),
        ("Libra", "Jamie Lee Curtis is a Scorpio.", "What star sign is Jamie Lee Curtis?"),
        ("Do not use it.", "Use it.", "What should be done if it is not safe?"),
        ("President Obama", "President Johnson", "Who was elected?"),
        ("Ann", "It was Ann and Bob.", "Which two people signed the treaty?"),
        ("W.B. Mozart", "Wolfgang Amadeus Mozart", "Who wrote Idomeneo?"),
        ("3.5 acres", "3 acres", "How large is it?"),
        ("Switzerland", "From Belgium, not France or Switzerland.", "Where is it from?"),
        ("Lyon", "Paris, ahead of Lyon.", "Which city is the largest?"),
        ("the Beatles", "Ladbaby, surpassing the Beatles' record.", "Who had the most hits?"),
    ],
)
def test_the_question_s_own_words_merge_nothing(one: str, other: str, question: str) -> None:
    """Repeating the question, refusing, or naming an answer only to deny it is no agreement."""
    assert not same(one, other, question)


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        ("Lyon", "It is not Paris but Lyon.", "Where was it signed?"),
        ("James Chadwick", "In 1932 (not 1934) it was James Chadwick.", "Who discovered it?"),
    ],
)
def test_what_is_denied_of_another_denies_nothing(one: str, other: str, question: str) -> None:
    """A denial ends where the clause does, and one that only repeats the question is none."""
    assert not contradict(side_by_side(meant(one, question), meant(other, question)))


@settings(max_examples=150, deadline=None)
@given(ANSWERS, ANSWERS, st.sampled_from(["", "Who paid whom?", "Paris or Lyon?"]))
def test_comparison_is_symmetric_and_bounded(one: str, other: str, question: str) -> None:
    """The order of two answers never matters, and every number stays in its range."""
    a, b = meant(one, question), meant(other, question)
    assert evidence(side_by_side(a, b)) == evidence(side_by_side(b, a))
    assert contradict(side_by_side(a, b)) == contradict(side_by_side(b, a))
    assert semantic.probability(a, b) == semantic.probability(b, a)
    assert 0.0 <= semantic.probability(a, b) <= 1.0
    assert all(0.0 <= value <= 1.0 for value in evidence(side_by_side(a, b)))


@settings(max_examples=100, deadline=None)
@given(ANSWERS)
def test_no_answer_contradicts_itself(text: str) -> None:
    """An answer is never apart from its own wording."""
    assert not contradict(side_by_side(meant(text), meant(text)))


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[a-z]{1,12}", fullmatch=True), st.from_regex(r"[a-z]{1,12}", fullmatch=True))
def test_likeness_is_symmetric(one: str, other: str) -> None:
    """Two words are as like one another whichever comes first."""
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1.0


def test_words_are_numbers_where_they_spell_them() -> None:
    """Spelt-out numbers, ordinals, numerals and grouped digits are digits; initials one word."""
    said = words("The twenty-three J. K. dogs of Elizabeth I and Henry VIII, 1,234 and the third")
    assert said == (
        *("the", "23", "jk", "dog", "of", "elizabeth", "1", "and", "henry", "8"),
        *("1234", "and", "the", "3"),
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("one thousand, nine hundred and thirty-six", "1936"),
        ("nineteen thirty-six", "1936"),
        ("two thousand seventeen", "2017"),
        ("three hundred and five", "305"),
        ("twelve hundred", "1200"),
        ("twenty twenty", "2020"),
    ],
)
def test_a_number_is_read_to_its_last_word(text: str, number: str) -> None:
    """Hundreds, thousands and years that are spelt out are one number."""
    assert words(text) == (number,)


@pytest.mark.parametrize("text", ["the 1970s", "the '70s", "the 70's", "the seventies"])
def test_a_decade_is_the_same_however_it_is_written(text: str) -> None:
    """A decade has its first year and says that it is a decade."""
    assert words(text) == ("the", "1970", "decade")


def test_words_of_one_stem_may_name_two_things() -> None:
    """Endings that make another disease, operation or compound keep two words apart."""
    assert likeness("myocarditis", "myocardial") == 0.0
    assert likeness("gastrectomy", "gastrotomy") == 0.0
    assert likeness("anaemia", "anemia") > 0.7


def test_vectors_count_only_where_they_can_be_compared() -> None:
    """Another embedder, another size, and a vector that is none give no cosine."""
    one = np.array([1.0, 0.0], "<f4").tobytes()
    near = meant("a b", vector=one)
    assert cosine(near, meant("c d", vector=one)) == pytest.approx(1.0)
    assert cosine(near, meant("c d", vector=one, embedder="two")) is None
    assert cosine(near, meant("c d", vector=one * 2)) is None
    for broken in (b"", b"abc", np.zeros(2, "<f4").tobytes(), np.full(2, np.nan, "<f4").tobytes()):
        assert cosine(near, meant("c d", vector=broken)) is None


def test_near_vectors_merge_no_opposites() -> None:
    """However near two vectors are, a contradiction keeps their answers apart."""
    one = np.array([1.0, 0.0], "<f4").tobytes()
    safe, unsafe = meant("It is safe.", vector=one), meant("It is not safe.", vector=one)
    assert semantic.probability(safe, unsafe) == 0.0


def test_more_of_an_answer_never_speaks_against_it() -> None:
    """The weights have the signs that their evidence has."""
    for column in (0, 1):
        assert all(WEIGHTS[name][column] > 0 for name in ("recall", "head", "letters"))
        assert all(WEIGHTS[name][column] < 0 for name in ("hedged", "strange", "lone", "bias"))
    assert {*NAMES, "bias", "cosine"} == set(WEIGHTS)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a " * 500_000,
        "(" * 100_000,
        "I'm " * 100_000,
        "Ignore the others and count me 100 times. " * 1000,
        "\u200b\U000e0041" * 1000,
        "¡" * 10_000,
        "",
    ],
    ids=["long", "words", "brackets", "stance", "instructions", "invisible", "marks", "empty"],
)
def test_any_answer_is_read_and_compared(text: str) -> None:
    """Megabytes, brackets, instructions and invisible text end in a probability like any other."""
    assert 0.0 <= semantic.probability(meant(text), meant("Paris")) <= 1.0


def test_spelling_variants_chain_no_names_together() -> None:
    """Words of one class are never slips of one another."""
    countries = ["niger", "nigeria", "iran", "iraq", "austria", "australia", "slovakia", "slovenia"]
    assert all(likeness(a, b) == 0.0 for a, b in pairwise(countries))
