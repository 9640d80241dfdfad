"""The unit that follows a number, and the scale between them: 5 million km/h."""

from __future__ import annotations

import re
from fractions import Fraction

from consensus.core.values import BARE, Unit
from consensus.readers import named_units, numbers
from consensus.readers.languages import pack
from consensus.readers.mathematics import units
from consensus.readers.phrase.here import Here
from consensus.readers.spelling import WORD, folded_word

MOST_WORDS = 4  # of a unit
CURRENCY = re.compile(
    r"(?:US\$|R\$|[$€£¥₹₽₩₺]|Rp\.?|Rs\.?|zł|(?:USD|EUR|GBP|PLN|BRL|RUB|TRY|IDR|KRW|CNY|RMB|JPY|INR|CHF|AUD|CAD|NZD|HKD|SGD|TWD|MXN|EGP|SEK|NOK|"
    r"DKK|ISK|ARS|CLP)"
    r"(?=[\s\d]))\s?(?=[\d-])"
)
# Money that the table of units does not have, by its names, and the sum that one of each is.
_MONEY = {
    "ruble": "ruble=1 rub=1 ₽=1 kopek=1/100",
    "won": "won=1 krw=1 ₩=1",
    "lira": "lira=1 try=1 ₺=1 kurus=1/100",
    "rupiah": "rupiah=1 rp=1 idr=1",
    "zloty": "zloty=1 pln=1 zł=1 grosz=1/100",
    "real": "real=1 brl=1 r$=1 centavo=1/100",
    "yuan": "yuan=1 cny=1 rmb=1 jiao=1/10",
    "franc": "chf=1",
    "rupee": "rs=1 paisa=1/100",
}
_OWN_UNITS = {
    name: Unit(dimension, Fraction(factor))
    for dimension, names in _MONEY.items()
    for name, factor in (entry.split("=") for entry in names.split())
} | {
    name: Unit("share", factor)
    for names, factor in (
        ("% percent pct", Fraction(1, 100)),
        ("‰ permille", Fraction(1, 1000)),
        ("ppm", Fraction(1, 10**6)),
        ("ppb", Fraction(1, 10**9)),
    )
    for name in names.split()
}
# What is counted by the minute: its short name, too.
_OWN_UNITS |= {
    name: Unit(f"{counted}/time", Fraction(1, 60))
    for short, counted in (("bpm", "beats"), ("rpm", "revolutions"), ("wpm", "words"))
    for name in (short, f"{counted} per minute", f"{counted}/min", f"{counted}/minute")
}
_OWN_UNITS |= {
    "quarterhour": Unit("time", Fraction(900)),
    "threequarterhour": Unit("time", Fraction(2700)),
    "t": Unit("mass", Fraction(1000)),
    "kilocalorie": Unit("energy", Fraction(4184)),
    "kilocalories": Unit("energy", Fraction(4184)),
}
_OWN_UNITS |= {name: Unit("pixels") for name in ("px", "pixel", "pixels")}
_OWN_UNITS |= {
    name: Unit("workdays")
    for day in ("business day", "working day", "workday", "weekday")
    for name in (day, f"{day}s")
}
# Differences of shares: five points are not five per cent.
_OWN_UNITS |= {
    name: Unit("points", factor)
    for names, factor in (
        ("percentage point|percentage points|pp|point of percentage", Fraction(1)),
        ("basis point|basis points|bps", Fraction(1, 100)),
    )
    for name in names.split("|")
}
_SHARES = {
    "per cent": "%",
    "per mille": "‰",
    "per mil": "‰",
    "per thousand": "‰",
    "parts per thousand": "‰",
    "parts per million": "ppm",
    "parts per billion": "ppb",
}
_PREFIX_APART = re.compile(
    r"(?<=tera|giga|mega|kilo|nano|pico|piko)-|(?<=micro|mikro|milli)-", re.IGNORECASE
)
_UNIT_WORDS = re.compile(
    r"\s?(?:(?i:tera|giga|mega|kilo|mill?i|mi[ck]ro|nano|pi[ck]o)-[^\W\d_]+|"
    r"%|‰|[$€£¥₹₽₩₺]|°\s?[CF]?|U\.?S\.?[- ](?=[dD]ol)|"
    r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u064b-\u0652])*\.?"
    r"(?:/[^\W\d_]+)?[²³23]?(?:/[^\W\d_]+)?)"
)
_COMPOUND = re.compile(
    r"\b(?:us|celsius|цельси\w+|сельси\w+|celsjusza|celcius|santigrat|centígrados|percentage|basis|business|working|points?|punt[oi]s?|pontos|per|square|cubic|sq|degrees?|grad|cents?|por|pro|par|an?|al|alla|na|op|в|за|ouvrables?|ouvrés|hábiles|laborables|lavorativ[io]|úte?is|útil|"
    r"robocz\w+|सेल्सियस|مئوية|рабоч\w+|günü|kerja|porcentuales|pourcentage|percentual\w+)\b|/|°",
    re.IGNORECASE,
)
_IN_RUN = re.compile(r"[%‰$€£¥₹₽₩₺]|°\s?[CF]?|[A-Za-z]{1,4}(?:/[a-z]+)?[²³]?")
# Words of one word each that lead to what something is counted by: 20 km por hora, 60 a minute.
_PERS = frozenset("a an each every pro par por per al alla all na w op в за saat'te tiap".split())
_OF_STATES = re.compile(r"^u\.?s\.?[- ](?=dol)")
# Signs of units that folding would take for variables.
_LETTERS = {"V": "volt", "A": "ampere", "W": "watt", "J": "joule", "N": "newton", "K": "kelvin"} | {
    "В": "volt", "А": "ampere", "Н": "newton", "Ω": "ohm", "\u2126": "ohm"
}  # fmt: skip
_POUNDS = re.compile(r"^pounds?\b(?: sterling)?")
_CELSIUS = re.compile(r"\bdegrees? ?celsius|\bcelsius celsius|\bdegrees? celsius")
_PER = re.compile(r"(?:\s?/\s?|\s(?:per|an?|each|pro|par|por|al|all['’])\s?)([^\W\d_]+)")
_NO_ENDS = ("in", "a", "an", "of", "at", "on", "or", "to", "and", "are", "is", "was")
_SINGLE_UNITS = frozenset("m g h l L s V W A J N t K".split())
_MONEY_SIGN = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\s?\d")
_SCALE = re.compile(rf"\s?({WORD.pattern})\.?")
_EAST_SCALE = re.compile(r"\s?(만|억|천|백)")


