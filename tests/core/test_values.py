"""Typed values: what is the same needs a licence, and nothing else joins."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.codec.values import LONGEST, decode_value, encode_value
from consensus.core.model import Strategy
from consensus.core.values import Identifier, Opaque, Sameness, Several, compare
from tests.answers import said

SAME, DIFFERENT, UNKNOWN = Sameness
ALL = {
    Strategy.NUMERIC: (
        "5|5 km|5000 m|$5|7-9|7 to 9|about 5|5%|1/2|(1, 2)|[1, 2)|x > 3|2x + 1|five|5 apples|many|"
        "5 or more|under 5|5 ± 1|1h30|one in five|"
        "at least 5"
    ).split("|"),
    Strategy.EXACT: "B|yes|No|C++|C|O+|O-|007|7|3.10|3.1|A minor|Am".split("|"),
    Strategy.SEMANTIC: (
        "Paris|It is Paris.|Not Paris|Paris or Lyon|Lyon and Paris|Paris, Lyon|3 May 1990|"
        "1990-05-03|in the 1990s|the nineties|Q1 1990|half past ten|10 to 12 am|`ls -a`|"
        "Kim hired Lee.|Lee was hired by Kim.|堪培拉|"
        "Es ist Paris"
    ).split("|"),
}


def told(
    one: str, other: str, question: str = "", strategy: Strategy = Strategy.SEMANTIC
) -> Sameness:
    """How two answers to a question compare."""
    a, b = said(one, strategy, question).value, said(other, strategy, question).value
    assert a is not None
    assert b is not None
    assert compare(a, b) == compare(b, a)
    return compare(a, b).sameness


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Which blood type?", "O+", "O-"),
        ("Which language?", "C", "C++"),
        ("Which key?", "F# minor", "F# major"),
        ("How long do adults sleep?", "7-9 hours", "8-10 hours"),
        ("How much is it?", "$10-$15", "$20-$25"),
        ("What was the score?", "3-1", "4-2"),
        ("When was the war?", "1914-1918", "1935-1939"),
        ("What is a normal blood pressure?", "120/80", "90/60"),
        ("Which number do I call?", "555-1234", "556-1235"),
        ("Which Python version?", "3.10", "3.1"),
        ("What is the postal code?", "02134", "2134"),
        ("What did they find?", "p<0.05", "p>0.05"),
        ("Which command?", "chmod +x", "chmod -x"),
        ("What is the formula?", "H2O", "H2O2"),
        ("What is its complexity?", "O(n)", "O(log n)"),
        ("Does it work?", "It prevents infection.", "It rarely prevents infection."),
        ("Has it air?", "The planet has an atmosphere.", "The planet lacks an atmosphere."),
        ("Where is x?", "(1, 2)", "1 < x < 2"),
        ("Ist er gültig?", "Der Vertrag ist gültig.", "Der Vertrag ist nicht gültig."),
        ("Who hired whom?", "Kim hired Lee.", "Kim was hired by Lee."),
        ("Which line?", "y = 2x", "$y = \\frac{x}{2}$"),
        ("Who was the 41st president?", "George H. W. Bush", "George W. Bush"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("strategy", sorted(ALL))
def test_different_answers_do_not_join(
    question: str, one: str, other: str, strategy: Strategy
) -> None:
    """However alike they look, and whatever the strategy."""
    assert told(one, other, question, strategy) is not SAME


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("How many hours?", "between 7 and 9 hours", "7-9 hours"),
        ("What is the ratio?", "3:4", "3 to 4"),
        ("When does the train leave?", "17:45", "5:45 pm"),
        ("When was it signed?", "July 4, 1776", "4 July 1776"),
        ("Wann war das?", "Am 3. Oktober 1990", "03.10.1990"),
        ("Quand ?", "le 14 juillet 1789", "14/07/1789"),
        ("会議は何時に始まりますか。", "15時30分です。", "午後3時半"),
        ("At what temperature does water boil?", "100 °C", "It boils at 212 °F."),
        ("What are the sizes?", "21 cm by 29.7 cm", "210 × 297 mm"),
        ("इस ज़िले की जनसंख्या कितनी है?", "12,50,000", "12.5 लाख"),
        ("Is 91 a prime number?", "No", "91 = 7 × 13, so it is not prime."),
        ("Which file stores them?", "/etc/shadow", "They are kept in the file `/etc/shadow`."),
        ("Which spice?", "Saffron", "saffron."),
        ("Solve 2x + 1 > 7.", "x > 3", "(3, ∞)"),
        ("Who wrote it?", "Tolstoy", "Leo Tolstoy"),
        ("What is the capital of Turkey?", "It's not Istanbul, but Ankara.", "Ankara"),
        ("Name the tools.", "a saw, a drill and a hammer", "- hammer\n- saw\n- drill"),
    ],
)  # fmt: skip
def test_the_same_answer_in_other_words_joins(question: str, one: str, other: str) -> None:
    """Each difference has its licence."""
    assert told(one, other, question) is SAME


@given(st.sampled_from(sorted(ALL)), st.data())
@settings(deadline=None)
def test_sameness_is_symmetric_and_travels(strategy: Strategy, data: st.DataObject) -> None:
    """The order makes no difference, nor does the way through the codec."""
    one, other = (
        said(data.draw(st.sampled_from(ALL[strategy])), strategy, "What is it?").value
        for _ in range(2)
    )
    assert one is not None
    assert other is not None
    assert decode_value(encode_value(one)) == one
    assert compare(one, other) == compare(other, one)
    assert compare(one, one).sameness is SAME


@given(st.text(max_size=60), st.sampled_from(sorted(ALL)))
@settings(deadline=None)
def test_any_text_is_read_and_travels(text: str, strategy: Strategy) -> None:
    """Reading never raises, and what was read comes back from the wire as it was."""
    value = said(text, strategy, "What is 2 + 2?").value
    assert value is not None
    assert decode_value(encode_value(value)) == value


@given(st.text(max_size=200))
@settings(deadline=None)
def test_decoding_is_total(text: str) -> None:
    """Whatever a store or a message holds."""
    assert decode_value(text) is None or isinstance(decode_value(text), object)


@pytest.mark.parametrize(
    "text",
    ['{"k":"galaxy","v":7}', '{"k":"q","v":"1/0"}', "[]", "7", '{"k":"q"}', "{" * 500,
     '{"k":"several","v":[{"k":"several","v":[],"o":false}],"o":false}',
     '{"k":"phrase","v":[["z","x"]],"a":"a"}'],
)  # fmt: skip
def test_what_a_newer_version_wrote_is_kept_and_joins_nothing(text: str) -> None:
    """An Opaque is the same as nothing, not even as what looks like it."""
    value = decode_value(text)
    assert isinstance(value, Opaque)
    assert compare(value, value).sameness is UNKNOWN
    assert compare(value, Identifier("x")).sameness is UNKNOWN


def test_a_value_that_is_too_large_to_travel_is_none() -> None:
    """Its vote is then compared to the letter."""
    assert encode_value(Several(tuple(Identifier("x" * 1000) for _ in range(40)))) == ""
    assert len(encode_value(Identifier("x" * 1000))) < LONGEST
