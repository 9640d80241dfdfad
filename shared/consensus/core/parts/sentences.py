"""A text's sentences and their words, in any language: the only words known are those that deny
and some that count.

A block of code is one sentence. In scripts without spaces, pairs of characters stand for words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_SENTENCES = 400  # of a text; what is beyond them is one more
STEM = 6  # characters of a word that are compared: endings differ more than beginnings

_BLOCK = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_END = re.compile(
    r"(?<![ (.][^\W\d_])(?<!^[^\W\d_])(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bProf)"
    r"(?<!\bvs)[.!?…]+[\"'”’»)\]*_]*\s+(?=[^a-z\s])|"
    r"(?<=[。！？।؟])[”」』）]*"
)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_DIGIT = re.compile(r"\d")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


# Words that do little else than deny, in languages that readers know, without those that another
# uses for something common ("mai", "plus"); but for "no", which Portuguese has for "in the".
_DENYING = frozenset(
    "not no never none neither nor cannot without nobody nothing nowhere "
    "nicht kein keine keinen keinem keiner keines niemals niemand nichts ohne "
    "pas jamais aucun aucune sans nunca jamás ningún ninguno ninguna nadie tampoco "
    "não nenhum nenhuma nem ninguém non nessun nessuno nessuna niente niet geen nooit zonder "
    "inte aldrig ingen inget inga utan nie nigdy żaden żadna żadne не нет ни никогда никто ничто "
    "ні ніколи ніхто değil hayır asla hiçbir không chưa chẳng tidak bukan belum tanpa "
    "لا ليس ليست لم لن 않다 않는다 않았다 않습니다 없다 없습니다 아니다 아닙니다".split()
)
_DENYING_UNSPACED = re.compile("[不没沒未]|ない|なかった|ません")

# Numbers in words, without those that another of these languages uses for something common ("one",
# "once", "due", "sei", "dos", "neuf").
_NUMBERS = {
    word: str(number)
    for number, told in enumerate(
        (
            "two zwei deux twee",
            "three drei trois drie tres três",
            "four vier quatre cuatro quattro quatro",
            "five fünf cinq cinco cinque vijf",
            "six sechs seis zes",
            "seven sieben sept siete sette sete zeven",
            "eight acht huit ocho otto oito",
            "nine neun nueve nove negen",
            "ten zehn dix diez dieci dez tien",
            "eleven onze undici",
            "twelve zwölf douze doce dodici doze twaalf",
        ),
        start=2,
    )
    for word in told.split()
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as written, its words as they are compared, and which of them are specific: what
    has a digit, tells a number or, but for the first word, has a capital. Names and figures tell
    what words do not.

    first is its first word where that may be a name: it has a capital, as any first word has.
    denies: it has a word that denies.
    """

    text: str
    words: frozenset[str]
    specific: frozenset[str]
    first: str = ""
    denies: bool = False


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences, in their order; nothing but white space between them is lost."""
    told = [part for block in _blocks(text) for part in block if part.strip()]
    if len(told) > MOST_SENTENCES:
        rest = "\n".join(told[MOST_SENTENCES:])
        told = [*told[:MOST_SENTENCES], rest]
    return tuple(_sentence(part.strip()) for part in told)


def _blocks(text: str) -> list[list[str]]:
    found, end = [], 0
    for block in _BLOCK.finditer(text):
        found += [_prose(text[end : block.start()]), [block.group()]]
        end = block.end()
    return [*found, _prose(text[end:])]


def _prose(text: str) -> list[str]:
    return [part for line in _LINE.findall(text) for part in _split(line)]


def _split(line: str) -> list[str]:
    parts, start = [], 0
    for end in _END.finditer(line):
        parts.append(line[start : end.end()])
        start = end.end()
    return [*parts, line[start:]]


def _sentence(text: str) -> Sentence:
    words: set[str] = set()
    specific: set[str] = set()
    first, denies = "", False
    for number, word in enumerate(_WORD.findall(text)):
        if not word.isascii() and _UNSPACED.search(word):
            words.update(_pairs(word))
            denies = denies or bool(_DENYING_UNSPACED.search(word))
            specific.update(part for part in re.findall(r"\d+", word))
            continue
        whole = word.casefold()
        whole = _NUMBERS.get(whole, whole)
        stem = whole[:STEM]
        words.add(stem)
        denies = denies or whole in _DENYING or whole.endswith(("n't", "n’t"))
        if _DIGIT.search(whole):
            specific.add(whole)
            words.add(whole)
        elif number and word[0].isupper():
            specific.add(stem)
        elif word[0].isupper():
            first = stem
    return Sentence(text, frozenset(words), frozenset(specific), first, denies)


def _pairs(word: str) -> list[str]:
    return [word] if len(word) == 1 else [word[n : n + 2] for n in range(len(word) - 1)]