def scale_at(here: Here, end: int) -> tuple[int, int]:
    """What the number that ends here is multiplied by, 1 for nothing, and where that ends."""
    if match := _SCALE.match(here.text, end):
        word = folded_word(match[1])
        if here.has("dozen", word) or here.has("dozen", word.removesuffix("s")):
            return 12, match.end()
        for language in (here.language, pack("en")):
            if language is None or word not in language.scales:
                continue
            if len(word) < 3 and match[0][0].isspace() and language.code == "en":
                continue
            if word == "m" and not _MONEY_SIGN.search(here.text[:end][-12:]):
                continue
            return 10 ** language.scales[word], match.end()
    if here.language is not None and here.is_in("zh", "ja", "ko"):
        match = _EAST_SCALE.match(here.text, end)
        if match and match[1] in here.language.scales:
            return 10 ** here.language.scales[match[1]], match.end()
    return 1, end


def scale_named(here: Here, name: str) -> Fraction:
    """What a number is multiplied by that has this scale: thousand, k, 万; 1 for no scale."""
    if name in numbers.HAN_GROUPS:
        return Fraction(10) ** numbers.HAN_GROUPS[name]
    packs = filter(None, (here.language, pack("en")))
    powers = (language.scales.get(folded_word(name)) for language in packs)
    return Fraction(10) ** next(filter(None, powers), 0)


def scaled(
    here: Here, number: Fraction, end: int, step: Fraction
) -> tuple[Fraction, int, Fraction]:
    """A number with the scale that follows it, its end, and one in its last written place."""
    times, stop = scale_at(here, end)
    if times == 1:
        return number, end, step
    return number * times, stop, (step or Fraction(1)) * times


def of_currency(sign: str) -> Unit:
    """The unit of a sign of money."""
    return _named(sign.rstrip(".").lower()) or BARE


def money_per(here: Here, sign: str, end: int) -> tuple[Unit, int]:
    """The unit of $15, or of $15/hour, and where that ends."""
    match = _PER.match(here.text, end)
    name = _in_english(here, match[1]) or folded_word(match[1]) if match else ""
    unit = units.parse(f"{sign.lower()}/{name}") if match and sign in "$€£" else None
    if match and unit is not None and not unit.counted:
        return unit, match.end()
    return of_currency(sign), end


