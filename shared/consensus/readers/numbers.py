"""Numbers as texts write them: 1,234.5 and 1.234,5, 12,50,000, 1万5千, forty-two, 12,5 тыс."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from text_to_num import text2num

from consensus.readers.languages import Pack, pack
from consensus.readers.spelling import folded_word

FIGURES = re.compile(
    r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,12})?(?![\d])"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?(?!\d)|\d{1,40}(?:[.,]\d{1,40})?"
)
_MIXED = re.compile(r"(\d{0,9})\s?([¼½¾⅐-⅞])")
_POWER = re.compile(
    r"\s?(?:[x×·⋅*]|\\times|\\cdot)\s?10\s?\^\s?\{?([-−+]?\d{1,3})\}?|[eE]([-+]?\d{1,2})(?!\w)"
)
_OF_TEN = re.compile(r"\^\{?([-−+]?\d{1,3})\}?")
_HAN = re.compile("[\\d.〇零一二两兩三四五六七八九十百千万萬億亿兆]+")
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_SCALES = {"十": 1, "百": 2, "千": 3}
HAN_GROUPS = {"万": 4, "萬": 4, "億": 8, "亿": 8, "兆": 12}
_CAPITAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟貳參陸萬億", "一二三四五六七八九十百千二三六万亿")
_CAPITALS = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿貳參陸萬億]{2,}(?=[元圆])")
# A sum as contracts write it: 人民币伍拾万元整 is 五十万元.
_EXACT_YUAN = re.compile(
    r"人民[币幣]\s?([\d.,零〇一二三四五六七八九十百千万亿]{1,30})[元圆圓][整正]?"
)
_HAN_DATE = re.compile("[〇零一二三四五六七八九十]+(?=[年月日号號時时點点分歳岁世])")
LONGEST_WHOLE, MOST_FIGURE = 4, 99  # words before a point, and the largest number after it
HUNDRED = 100
MOST_WORDS = 9  # of a number that is spelt out


@dataclass(frozen=True, slots=True)
class Found:
    """A number, where it ends in the text, and one in its last written place (0: exact)."""

    number: Fraction
    end: int
    step: Fraction = Fraction(0)


def in_figures(text: str, place: int, language: Pack | None) -> Found | None:
    """The number in figures that begins here."""
    mixed = _MIXED.match(text, place)
    if mixed:
        part = Fraction(unicodedata.normalize("NFKC", mixed[2]).replace("⁄", "/"))
        return Found(Fraction(mixed[1] or 0) + part, mixed.end())
    match = FIGURES.match(text, place)
    if match is None:
        return None
    figures = match[0]
    number, places = _value(figures, language is not None and language.decimal_comma)
    if number is None:
        match = re.compile(r"\d{1,40}").match(text, place)
        if match is None:
            return None
        number, places = Fraction(match[0]), 0
    step = Fraction(1, 10**places) if places else _trailing(number)
    if power := _POWER.match(text, match.end()):
        times = Fraction(10) ** int((power[1] or power[2]).replace("−", "-"))
        return Found(number * times, power.end(), Fraction(1, 10**places) * times)
    if number == 10 and (power := _OF_TEN.match(text, match.end())):
        return Found(Fraction(10) ** int(power[1].replace("−", "-")), power.end())
    return Found(number, match.end(), step)


def _trailing(number: Fraction) -> Fraction:
    """The step of a whole number that ends in zeros: 1,200,000 may be rounded to 100,000."""
    digits = str(abs(number.numerator))
    zeros = len(digits) - len(digits.rstrip("0"))
    return Fraction(10**zeros) if zeros > 1 and len(digits) > zeros else Fraction(0)


def _value(figures: str, decimal_comma: bool) -> tuple[Fraction | None, int]:
    """The number, and how many decimal places it has; None for what is several numbers."""
    marks = [c for c in figures if not c.isdigit()]
    if not marks:
        return Fraction(figures), 0
    plain = re.sub(r"['’\u00a0\u202f ]", "", figures)
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        mark = "," if plain.rfind(",") > plain.rfind(".") else "."
    elif commas > 1 or points > 1:
        mark = ""
    elif commas:
        grouped = re.fullmatch(r"\d{1,3},\d{3}", plain) is not None and not plain.startswith("0")
        mark = "" if grouped and not decimal_comma else "," if decimal_comma or not grouped else ""
    elif points:
        grouped = re.fullmatch(r"\d{1,3}\.\d{3}", plain) is not None and not plain.startswith("0")
        mark = "" if grouped and decimal_comma else "."
    else:
        mark = ""
    if not mark:
        return Fraction(re.sub(r"\D", "", plain)), 0
    whole, _, part = plain.rpartition(mark)
    return Fraction(f"{re.sub(r'[^0-9]', '', whole) or 0}.{part}"), len(part)


# Korean has the same numerals by their sounds: 사월 이십이일, 삼백이십 명.
_BY_SOUND = str.maketrans(
    "영공일이삼사오육륙유칠팔구십시백천만억", "〇〇一二三四五六六六七八九十十百千万亿"
)
_SOUNDS = "영공일이삼사오육륙칠팔구십백천만억"
_KOREAN_DATE = re.compile(
    rf"(?<![가-힣])(?P<m>[{_SOUNDS}]{{1,2}}|유|시)월(?=\s?[{_SOUNDS}]{{1,3}}일)|"
    rf"(?<=월)\s?(?P<d>[{_SOUNDS}]{{1,3}})일|"
    rf"(?<![가-힣])(?P<n>[{_SOUNDS}]{{2,12}})(?=\s?(?:년|명|원|분|퍼센트|개월|킬로|미터|쪽|페이지))"
)


def with_korean_figures(text: str) -> str:
    """Dates and counts in Korean's Chinese numerals as they stand in figures."""

    def told(match: re.Match[str]) -> str:
        which = match.lastgroup or ""
        found = in_han(match[which].translate(_BY_SOUND), 0)
        return match[0].replace(match[which], str(int(found.number)), 1) if found else match[0]

    return _KOREAN_DATE.sub(told, text)


