"""Words as they are compared: folded, unaccented, without endings, numbers as digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from consensus.core.equivalence.plain import folded, unaccented

LONGEST = 4_000  # characters of a text whose words are read
LONGEST_NUMBER = 10  # words of a number that is spelt out

_WORD = re.compile(r"(?<![\w.)-])-?\d+(?:[.,:]\d+)*|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")
_GROUPING = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBERS = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_TENS = {
    word: 10 * n
    for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_ORDINALS = {
    word: str(n)
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        1,
    )
}
_ROMAN = {
    numeral: str(n)
    for n, numeral in enumerate(
        "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), 2
    )
    if numeral not in ("v", "x")  # letters more often than numbers
}
_LETTER = re.compile(r"(?<=\w )A(?=$|[.,;:!?)]|\s[a-z])|(?<=\()[aA](?=\))")  # plan A is no plan
_SHORT = (  # what is more often written short, in one of its ways
    (
        re.compile(r"\b(?:[Uu]nited [Ss]tates(?: of [Aa]merica)?\b|U\.\s?S\.(?:\s?A\.?)?|USA?\b)"),
        "USA",
    ),
    (re.compile(r"\b(?:[Uu]nited [Kk]ingdom\b|U\.\s?K\.|UK\b)"), "UK"),
    (re.compile(r"\bW\.?W\.?\s?(?=(?:I{1,2}|[12])\b)"), "World War "),
)
_FIRST = re.compile(r"\b([A-Z][a-z]+) I\b(?!['’])")  # Elizabeth I is the first, and "I" am not
_INITIALS = re.compile(r"\b([a-z])\.\s?(?=[a-z]\b)")  # J. K. is JK
_DECADE = re.compile(
    r"\b([12]\d\d0)'?s\b|(?<![\w.])'?([2-9]0)'?s\b|\b(twen|thir|for|fif|six|seven|eigh|nine)ties\b"
)
_TENS_OF = {t: n for n, t in enumerate("twen thir for fif six seven eigh nine".split(), 2)}
_TIMES = {"once": "1 times", "twice": "2 times", "thrice": "3 times"}
_OFTEN = re.compile(r"\b(?:once|twice|thrice)\b")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")

STOP = frozenset(
    "a an the is are was were be been being it its this that these those there here of to in on "
    "at by for with from into as and or but so than then do does did done has have had having he "
    "she they him her them his their i you we me my your our us which who whom whose what when "
    "where how why also just very would could should will can may might must if about "
    "called named known".split()
)


def shortened(text: str) -> str:
    """The text with the few names that everybody shortens in one form: the United States, USA."""
    for pattern, short in _SHORT:
        text = pattern.sub(short, text)
    return text


def words(text: str) -> tuple[str, ...]:
    """The words of a text in the form in which they are compared, in order."""
    plain = _GROUPING.sub(
        "", unaccented(folded(_FIRST.sub(r"\1 1", _LETTER.sub("ay", shortened(text[:LONGEST])))))
    )
    plain = _INITIALS.sub(r"\1", _ORDINAL.sub("", _DECADE.sub(_decade, plain)))
    plain = _OFTEN.sub(lambda match: _TIMES[match[0]], plain)
    return tuple(_joined([stem(word) for word in _WORD.findall(plain)]))


def _decade(match: re.Match[str]) -> str:
    """The 1970s, the '70s and the seventies as one: of the last century where none is said."""
    year, tens, word = match.groups()
    return f"{year or f'19{tens or 10 * _TENS_OF[word]}'} decade"


def _joined(stems: Sequence[str]) -> Iterator[str]:
    """Spelt-out numbers as digits: twenty three is 23, and nineteen thirty six is 1936."""
    place = 0
    while place < len(stems):
        if stems[place] in _NUMBERS or stems[place] in _TENS:
            number, used = _spelt_number(stems[place : place + LONGEST_NUMBER])
            yield str(number)
        else:
            used = 1
            yield stems[place]
        place += used


def _spelt_number(said: Sequence[str]) -> tuple[int, int]:
    """The number that the words begin with, and how many words it takes."""
    thousands, part, used = 0, -1, 0  # part is below a thousand; -1 is nothing said yet
    for place, word in enumerate(said, start=1):
        small, tens = int(_NUMBERS.get(word, -1)), _TENS.get(word, 0)
        round_hundreds = part >= 100 and part % 100 == 0
        if small >= 0 and (part < 0 or (0 < small < 10 and part >= 20 and part % 10 == 0)):
            part = max(part, 0) + small
        elif (small > 0 or tens) and (part < 0 or round_hundreds):
            part = max(part, 0) + max(small, tens)
        elif tens and not thousands and 10 < part <= 20:  # nineteen thirty six
            part = 100 * part + tens
        elif word == "hundred" and 0 < part < 100:
            part *= 100
        elif word == "thousand" and part > 0 and not thousands:
            thousands, part = 1000 * part, -1
        elif word == "and" and (thousands or part >= 100):
            continue
        else:
            break
        used = place
    return thousands + max(part, 0), used


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A folded word without possessive and plural endings; numerals and ordinals as digits."""
    word = word.removesuffix("'s").replace("'", "")
    if word in _ORDINALS:
        return _ORDINALS[word]
    if word in _ROMAN:
        return _ROMAN[word]
    if word in _TENS or word in _NUMBERS or len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]