def unit_at(here: Here, end: int) -> tuple[Unit, int]:
    """The unit of the number that ends here, and where it ends; the longest that is one."""
    if here.is_in("zh", "ja", "ko"):
        return _unit_in_run(here, end)
    stops: list[int] = []
    place = end
    for _ in range(MOST_WORDS):
        match = _UNIT_WORDS.match(here.text, place)
        if match is None:
            break
        ends_sentence = match[0].endswith(".") and place != end
        place = match.end() - ends_sentence
        stops.append(place)
        if ends_sentence:
            break
    for stop in reversed(stops):
        said = here.text[end:stop].strip()
        is_one = _COMPOUND.search(said) or _by_its_name(here, said) or _is_by_time(here, said)
        if " " in said and not is_one:
            continue
        unit = _said(here, said, is_glued=not here.text[end].isspace())
        if unit is not None:
            return unit, stop
    return BARE, end


def _is_by_time(here: Here, said: str) -> bool:
    """Whether the second of two words tells by what time the first is had: euros anuales."""
    first, *rest = said.split()
    name = _in_english(here, rest[0]) if len(rest) == 1 else None
    return name is not None and name.startswith("per ") and _in_english(here, first) is not None


def _unit_in_run(here: Here, end: int) -> tuple[Unit, int]:
    """A unit where no spaces divide words: the longest name of one that follows."""
    rest = here.text[end:].lstrip()
    start = len(here.text) - len(rest)
    names = here.language.units if here.language else {}
    for name in sorted(names, key=len, reverse=True):
        if rest.startswith(name) and (found := _named(names[name])):
            return found, start + len(name)
    code = here.language.code if here.language else "en"
    for name, english in named_units.names(code):
        if rest.startswith(name) and (found := _named(english)):
            return found, start + len(name)
    for counter in here.language.words.get("counters", ()) if here.language else ():
        if rest.startswith(counter):
            one_name = here.language.synonyms.get(counter, counter) if here.language else counter
            return Unit(counted=frozenset([one_name])), start + len(counter)
    match = _IN_RUN.match(rest)
    unit = _said(here, match[0], is_glued=True) if match else None
    return (unit, start + match.end()) if match and unit is not None else (BARE, end)


def _said(here: Here, said: str, *, is_glued: bool) -> Unit | None:
    """The unit that these words name, and nothing else. is_glued: no space stands before them."""
    bare = _PREFIX_APART.sub("", said.rstrip("."))
    is_letter = len(bare) == 1 and bare.isalpha()
    if (
        is_letter
        and bare not in _SINGLE_UNITS
        and bare not in _LETTERS
        and not _in_english(here, bare)
    ):
        return None
    folded = _by_its_name(here, bare) or _folded(bare)
    words = folded.split()
    counts = bool(words) and not here.has("function", words[0])
    folded = _in_english(here, folded) or " ".join(
        "per" if n and counts and word in _PERS else _in_english(here, word) or word
        for n, word in enumerate(words)
    )
    folded = _CELSIUS.sub("celsius", folded).replace("per cent", "percent")
    folded = _OF_STATES.sub("", folded)
    if is_letter:
        folded = _LETTERS.get(bare, folded)
    if "money" in here.asked.topics:
        folded = _POUNDS.sub("£", folded)
    if folded in ("in", "a") and not is_glued:
        return None
    if " " in bare and (words[-1] in _NO_ENDS or here.has("and", words[-1])):
        return None  # 60 kilometres per hour in gusts
    unit = _named(folded)
    return None if unit is None or unit.is_bare or unit.counted else unit


def _by_its_name(here: Here, said: str) -> str | None:
    """The English name of a unit that the text's language calls so, where English does not."""
    if here.language is None or here.is_in("en"):
        return None
    return named_units.in_english(said, here.language.code)


def _in_english(here: Here, word: str) -> str | None:
    return here.language.units.get(folded_word(word)) if here.language else None


def _folded(said: str) -> str:
    words = (folded_word(word) if word.isalpha() else word.lower() for word in said.split())
    return " ".join(words).replace("° ", "°")


def _named(name: str) -> Unit | None:
    name = _SHARES.get(name, name)
    return _OWN_UNITS.get(name) or units.parse(name)