# Words that begin with a one and count nothing: in general, some, certainly.
_NO_NUMBER = re.compile("一[般些直样樣定起下切番緒部]")


def with_figures(text: str) -> str:
    """Dates, times and sums in Han numerals as figures have them: 二〇二六年八月 is 2026年8月."""
    text = _CAPITALS.sub(lambda m: m[0].translate(_CAPITAL), text)
    text = _EXACT_YUAN.sub(lambda m: f"{m[1]}元", text)
    return _HAN_DATE.sub(
        lambda m: str(int(found.number)) if (found := in_han(m[0], 0)) else m[0], text
    )


def in_han(text: str, place: int) -> Found | None:
    """1万5千, 三十六, 12.5万."""
    match = _HAN.match(text, place)
    if _NO_NUMBER.match(text, place):
        return None
    if match is None or not any(
        c in HAN_GROUPS or c in _HAN_SCALES or c in _HAN_DIGITS for c in match[0]
    ):
        return None
    total = section = Fraction(0)
    pending: Fraction | None = None
    for piece in re.findall(r"\d+(?:\.\d+)?|.", match[0]):
        if piece[0].isdigit():
            pending = Fraction(piece)
        elif piece in _HAN_DIGITS:
            pending = (pending or 0) * 10 + Fraction(_HAN_DIGITS[piece])
        elif piece in _HAN_SCALES:
            section += (pending if pending is not None else 1) * 10 ** _HAN_SCALES[piece]
            pending = None
        elif piece in HAN_GROUPS:
            section += pending or 0
            total += (section or 1) * 10 ** HAN_GROUPS[piece]
            section, pending = Fraction(0), None
        else:
            return None
    return Found(total + section + (pending or 0), match.end())


def in_words(words: Sequence[tuple[str, int]], language: Pack | None) -> Found | None:
    """The number that some words, each with where it ends, begin with: twenty-three, deux cents."""
    if language is None or not words:
        return None
    raw = [w.lower() for w, _ in words[:MOST_WORDS]]
    folded = [folded_word(w) for w in raw]
    if (point := with_point(words, language)) is not None:
        places = len(point[0].partition(".")[2])
        return Found(Fraction(point[0]), point[1], Fraction(1, 10**places))
    found = _halved(raw[0], language) or _halved(folded[0], language)
    if found is None and language.text2num:
        found = _by_library(raw, folded, language)
    if found is None and language.numbers:
        found = _by_pack(folded, language)
    if found is None:
        return None
    number, used = found
    return Found(number, words[used - 1][1])


