"""Short answers and the prose that says them: what joins, and what stays apart."""

from __future__ import annotations

import pytest

from consensus.core.model import Strategy
from consensus.core.values import Sameness, compare
from consensus.readers import answer

WHO = "Who wrote the novel?"
MAYOR = "Which mayor opened the bridge?"
SHOP = "Is the shop open on Mondays?"
WHEN = "When did the ship sink?"

JOINS = [
    # a sentence that says the answer of what was asked
    ("Which duo sang it?", "Sam and Dave", "The duo that sang it is Sam and Dave."),
    ("What are the three colours?", "red, green, blue",
     "The three colours are blue, red and green."),
    ("What was the game called?", "Never Have I Ever", "The game was called Never Have I Ever."),
    ("Which land has no coast?", "Chad", "The land that has no coast is Chad."),
    ("What did it lack, if not food?", "Water", "Water is what it did lack, not food."),
    ("Which city was shelled?", "Paris (France)", "The city that was shelled was Paris."),
    ("Who painted it?", "Ann Low", "She painted it in the war: Ann Low."),
    ("Where is the largest port?", "Genoa", "The largest port there, since the war, is Genoa."),
    # a person, by a shorter name, a title, a description or another name
    (WHO, "Kees van Dyck", "Kees Pieter van Dyck"),
    (WHO, "Sam Kent Jr.", "Sam Kent"),
    (WHO, "Mrs Shelley", "Mary Shelley"),
    (MAYOR, "Lee", "The mayor who opened the bridge was Ann Lee."),
    (WHO, "Edith Wharton", "The American novelist Edith Wharton"),
    (WHO, "Edith Wharton", "Edith Newbold Jones, better known as Edith Wharton"),
    (WHO, "George VI", "George the Sixth"),
    (WHO, "Mark Twain", "Samuel Clemens"),
    ("Quem descobriu a ilha?", "Vasco da Gama", "O navegador português Vasco da Gama"),
    ("《静夜思》的作者是谁？", "李白", "唐代诗人李白"),
    ("源氏物語の作者は誰ですか。", "紫式部", "平安時代の女流作家、紫式部です。"),
    (WHO, "Ann Low", "The Scottish bacteriologist Dame Ann Low, in 1928"),
    ("Which German mathematician was it?", "GAUSS", "Carl Friedrich Gauss"),
    # a place and its region, and a sentence further on
    ("Where is the gallery?", "Florence, Italy", "In Florence"),
    ("Which king built the tower?", "Otto",
     "Nothing is known of the architect. The king who built the tower was Otto."),
    # an aside that says what a thing is, and other names of one thing
    ("Which planet is red?", "Mars", "Mars, the fourth planet from Earth"),
    ("Which vegetable is it?", "Aubergine", "eggplant"),
    ("Which country is it?", "The Slovak Republic", "Slovakia"),
    ("Which drug was given?", "Acetylsalicylic acid", "aspirin"),
    # a time, to no precision in particular
    (WHEN, "1912", "15 April 1912"),
    (WHEN, "1912", "The ship sank on 15 April 1912."),
    # yes or no, by what the question says in other words or in those of the opposite
    (SHOP, "No", "It is closed on Mondays."),
    ("May dogs enter the park?", "No.", "Dogs are banned from the park."),
    ("May dogs enter the park?", "Dogs are not allowed.", "Dogs are forbidden."),
    ("Is the ticket valid on the bus?", "No", "No, it is valid only on the train."),
    ("Is the bridge safe?", "No", "The bridge is unsafe."),
    ("Did he admit the theft?", "No", "He denied it."),
    ("Was the test a success?", "It failed.", "The test was unsuccessful."),
    ("Darf man hier parken?", "Nein", "Parken ist hier nicht erlaubt."),
    ("Apakah toko masih buka?", "Tidak", "Toko sudah ditutup."),
]  # fmt: skip
STAYS_APART = [
    ("What are the three colours?", "red, green", "The three colours are red, green and blue."),
    ("Which duo sang it?", "Sam and Dave", "The duo that sang it is not Sam and Dave."),
    ("What is the capital?", "Kyoto", "The capital was Kyoto until 1868."),
    ("What is the capital?", "Sydney", "Most people think that the capital is Sydney."),
    ("What is the capital?", "Lyon", "The capital is not Lyon."),
    ("Which is the largest port?", "Genoa", "The second largest port is Genoa."),
    ("Who painted the ceiling?", "Titian", "It was Raphael, a rival of Titian, who painted it."),
    ("Which animal is it?", "a dolphin", "a river dolphin"),
    ("Which place was hit?", "Pacific Island", "Island"),
    (WHO, "Mr Shelley", "Mrs Shelley"),
    (WHO, "Sam Kent Sr.", "Sam Kent Jr."),
    (WHO, "Robert Low", "The wife of the composer Robert Low"),
    (WHO, "Kim Lee", "Not Ann Low, formerly known as Kim Lee"),
    (WHO, "George VI", "George the Fifth"),
    (WHO, "Napoleon III", "Napoleon Bonaparte"),
    (WHEN, "1912", "15 April 1913"),
    (WHEN, "14 April 1912", "15 April 1912"),
    ("In which month and year did it sink?", "1912", "April 1912"),
    (SHOP, "Yes", "It is closed on Mondays."),
    (SHOP, "No", "It is not closed on Mondays."),
    ("Did the price rise?", "Yes", "The price did not fall."),
    (WHO, "Ann Low", "The editor thanked Ann Low."),
    (WHO, "Ann Low", "The novel was written by the sister of Ann Low."),
    ("Which novel won the prize?", "Emma", "The novel that won the prize is a parody of Emma."),
    ("Where was he born?", "Paris", "He was born near Paris."),
    ("Which year was it?", "1990", "the 1990s"),
    ("What did he not eat?", "Meat", "He did eat meat."),
    ("Which planet has no moon?", "Venus", "Venus has a moon."),
    ("May dogs enter the park?", "No", "No, only with a permit"),
    ("May dogs enter the park?", "Yes", "Yes, but only on a lead"),
    ("May dogs enter the park?", "Yes", "Dogs are banned from the park."),
    ("Did Ann win against Bob?", "No", "Bob lost."),
    ("Where is the gallery?", "Florence, Italy", "Florence, Alabama"),
    ("Who won the cup?", "France", "Brazil, who played France in the final"),
    ("Did everyone pass the exam?", "No", "Nobody failed."),
    ("Which vegetable is it?", "Courgette", "Aubergine"),
    ("Which state held the games?", "Republic of Korea", "North Korea"),
    ("湖南在哪里？", "湖南", "海南"),
]


@pytest.mark.parametrize(("question", "one", "other"), JOINS)
def test_what_only_adds_or_renames_joins(question: str, one: str, other: str) -> None:
    """Each difference has a licence, in either order."""
    assert _told(question, one, other) == {Sameness.SAME}


@pytest.mark.parametrize(("question", "one", "other"), STAYS_APART)
def test_what_may_be_another_answer_stays_apart(question: str, one: str, other: str) -> None:
    """What looks like a licence and is none joins nothing, in either order."""
    assert Sameness.SAME not in _told(question, one, other)


def _told(question: str, one: str, other: str) -> set[Sameness]:
    a, b = (answer.read(text, question, Strategy.SEMANTIC) for text in (one, other))
    return {compare(a, b).sameness, compare(b, a).sameness}
