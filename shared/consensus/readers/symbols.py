"""Signs and letters by their names: the percent sign, capital omega, une esperluette.

The names are Unicode's, and those that a language's pack lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from consensus.readers.languages import files, pack
from consensus.readers.spelling import folded_in_place

SHORTEST = 3  # letters of a name in the Latin script: a shorter one is also a word
_RANGES = (
    range(0x21, 0x7F), range(0xA1, 0xC0), range(0x391, 0x3CA), range(0x20A0, 0x20C0),
    range(0x2190, 0x22F0), range(0x2600, 0x2670), range(0x1F300, 0x1F650), range(0x1F900, 0x1FA00),
)  # fmt: skip
_AS_TYPED = {"≥": ">=", "≤": "<=", "≠": "!=", "−": "-", "∗": "*", "…": "...", "\ufe0f": ""}
_TIMES = {"single": 1, "double": 2, "two": 2, "triple": 3, "three": 3}
_CASES = {  # what the two kinds of a Greek letter are called; a small one, nothing at all
    "small": ("", "small ", "lowercase ", "lower case "),
    "capital": ("capital ", "uppercase ", "upper case ", "big "),
}
_GREEK = (  # in other languages, in the order of the alphabet
    "alfa|альфа|アルファ|阿尔法|알파 beta|бета|ベータ|贝塔|베타 gama|гамма|ガンマ|伽马|감마 "
    "дельта|デルタ|德尔塔|델타 épsilon|эпсилон|イプシロン|엡실론 dzeta|дзета|ゼータ|제타 "
    "êta|イータ|에타 teta|thêta|тета|シータ|西塔|세타 jota|йота|イオタ|요타 "
    "каппа|カッパ|카파 lambda|лямбда|ラムダ|兰姆达|람다 mi|my|мю|ミュー|뮤 ny|ни|ню|ニュー|뉴 "
    "ksi|кси|クサイ|크시 ómicron|омикрон|オミクロン|오미크론 пи|パイ|派|파이 rô|ro|ро|ロー - "
    "сигма|シグマ|西格玛|시그마 тау|タウ|타우 ípsilon|ипсилон|ウプシロン|입실론 fi|фи|ファイ|피 "
    "ji|khi|хи|カイ|카이 пси|プサイ|프사이 oméga|omega|омега|オメガ|欧米伽|欧姆伽|오메가"
).split()
_CAPITAL = (
    "majuscule|mayúscula|maiuscola|maiuscolo|maiúscula|заглавная|прописная|großes|wielka|wielkie|"
    "büyük|besar|hoofdletter|大文字の|大写的|大文字|大写|대문자|capital"
)
_TAIL = r"(?:[ -](?:sign|symbol|mark|character|operator|key)s?(?!\w))?"
_WORDS = frozenset("number section not cent degree currency union cross".split())  # are no signs
_LETTER = re.compile(
    r"(?:(?:the |an? )?(?:(?P<k>capital|uppercase|upper[- ]case|big)|lower[- ]?case|small)? ?"
    r"(?:letter|(?P<c>capital)|lettre|letra|lettera|Buchstaben?|litera|literę|harfi|huruf|букв\w) "
    r"[\"'“«`]?(?P<a>[^\W\d_])(?![\w'’]))|(?:字母|文字)\s?[「“]?(?P<b>[A-Za-z])(?![A-Za-z])"
)
_LEAD = re.compile(r"(?:the |an? )?(?:(?P<times>single|double|triple|two|three)[ -])?")
_PAIR = re.compile(r"([(\[{<])(?:\s|\.\.\.)*([)\]}>])")
_LATEX = re.compile(r"\$?\\([A-Za-z]{2,7})\$?")
_SIGNS = re.compile(r"[^\w\s]{1,4}|_|[α-ωΑ-Ω]|\\[a-zA-Z0]|[^\W\d]\ufe0f?")


def is_one(text: str) -> bool:
    """Whether a text is a sign, and nothing else."""
    return _SIGNS.fullmatch(typed(text)) is not None


def typed(sign: str) -> str:
    """A sign as it is typed: >= for ≥, [] for [ ... ], l for ℓ, α for \\alpha."""
    if latex := _LATEX.fullmatch(sign):
        sign = _names("en").get(latex[1].casefold(), sign)
    plain = "".join(_AS_TYPED.get(c, c) for c in sign)
    plain = "".join(unicodedata.normalize("NFKC", c) if "℀" <= c <= "⅏" else c for c in plain)
    return _PAIR.sub(r"\1\2", plain)


def named_at(text: str, place: int, language: str) -> tuple[str, int] | None:
    """The sign whose name begins here, and where the name ends; letters only if called so."""
    folded = folded_in_place(text)
    if letter := _LETTER.match(text, place):
        told = letter["a"] or letter["b"]
        is_capital = letter["k"] is not None or letter["c"] is not None
        return (told.upper() if is_capital else told), letter.end()
    for code in dict.fromkeys((language, "en")):
        lead = _LEAD.match(folded, place) if code == "en" else None
        start = lead.end() if lead else place
        match = _form(code).match(folded, start)
        if match is None or (len(match[1]) == 1 and match[1] != folded.strip(" .。")):
            continue
        sign = _names(code)[match[1].replace("-", " ")]
        times = _TIMES.get(lead["times"] or "", 1) if lead else 1
        return typed(sign) * times, match.end()
    return None


@cache
def _form(code: str) -> re.Pattern[str]:
    told = sorted(_names(code), key=len, reverse=True)
    names = "|".join(re.escape(name).replace(r"\ ", "[ -]") for name in told)
    if code == "en":
        return re.compile(rf"({names})(?:(?<=[a-z])s|(?<=sh)es)?{_TAIL}(?!\w)")
    is_spaced = files()[code]["values"].get("segmented", True) and code != "ko"
    return re.compile(rf"({names})" + (r"(?!\w)" if is_spaced else ""))


@cache
def _names(code: str) -> dict[str, str]:
    """Signs by their names, folded letter by letter and without hyphens."""
    found = {name: chr(c) for codes in _RANGES for c in codes for name in _of(chr(c))}
    greek = dict(_greek()) if code != "en" else {}
    return (found if code == "en" else greek) | dict(pack(code).signs)


def _of(letter: str) -> Iterator[str]:
    """A letter's names in Unicode."""
    name = unicodedata.name(letter, "").lower().replace("-", " ")
    if not name or (letter.isascii() and letter.isalnum()):
        return
    greek = re.fullmatch(r"greek (small|capital) letter (\w+)", name)
    if greek is None:
        yield name
        if (bare := re.sub(r" (?:sign|symbol|mark)$", "", name)) not in _WORDS:
            yield bare
        return
    called = greek[2].replace("lamda", "lambda")  # as Unicode spells it
    for kind in _CASES[greek[1]]:
        yield from (f"{lead}{called}" for lead in (kind, f"{kind}letter ", f"{kind}greek letter "))
        yield f"greek {kind}{called}"


def _greek() -> Iterator[tuple[str, str]]:
    """Greek letters by their names in other languages, and in English."""
    for n, names in enumerate(_GREEK):
        letter = chr(ord("α") + n)
        english = unicodedata.name(letter).rpartition(" ")[2].lower()
        english = english.replace("lamda", "lambda")
        for name in (*names.split("|"), english):
            if len(name) < SHORTEST and name.casefold() < "\u0250":
                continue  # my, fi
            folded = folded_in_place(name.casefold())
            yield folded, letter
            for capital in folded_in_place(_CAPITAL).split("|"):
                joint = " " if capital.isalpha() and capital < "\u3000" else ""
                yield f"{folded} {capital}", letter.upper()
                yield f"{capital}{joint}{folded}", letter.upper()