def with_point(words: Sequence[tuple[str, int]], language: Pack | None) -> tuple[str, int] | None:
    """Three point one four as 3.14, to the letter: what follows the point is said in figures."""
    if language is None or "point" not in language.words:
        return None
    folded = [folded_word(word) for word, _ in words[:MOST_WORDS]]
    place = next((n for n, word in enumerate(folded) if language.has("point", word)), 0)
    if not place or place > LONGEST_WHOLE:
        return None
    whole = in_words(words[:place], language)
    if whole is None or whole.end != words[place - 1][1]:
        return None
    figures, end = "", whole.end
    for word, stop in words[place + 1 : MOST_WORDS]:
        found = in_words([(word, stop)], language)
        if found is None or found.number.denominator != 1 or found.number > MOST_FIGURE:
            break
        figures, end = figures + str(found.number), stop
    return (f"{whole.number}.{figures}", end) if figures else None


def _halved(word: str, language: Pack) -> tuple[Fraction, int] | None:
    """Zweieinhalb: two and a half, as one word."""
    for ending in language.words.get("half_endings", ()):
        whole, _, scale = word.partition(ending)
        power = language.scales.get(scale, 0) if scale else 0
        if whole == word or (scale and not power):
            continue
        if found := in_words([(whole, 0)], language):
            return (found.number + Fraction(1, 2)) * 10**power, 1
    return None


@lru_cache(maxsize=16_384)
def _may_begin(word: str, code: str) -> bool:
    """Whether a number in words may begin with a word."""
    starts = pack(code).words["number_starts"]
    return word in starts or any(word.startswith(s) and len(s) > 2 for s in starts)


def _by_library(raw: list[str], folded: list[str], language: Pack) -> tuple[Fraction, int] | None:
    first = folded[0]
    if not _may_begin(first, language.code):
        return None
    if first == "a" and folded[1:2] not in (["hundred"], ["thousand"], ["million"], ["billion"]):
        return None
    joints = language.words["and"]
    if first.endswith("s") and first.removesuffix("s") in language.scales:
        return None  # thousands of them
    for used in range(len(folded), 0, -1):
        if folded[used - 1] in joints or (used > 1 and folded[used - 1] == "a"):
            continue  # a hundred and a half
        phrase = " ".join("one" if w == "a" and language.code == "en" else w for w in raw[:used])
        try:
            return Fraction(text2num(phrase, language.code)), used
        except (ValueError, KeyError, IndexError, AttributeError):
            continue
    return None


def _by_pack(folded: list[str], language: Pack) -> tuple[Fraction, int] | None:
    """Tens and ones add up, scales multiply what came before them."""
    total, part = Fraction(0), Fraction(0)
    used = 0
    joints = {"و", "i", "и", "ve", "dan", "और"}
    for n, word in enumerate(folded):
        bare = word.removeprefix("و") if language.code == "ar" and len(word) > 3 else word
        known = language.numbers.get(word, language.numbers.get(bare))
        if known is not None and (not used or _goes_on(part, known, is_joined=word != bare)):
            part += known
        elif known == HUNDRED and 1 < part < 10:
            part *= HUNDRED  # üç yüz
        elif word == "puluh" and part:
            part = part - part % 10 + (part % 10) * 10
        elif word == "belas" and part:
            part = part - part % 10 + 10 + part % 10
        elif word in language.scales and n:
            total, part = total + max(part, Fraction(1)) * 10 ** language.scales[word], Fraction(0)
        elif word in joints and used:
            continue
        else:
            break
        used = n + 1
    return (total + part, used) if used else None


def _goes_on(part: Fraction, known: Fraction, *, is_joined: bool) -> bool:
    """Whether a word adds to a number: twenty three, but not three five; in Arabic 3 and 20."""
    if part < 10 == known:
        return True  # الثاني عشر
    place = 10 if known < 10 else 100 if known < 100 else 1000
    return part % place == 0 or (is_joined and part < 10 <= known)
