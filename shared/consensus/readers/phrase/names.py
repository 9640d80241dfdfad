"""Names that must be equal to the letter, in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from http import HTTPStatus
from ipaddress import IPv4Network, ip_interface

from consensus.core.values import Identifier, Quantity, Role, Span, Token
from consensus.readers import (
    currencies,
    elements,
    identifiers,
    music,
    named_units,
    notations,
    numbers,
    substances,
    symbols,
)
from consensus.readers.asked import Asked
from consensus.readers.packs import whole
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.quantities import quantity_at
from consensus.readers.spelling import folded_word, words_in

_ADDRESS = re.compile(
    r"(?<![\w.:/])(?:\d{1,3}(?:\.\d{1,3}){3}|(?=:{0,2}[0-9a-fA-F:]*\d)(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})"
    r"(?:/\d{1,3})?(?![\w:]|\.\d)"
)
SHORTEST_ASKED = 3  # letters of a name that a question may have; a shorter one is a sign
LONGEST_ENDING = 3  # letters in which two forms of a word may differ
LONGEST_OFFSET = 30  # characters between an offset and the word for its direction
_RHESUS = re.compile(
    r"(?P<g>AB|A|B|O|0|[Nn]ull|[Zz]ero|[Cc]ero|[Zz]éro)(?:型| ?형)?(?:の|,)?[ -]{0,2}"
    r"(?:Rh(?:esus)?[ -]?(?:[Ff]a[ck]tor )?)?(?:factor )?"
    r"(?i:(?P<p>\+|pos(?:iti[vf]\w*)?\b|plus\b|dodatni\w*|положительн\w*|陽性|阳性|양성|موجب|पॉज़िटिव|プラス)|"
    r"(?:[-−–]|neg(?:ati[vf]\w*|atyw\w*)?\b|négatif|minus\b|ujemn\w*|отрицательн\w*|陰性|阴性|음성|سالب|"
    r"नेगेटिव|マイナス))"
)
_GROWTH = re.compile(
    r"(?:(?P<c>constant)|(?P<q>quadratic)|(?P<u>cubic)|"
    r"(?P<s>log-?linear|linearithmic|n ?(?:\*|·)? ?log\(? ?n\)?)|"
    r"(?P<l>logarithmic)|(?P<n>linear)|(?P<f>factorial))(?: time| complexity)*(?!\w)",
    re.IGNORECASE,
)
_GROWTHS = {"c": "1", "q": "n2", "u": "n3", "s": "nlogn", "l": "logn", "n": "n", "f": "n!"}
_OFFSET = re.compile(
    r"(?:(?:UTC|GMT)\s?)?([+−-])\s?0?(\d{1,2})(?::?(\d{2}))?(?:(?!\w)|\s?(?:小时|小時|時間|시간))"
)
_MASK = re.compile(
    r"(?<![\w./])(?:/(\d{1,2})|((?:255|254|252|248|240|224|192|128|0)(?:\.\d{1,3}){3}))(?![\w.]*\d)"
)
_UTC = re.compile(r"UTC[+-]\d")
_ZONE = re.compile("([东東西])([一二三四五六七八九十]{1,2})[区區]")
_STOP = r"(\d{1,2}(?:[.,]\d)?)(?![.,]?\d)"
_F = r"[fFƒ]\s?/?\s?"
_F_NUMBER = re.compile(rf"{_F}{_STOP}(?:\s?[-–—]\s?(?:{_F})?{_STOP})?")  # f/1.8, f/1.8–4
_SHARP = re.compile(r"([CFJQ])[ -][Ss]harp\b")
_STARS = re.compile(r"([★⭐🌟]\ufe0f?(?:[★⭐🌟]\ufe0f?)*)[☆✩✰]*")
_OF_SCALE = r"\s?(?:/|out of|of|von|sur|de|su|van|na|из|din)\s?(?:\d+|[^\W\d_]+)"
_STARS_AFTER = (
    r"(?:[ -]?(?:stars?|sterne?n?|étoiles?|estrellas?|stelle|estrelas?|звёзд\w?|звезд\w*))?(?!\w)"
)
_OUT_OF = re.compile(rf"(\d+(?:[.,]\d)?){_OF_SCALE}{_STARS_AFTER}")
_OUT_OF_IN_WORDS = re.compile(rf"([^\W\d_]+){_OF_SCALE}{_STARS_AFTER}")
_TOPICAL = re.compile(r"[^\W\d_]|[\d^+−-]")

_STATUS = re.compile(
    r"(?:HTTP[ -])?(?:status )?(?:code )?([1-5]\d\d)(?!\d)[ :,-]{0,2}\(?", re.IGNORECASE
)
_CLASS = re.compile(r"([1-5])[xX]{2}(?!\w)")
_TO_CODE = re.compile(r"(?:\s?[-–—]\s?|\s+([^\W\d_]+)\s+)[1-5]\d\d(?!\w)")
_STATUSES = {status.value: status.phrase for status in HTTPStatus}

Notation = Callable[[str, int], tuple[str, int] | None]


def identifier(here: Here) -> Read | None:
    """An identifier, unless it is a word of the language in capitals."""
    found = identifiers.at(here.text, here.place, digits_are_letters=here.asked.digits_are_letters)
    if found is None:
        return None
    text, end = found
    alone = end - here.place == 1 and not here.begins_sentence
    if (
        not alone
        and here.text[here.place : end].isalpha()
        and _is_common(here, text)
        and not ("music" in here.asked.topics and identifiers.is_key(text))
    ):
        return None
    is_asked = text in here.asked.text if len(text) > 1 else _is_named(here, text)
    role = Role.ECHO if is_asked else Role.CONTENT
    return one(Identifier(text), end, role)


def of_topic(here: Here) -> Read | None:
    """A name in a notation that the question is about: a key, an isotope, a blood group.

    What the question itself names is no answer to it: the symbol for gold is Au.
    """
    if not here.asked.topics or not here.starts_word:
        return None
    for topic, read in _NOTATIONS.items():
        if topic in here.asked.topics and (found := read(here.text, here.place)):
            if topic == "status" and _goes_on(here, found[0]):
                return None
            is_asked = topic in _NAMED and _is_asked(here, found[1])
            if topic == "section":
                found = notations.section_asked(here.text, here.place, here.asked.text) or found
            return None if is_asked else one(Identifier(found[0]), found[1])
    code = here.language.code if here.language else "en"
    for topic, read_in in _NOTATIONS_BY_LANGUAGE.items():
        if topic not in here.asked.topics or not (found := read_in(here.text, here.place, code)):
            continue
        return None if _is_asked(here, found[1]) else one(Identifier(found[0]), found[1])
    return None


def status_class(here: Here) -> Read | None:
    """4xx: all codes from 400 to 499."""
    match = _CLASS.match(here.text, here.place) if "status" in here.asked.topics else None
    if match is None or not here.starts_word:
        return None
    first = Fraction(int(match[1]) * 100)
    return one(Span(Quantity(first), Quantity(first + 99), "to"), match.end())


def _goes_on(here: Here, code: str) -> bool:
    """Whether a span begins with a code: 400 through 499."""
    match = _TO_CODE.match(here.text, here.text.index(code, here.place) + len(code))
    word = folded_word(match[1]) if match and match[1] else ""
    return match is not None and (not word or (here.has("to", word) and not here.has("and", word)))


def stars(here: Here) -> Read | None:
    """A number of stars, where a question asks for them: ★★★★☆, four out of five, 4/5."""
    if "stars" not in here.asked.topics or not here.starts_word:
        return None
    if drawn := _STARS.match(here.text, here.place):
        return one(Quantity(Fraction(len(drawn[1]))), drawn.end())
    if figures := _OUT_OF.match(here.text, here.place):
        return one(Quantity(Fraction(figures[1].replace(",", "."))), figures.end())
    words = _OUT_OF_IN_WORDS.match(here.folded, here.place)
    found = numbers.in_words([(words[1], words.end(1))], here.language) if words else None
    return one(Quantity(Fraction(found.number)), words.end()) if words and found else None


def address(here: Here) -> Read | None:
    """An address of the internet, or of a network, in its shortest form: ::1, 10.0.0.0/8."""
    match = _ADDRESS.match(here.text, here.place)
    if match is None:
        return None
    try:
        told = ip_interface(match[0])
    except ValueError:
        return None
    return one(Identifier(str(told) if "/" in match[0] else str(told.ip)), match.end())


def offset_in_words(here: Here) -> Read | None:
    """Nine hours ahead of UTC: what a question for an offset from it is answered by."""
    if "offset" not in here.asked.topics or not here.starts_word:
        return None
    found = quantity_at(here, here.place)
    if found is None or found[0].unit.dimension != "time":
        return None
    minutes = Fraction(found[0].number) * found[0].unit.factor / 60  # type: ignore[arg-type]
    after = here.folded[found[1] : found[1] + LONGEST_OFFSET]
    before = here.folded[max(0, here.place - LONGEST_OFFSET) : here.place]
    signs = {
        sign
        for which, sign in (("utc_ahead", "+"), ("utc_behind", "-"))
        for word in (here.language.words.get(which, ()) if here.language else ())
        if _says(after, word, here) or (not here.has_spaces and word in before)
    }
    if len(signs) != 1 or minutes.denominator != 1:
        return None
    hours, rest = divmod(int(minutes), 60)
    text = f"UTC{signs.pop()}{hours}" + (f":{rest:02}" if rest else "")
    return one(Identifier(text), len(here.text))


def offset_alone(tokens: Sequence[Token], asked: Asked) -> tuple[Token, ...]:
    """The offset that a sentence tells, where one is asked for: 比UTC早9小时."""
    offsets = [t for t in tokens if isinstance(t.value, Identifier) and _UTC.match(t.value.text)]
    denies = any(t.role in (Role.NEGATION, Role.OR) for t in tokens)
    is_only = "offset" in asked.topics and len(offsets) == 1 and not denies
    return tuple(offsets) if is_only else tuple(tokens)


def _says(text: str, word: str, here: Here) -> bool:
    """Whether a folded text says it, as a word where spaces divide them."""
    if not here.has_spaces or here.is_in("ko"):
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _is_asked(here: Here, end: int) -> bool:
    """Whether what is said up to a place is words of the question."""
    said = here.text[here.place : end]
    words = words_in(said)
    if not words or not all(letter.isalpha() or letter in " -'" for letter in said):
        return False
    if len(said) < SHORTEST_ASKED and said.isascii():
        return False
    if not here.has_spaces:
        return said in here.asked.text
    return all(_begins_a_stem(here, folded_word(word)) for word in words)


def _begins_a_stem(here: Here, word: str) -> bool:
    """Whether it is a word of the question, whatever ending either has."""
    begins = word[: max(SHORTEST_ASKED, len(word) - LONGEST_ENDING)]
    return any(stem.startswith(begins) for stem in here.asked.stems)


def _blood(text: str, place: int) -> tuple[str, int] | None:
    match = _RHESUS.match(text, place)
    if match is None:
        return None
    group = "O" if len(match["g"]) > len("AB") else match["g"].upper().replace("0", "O")
    return f"{group}{'+' if match['p'] else '-'}", match.end()


def _growth(text: str, place: int) -> tuple[str, int] | None:
    match = _GROWTH.match(text, place)
    return (f"O({_GROWTHS[str(match.lastgroup)]})", match.end()) if match else None


def _aperture(text: str, place: int) -> tuple[str, int] | None:
    match = _F_NUMBER.match(text, place)
    told = "-".join(filter(None, match.groups())).replace(",", ".") if match else ""
    return (f"f/{told}", match.end()) if match else None


def _language(text: str, place: int) -> tuple[str, int] | None:
    match = _SHARP.match(text, place)
    return (f"{match[1]}#", match.end()) if match else None


def _status(text: str, place: int) -> tuple[str, int] | None:
    """404 Not Found: the code of a status, with its own phrase."""
    match = _STATUS.match(text, place)
    if match is None or int(match[1]) not in _STATUSES:
        return None
    phrase = _STATUSES[int(match[1])].casefold()
    told = text[match.end() : match.end() + len(phrase)].casefold()
    return match[1], match.end() + (len(phrase) if told == phrase else 0)


def _offset(text: str, place: int) -> tuple[str, int] | None:
    if zone := _ZONE.match(text, place):
        hours = numbers.in_han(zone[2], 0)
        sign = "-" if zone[1] == "西" else "+"
        return (f"UTC{sign}{hours.number}", zone.end()) if hours else None
    match = _OFFSET.match(text, place)
    if match is None:
        return None
    minutes = f":{match[3]}" if match[3] not in (None, "00") else ""
    return f"UTC{match[1].replace('−', '-')}{match[2]}{minutes}", match.end()


def _mask(text: str, place: int) -> tuple[str, int] | None:
    """/24, and 255.255.255.0: how much of an address its network has."""
    match = _MASK.match(text, place)
    if match is None:
        return None
    try:
        network = IPv4Network((0, match[1] or match[2]))
    except ValueError:
        return None
    return f"/{network.prefixlen}", match.end()


_NAMED = frozenset(["substance", "element"])  # what has a name and a sign
_NOTATIONS: Mapping[str, Notation] = {
    "dynamic": notations.dynamic,
    "interval": notations.interval,
    "music": music.at,
    "isotope": elements.isotope_at,
    "substance": substances.substance_at,
    "element": elements.element_at,
    "blood": _blood,
    "complexity": _growth,
    "offset": _offset,
    "mask": _mask,
    "aperture": _aperture,
    "language": _language,
    "status": _status,
    "logic": notations.connective,
    "grade": notations.grade,
    "section": notations.section,
    "chess": notations.chess,
    "wind": notations.wind,
    "card": notations.card,
    "size": notations.size,
    "permission": notations.permissions,
}
_NOTATIONS_BY_LANGUAGE: Mapping[str, Callable[[str, int, str], tuple[str, int] | None]] = {
    "unit": named_units.unit_at,
    "symbol": symbols.named_at,
    "currency": currencies.currency_at,
}


def _is_named(here: Here, text: str) -> bool:
    """Whether a question for a yes or a no has a single letter or figure in it: version 3."""
    return here.asked.yes_or_no and whole(text).search(here.asked.text) is not None


def _is_common(here: Here, text: str) -> bool:
    """Whether letters in capitals are a word of the language, shouted or begun."""
    word = folded_word(text)
    if here.language is None:
        return False
    return any(word in words for words in here.language.words.values())
