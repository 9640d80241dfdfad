"""A sentence, or a part of one -> its atoms and words, each with the part that it plays."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import (
    BARE,
    Asks,
    Clock,
    Date,
    Identifier,
    Phrase,
    Quantity,
    Role,
    Row,
    Span,
    Token,
    Unit,
)
from consensus.core.values.model import Atom
from consensus.readers import code, identifiers, mathematics, numbers, times
from consensus.readers.asked import Asked, stemmed
from consensus.readers.languages import Pack, language_of, pack
from consensus.readers.mathematics import units
from consensus.readers.spelling import folded_word, words_in

LONGEST = 4_000  # characters that are read
_SPACE = re.compile(r"\s+")
_WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u064b-\u0652]|['’](?=[^\W\d_])|-(?=[^\W\d_]))*"
)
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff々ー]+")
_KATAKANA = re.compile("[\u30a1-\u30ffー]+|[\u4e00-\u9fff々]+|[\u3040-\u309f]+")
_CURRENCY = re.compile(r"(?:US\$|[$€£¥₹₽₩₺]|Rp\.?|Rs\.?|USD|EUR|GBP)\s?(?=[\d-])")
_CURRENCIES = {
    "us$": "$",
    "usd": "$",
    "eur": "€",
    "gbp": "£",
    "rs": "₹",
    "rs.": "₹",
    "rp": "rupiah",
    "rp.": "rupiah",
    "₽": "ruble",
    "₩": "won",
    "₺": "lira",
    "¥": "yen",
}
_OWN_UNITS = ("ruble", "won", "lira", "rupiah", "zloty", "real", "yuan")
_UNIT_WORDS = re.compile(
    r"\s?(?:%|°\s?[CF]?|[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f])*\.?"
    r"(?:/[^\W\d_]+)?[²³23]?(?:/[^\W\d_]+)?)"
)
_COMPOUND_UNIT = re.compile(
    r"\b(?:per|square|cubic|sq|degrees?|grad|cents?|por|pro|par)\b|/|°", re.IGNORECASE
)
_DURATION = re.compile(
    r"(\d+)\s?(?:h|hrs?|hours?|Std\.?|Stunden|heures?|horas?|ore)"
    r"(?:,? (?:and|und|et|y|e) |,? ?)(\d+)\s?"
    r"(?:m|mins?|minutes?|Min\.?|Minuten|minutos|minuti)\b",
    re.IGNORECASE,
)
_PARTS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_PART = re.compile(rf"[\s-]({'|'.join(_PARTS)})s?\b")  # two thirds
_STAMP = re.compile(r"[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(Z)\b")
_ROMAN = re.compile(r"(?:I{1,3}|IV|VI{0,3}|IX|XI{0,3}|XIV|XVI{0,3})\b(?!\s+[a-z])")
_ROMANS = {"I": 1, "V": 5, "X": 10}
_HAN_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬億亿"
_SINGLE_UNITS = frozenset("m g h l L s V W A J N t K".split())
_DASH = re.compile(r"\s?[-‐‑–—−~〜～]\s?(?=[-$€£\d])")
_SIZE = re.compile(r"\s?(?:[x×✕]|\\times)\s?(?=\d)|\s+by\s+(?=\d)", re.IGNORECASE)
_EAST_TO = re.compile(
    r"(?:から|到|至|에서|부터|以上、?)\s?(?=[\d零〇一二两三四五六七八九十百千])|\s+up to\s+"
)
_AFTER_RANGE = re.compile(r"\s?(?:以下|まで|까지|之间|の間)")
_OUT_OF = re.compile(r"\s+out of(?: every)?\s+(?=\d)|\s+in(?: every)?\s+(?=\d)", re.IGNORECASE)
_BREAKS = {
    ",": ",",
    "，": ",",
    "、": ",",
    ";": ";",
    "；": ";",
    ":": ":",
    "：": ":",
    "—": ";",
    "–": ";",
    "(": "(",
    "（": "(",
    ")": ")",
    "）": ")",
    ".": ".",
    "。": ".",
    "!": ".",
    "！": ".",
    "?": ".",
    "？": ".",
    "\n": ".",
}
_SYMBOLS = {"≤": "<=", "≥": ">=", "≈": "~", "≠": "!="}
_ELIDED = re.compile(
    r"(qu|jusqu|lorsqu|[a-zA-Z]|un|all|dell|nell|sull|dall|quest|com)['’](?=\w)", re.IGNORECASE
)
_INITIAL = re.compile(r"[^\W\d_]\.\s?(?=[^\W\d_])")
_BEFORE_HANGUL = re.compile(r"(?<=[A-Za-z0-9%+-])(?=[\uac00-\ud7af])")
_FORMULA = re.compile(
    r"\$(?!\s?\d[\d.,]*\s*(?:[-–]|to\b|and\b))([^$\n]{1,200})\$|\\\((.{1,200}?)\\\)|([\[({]\s*-?[\w.√π∞/]{1,12}\s*[,;][^\[\](){}]{1,60}[\])}])"
)
_MARKDOWN = re.compile(r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|^#+\s*|^>\s*", re.MULTILINE)
_ALL_PHRASES = ("conclusion", "at_most", "at_least", "less", "more")
_BOUNDS = {"at_most": "<=", "at_least": ">=", "less": "<", "more": ">"}


def read(text: str, asked: Asked) -> Phrase:
    """The phrase that a text is. Linear in its length, which is bounded."""
    text = _MARKDOWN.sub("", text[:LONGEST])
    text = re.sub(r"(?<!\n)\n(?!\n)", " \n", identifiers.plain(text)).strip()
    language = language_in(text, asked)
    if language is not None and not language.segmented:
        text = numbers.with_figures(text)
    if language is not None and language.code == "ko":
        text = _BEFORE_HANGUL.sub(" ", text)
    return Phrase(tuple(_Scanner(text, asked, language).tokens()), _asks(asked))


def _asks(asked: Asked) -> Asks:
    if asked.yes_or_no:
        return Asks.VERDICT
    return Asks.PERSON if asked.of_person else Asks.ANYTHING


def language_in(text: str, asked: Asked) -> Pack | None:
    """The language of the answer; of one that says too little, the question's."""
    own = language_of(text)
    if asked.language is None:
        return pack(own) if own else None
    if own is None or asked.language.code == own:
        return asked.language
    latin = asked.language.code not in ("ru", "ar", "hi", "zh", "ja", "ko")
    if latin == (own not in ("ru", "ar", "hi", "zh", "ja", "ko")) and len(words_in(text)) < 6:
        return asked.language
    if own == "zh" and asked.language.code == "ja":
        return asked.language
    return pack(own)


class _Scanner:
    """Reads a text from its left to its right, each place by the first form that fits."""

    def __init__(self, text: str, asked: Asked, language: Pack | None) -> None:
        self.text = text
        self.asked = asked
        self.language = language
        self.place = 0
        self.found: list[Token] = []
        self.barriers: frozenset[int] = frozenset()
        self.begins = True  # whether a sentence begins here
        self.forms: Sequence[Callable[[], bool]] = (
            self._code,
            self._formula,
            self._ordinal,
            self._duration,
            self._roman,
            self._bound,
            self._dated,
            self._amount,
            self._identifier,
            self._spelt_number,
            self._cjk,
            self._word,
            self._mark,
        )

    def tokens(self) -> list[Token]:
        while self.place < len(self.text):
            if self.text[self.place].isspace() and self.text[self.place] != "\n":
                self.place += 1
                continue
            if not any(form() for form in self.forms):
                self.place += 1
        while self.found and self.found[-1].role is Role.BREAK:
            self.found.pop()
        while self.found and self.found[0].role is Role.BREAK:
            self.found.pop(0)
        return self.found

    def _add(
        self,
        value: Atom | str,
        end: int,
        role: Role = Role.CONTENT,
        *,
        name: bool = False,
        stem: str = "",
    ) -> bool:
        self.found.append(Token(value, role, name, stem))
        self.begins = role is Role.BREAK and value == "."
        self.place = end
        return True

    def _code(self) -> bool:
        if self.text[self.place] != "`":
            return False
        end = self.text.find("`", self.place + 1)
        if end < 0:
            self.place += 1
            return True
        inner = self.text[self.place + 1 : end].strip()
        if not inner:
            self.place = end + 1
            return True
        if " " in inner or self.asked.of_code:
            return self._add(code.read(inner, self.asked.code_hint), end + 1)
        return self._add(Identifier(identifiers.normal(inner)), end + 1)

    def _formula(self) -> bool:
        """Mathematics that a sentence quotes, and points and intervals in brackets."""
        if self.text[self.place] not in "$\\([{":
            return False
        match = _FORMULA.match(self.text, self.place)
        if match is None or not any(c.isdigit() or c in "\\∞π" for c in match[0]):
            return False
        inner = match[1] or match[2] or match[3]
        value = mathematics.read(inner, in_percent=False, of_interval=self.asked.of_interval)
        if value is None:
            return False
        return self._add(value, match.end(), self._atom_role(value))

    def _ordinal(self) -> bool:
        """1st as the word that it is."""
        match = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\b").match(self.text, self.place)
        english = self.language is not None and self.language.code == "en"
        if match is None or not english or not self._starts_word():
            return False
        if times.date_at(self.text, self.place, self.language) is not None:
            return False
        n = int(match[1])
        word = _ORDINALS[n - 1] if 0 < n <= len(_ORDINALS) else match[0]
        return self._add(word, match.end(), Role.LIMIT if 0 < n <= 4 else Role.CONTENT)

    def _duration(self) -> bool:
        """2 h 30 min."""
        match = _DURATION.match(self.text, self.place) if self._starts_word() else None
        if match is None:
            return False
        minutes = units.parse("minutes") or BARE
        return self._add(
            Quantity(Fraction(int(match[1]) * 60 + int(match[2])), minutes), match.end()
        )

    def _roman(self) -> bool:
        """Type I, World War II: a numeral that follows a word."""
        match = _ROMAN.match(self.text, self.place) if self._starts_word() else None
        before = self.found[-1] if self.found else None
        if (
            match is None
            or before is None
            or before.role is Role.BREAK
            or not isinstance(before.value, str)
        ):
            return False
        values = [_ROMANS[c] for c in match[0]]
        total = sum(
            -v if any(v < w for w in values[n + 1 : n + 2]) else v for n, v in enumerate(values)
        )
        return self._add(Quantity(Fraction(total)), match.end())

    def _bound(self) -> bool:
        """At most, no more than, less than: what they say of a number."""
        if self.language is None or not self._starts_word():
            return False
        window = self.text[self.place : self.place + 40]
        words = [(folded_word(m[0]), m.end()) for m in _WORD.finditer(window)][:4]
        if not words or not _WORD.match(window):
            return False
        for which, sign in _BOUNDS.items():
            for length in range(len(words), 0, -1):
                phrase = " ".join(w for w, _ in words[:length])
                end = self.place + words[length - 1][1]
                if self.language.has(which, phrase) and self._number_follows(end):
                    return self._add(sign, self.place + words[length - 1][1], Role.LIMIT)
        return False

    def _number_follows(self, end: int) -> bool:
        rest = self.text[end:].lstrip()
        if re.match(r"(?:the |an? |de |von )?[\d$€£¥₹]", rest):
            return True
        words = [(m[0], m.end()) for m in _WORD.finditer(rest[:60])]
        return bool(words) and numbers.in_words(words, self.language) is not None

    def _dated(self) -> bool:
        if not self._starts_word():
            return False
        if self.asked.digits_are_letters and self.text[self.place].isdigit():
            return False
        found = times.date_at(self.text, self.place, self.language)
        if found is None:
            found = self._clock()
        if found is None:
            return False
        value = found.value
        stamp = _STAMP.match(self.text, found.end) if isinstance(value, Date) else None
        if stamp:
            self._add(value, found.end)
            self._add(Clock(int(stamp[1]) * 60 + int(stamp[2])), stamp.end())
            return not stamp[3] or self._add(Identifier("UTC"), stamp.end())
        if isinstance(value, Date) and self.asked.of_year and value.year and value.years == 1:
            value = Date(value.year)
        return self._ended(value, found.end)

    def _clock(self) -> times.Timed | None:
        if self.asked.of_score and not self.asked.of_time:
            return None
        return times.clock_at(self.text, self.place, self.language)

    def _ended(self, low: Atom, end: int) -> bool:
        """An atom, or the span that it begins."""
        joined = self._joint(low, end)
        if joined is not None:
            mark, start = joined
            high = self._atom_at(start, low)
            if high is not None:
                value, stop = high
                low, value = _with_one_unit(low, value)
                return self._add(Span(low, value, mark), self._after_range(stop))  # type: ignore[arg-type]
        return self._add(low, end, self._atom_role(low))

    def _after_range(self, end: int) -> int:
        match = _AFTER_RANGE.match(self.text, end)
        return match.end() if match else end

    def _atom_role(self, value: Atom) -> Role:
        known = isinstance(value, Quantity) and value.number in self.asked.numbers
        told = isinstance(value, Date) and value in self.asked.dates
        return Role.ECHO if (known and not self.asked.rated) or told else Role.CONTENT

    def _joint(self, low: Atom, end: int) -> tuple[str, int] | None:
        rest = self.text[end:]
        if match := _DASH.match(rest) or (
            isinstance(low, Date) and re.match(r"\s?[-–—]\s?(?=[^\W\d_])", rest)
        ):
            return "-", end + match.end()
        if match := re.match(r"\s?([:/])\s?(?=\d)", rest):
            return match[1], end + match.end()
        if match := re.match(r"\s+([^\W\d_]+)\s+(?=[-$€£\d]|[^\W\d_])", rest):
            word = folded_word(match[1])
            if self._has("to", word) and (not self._has("and", word) or self._is_between()):
                return "to", end + match.end()
        if match := _EAST_TO.match(rest):
            return "to", end + match.end()
        if match := re.match(r"\s+over\s+(?=\d)", rest):
            return "/", end + match.end()
        return None

    def _is_between(self) -> bool:
        if not self.found or self.language is None:
            return False
        value = self.found[-1].value
        return isinstance(value, str) and self.language.has("between", value)

    def _atom_at(self, place: int, low: Atom) -> tuple[Atom, int] | None:
        if place >= len(self.text):
            return None
        found = times.date_at(self.text, place, self.language)
        if found is None and isinstance(low, Clock):
            found = times.clock_at(self.text, place, self.language)
        if found is not None and type(found.value) is type(low):
            return found.value, found.end
        if not isinstance(low, Quantity):
            return None
        return self._quantity_at(place) or self._spelt_at(place)

    def _spelt_at(self, place: int) -> tuple[Quantity, int] | None:
        """The number in words that begins here, with its unit."""
        window = self.text[place : place + 90]
        if not _WORD.match(window):
            return None
        words = [(m[0], place + m.end()) for m in _WORD.finditer(window)]
        found = numbers.in_words(words, self.language)
        if found is None:
            return None
        number, end = found.number, found.end
        if (half := re.match(r"\s+and a half\b", self.text[end:])) and self._is_english():
            number, end = number + Fraction(1, 2), end + half.end()
        number, end, step = self._scaled(number, end, found.step)
        number, end = self._fraction(number, end)
        unit, end = self._unit(end, "")
        return Quantity(number, unit, self._about(), step), end

    def _is_english(self) -> bool:
        return self.language is not None and self.language.code == "en"

    def _amount(self) -> bool:
        if self.asked.digits_are_letters and self.text[self.place].isdigit():
            return False
        letter = self.text[self.place]
        if (
            letter.isalpha()
            and letter not in _HAN_NUMERALS
            and not _CURRENCY.match(self.text, self.place)
        ):
            return False
        found = self._quantity_at(self.place)
        if found is None:
            return False
        value, end = found
        sized = self._row(value, end)
        if sized is not None:
            return self._add(*sized)
        if match := _OUT_OF.match(self.text, end):
            below = self._quantity_at(match.end())
            if (
                below
                and isinstance(below[0].number, Fraction)
                and below[0].number
                and isinstance(value.number, Fraction)
            ):
                return self._add(Quantity(value.number / below[0].number), below[1])
        if self.asked.rated and (match := re.match(r"\s?/\s?(\d+)(?![\d/])", self.text[end:])):
            return self._add(value, end + match.end())
        return self._ended(value, end)

    def _row(self, first: Quantity, end: int) -> tuple[Row, int] | None:
        items: list[Quantity] = [first]
        while match := _SIZE.match(self.text, end) or self._by(first, end):
            found = self._quantity_at(match.end())
            if found is None:
                break
            items.append(found[0])
            end = found[1]
        if len(items) < 2:
            return None
        unit = next((i.unit for i in reversed(items) if not i.unit.is_bare), BARE)
        return Row(tuple(i if not i.unit.is_bare else replace(i, unit=unit) for i in items)), end

    def _by(self, first: Quantity, end: int) -> re.Match[str] | None:
        """21 cm by 30 cm, in the language's own word."""
        match = re.compile(r"\s+([^\W\d_]+)\s+(?=\d)").match(self.text, end)
        known = (
            match and self.language is not None and self.language.has("by", folded_word(match[1]))
        )
        return match if known and first.unit.dimension == "length" else None

    def _quantity_at(self, place: int) -> tuple[Quantity, int] | None:
        start = place
        money = _CURRENCY.match(self.text, place)
        if money:
            place = money.end()
        sign = 1
        if self.text[place : place + 1] in "-−" and self.text[place + 1 : place + 2].isdigit():
            before = self.text[start - 1 : start]
            if before.isalnum():
                return None
            sign, place = -1, place + 1
        if not money and not self._may_be_number(place):
            return None
        found = numbers.in_figures(self.text, place, self.language)
        if self._is_cjk():
            han = numbers.in_han(self.text, place)
            found = han if han and (found is None or han.end > found.end) else found
        if found is None:
            return None
        number, end, step = found.number * sign, found.end, found.step
        number, end, step = self._scaled(number, end, step)
        unit, end = self._unit(end, money[0].strip() if money else "")
        about = self._about()
        return Quantity(number, unit, about, step), end

    def _may_be_number(self, place: int) -> bool:
        letter = self.text[place : place + 1]
        if not letter or not (letter.isdigit() or (self._is_cjk() and letter in _HAN_NUMERALS)):
            return False
        known = identifiers.at(self.text, place, digits_are_letters=False)
        return known is None

    def _is_cjk(self) -> bool:
        return self.language is not None and self.language.code in ("zh", "ja")

    def _scaled(self, number: Fraction, end: int, step: Fraction) -> tuple[Fraction, int, Fraction]:
        match = re.match(rf"\s?({_WORD.pattern})\.?", self.text[end:])
        if match:
            word = folded_word(match[1])
            for language in (self.language, pack("en")):
                if language is None or word not in language.scales:
                    continue
                if len(word) < 3 and match[0][0].isspace() and language.code == "en":
                    continue
                if word == "m" and "$" not in self.text[:end][-12:]:
                    continue
                power = 10 ** language.scales[word]
                return self._scaled_more(number * power, end + match.end(), (step or 1) * power)
        if (self.language is not None and not self.language.segmented) or self._is_korean():
            match = re.match(r"\s?(만|억|천|백)", self.text[end:])
            if match and self.language is not None:
                power = 10 ** self.language.scales[match[1]]
                return number * power, end + match.end(), (step or 1) * power
        return number, end, step

    def _scaled_more(
        self, number: Fraction, end: int, step: Fraction
    ) -> tuple[Fraction, int, Fraction]:
        return number, end, step

    def _is_korean(self) -> bool:
        return self.language is not None and self.language.code == "ko"

    def _unit(self, end: int, currency: str) -> tuple[Unit, int]:
        if currency:
            return _unit_named(_CURRENCIES.get(currency.lower(), currency)) or BARE, end
        if not self._has_spaces():
            return self._unit_in_run(end)
        stops: list[int] = []
        place = end
        for _ in range(4):
            match = _UNIT_WORDS.match(self.text, place)
            if match is None or (match[0].endswith(".") and place != end):
                break
            place = match.end()
            stops.append(place)
        for stop in reversed(stops):
            said = self.text[end:stop].strip()
            if " " in said and not _COMPOUND_UNIT.search(said):
                continue
            unit = self._unit_said(said, glued=not self.text[end].isspace())
            if unit is not None:
                return unit, stop
        return BARE, end

    def _has_spaces(self) -> bool:
        return self.language is None or self.language.code not in ("zh", "ja", "ko")

    def _unit_in_run(self, end: int) -> tuple[Unit, int]:
        """A unit where no spaces divide words: the longest name of one that follows."""
        rest = self.text[end:].lstrip()
        start = len(self.text) - len(rest)
        names = self.language.units if self.language else {}
        for name in sorted(names, key=len, reverse=True):
            if rest.startswith(name) and (found := _unit_named(names[name])):
                return found, start + len(name)
        match = re.match(r"%|°\s?[CF]?|[A-Za-z]{1,4}(?:/[a-z]+)?[²³]?", rest)
        if match:
            unit = self._unit_said(match[0], glued=True)
            if unit is not None:
                return unit, start + match.end()
        return BARE, end

    def _unit_said(self, said: str, *, glued: bool) -> Unit | None:
        bare = said.rstrip(".")
        if (
            len(bare) == 1
            and bare.isalpha()
            and bare not in _SINGLE_UNITS
            and not self._named(bare)
        ):
            return None
        folded = " ".join(self._named(w) or w for w in _folded_unit(bare).split())
        folded = re.sub(
            r"\bdegrees? ?celsius|\bcelsius celsius|\bdegrees? celsius", "celsius", folded
        )
        if folded in ("in", "a") and not glued:
            return None
        unit = _unit_named(folded)
        if unit is None or unit.is_bare or unit.counted:
            return None
        return unit

    def _named(self, word: str) -> str | None:
        return self.language.units.get(folded_word(word)) if self.language else None

    def _has(self, which: str, word: str) -> bool:
        return self.language is not None and self.language.has(which, word)

    def _about(self) -> bool:
        said = [token.value for token in self.found[-2:] if isinstance(token.value, str)]
        return any(self._has("about", word) for word in said)

    def _identifier(self) -> bool:
        found = identifiers.at(
            self.text, self.place, digits_are_letters=self.asked.digits_are_letters
        )
        if found is None:
            return False
        text, end = found
        alone = end - self.place == 1 and not self.begins
        if (
            not alone
            and self.text[self.place : end].isalpha()
            and self._is_common(text)
            and not (self.asked.of_music and identifiers.is_key(text))
        ):
            return False
        role = Role.ECHO if len(text) > 1 and text in self.asked.text else Role.CONTENT
        return self._add(Identifier(text), end, role)

    def _is_common(self, text: str) -> bool:
        """Whether letters in capitals are a word of the language, shouted or begun."""
        word = folded_word(text)
        if self.language is None:
            return False
        return any(word in words for words in self.language.words.values())

    def _spelt_number(self) -> bool:
        if self.language is None or not self._starts_word() or not self.text[self.place].isalpha():
            return False
        if self.asked.digits_are_letters:
            return False
        window = self.text[self.place : self.place + 90]
        words = [(m[0], self.place + m.end()) for m in _WORD.finditer(window)]
        if not words or not _WORD.match(window):
            return False
        half = self._half(words)
        if half is not None:
            return half
        found = numbers.in_words(words, self.language)
        if found is None:
            return False
        if found.number == 1 and self._is_article_one(words[0][0]):
            return False
        spelt = self._spelt_at(self.place)
        return self._ended(*spelt) if spelt else False

    def _half(self, words: list[tuple[str, int]]) -> bool | None:
        """Half a gram, and three eighths."""
        if self.language is None or self.language.code != "en":
            return None
        low = [w.lower() for w, _ in words[:3]]
        if low[:2] == ["half", "a"] or low[:2] == ["half", "an"]:
            unit, end = self._unit(words[1][1], "")
            if not unit.is_bare:
                return self._add(Quantity(Fraction(1, 2), unit), end)
            if low[2:3] == ["dozen"]:
                return self._add(Quantity(Fraction(6)), words[2][1])
            _, end, _ = number = self._scaled(Fraction(1, 2), words[1][1], Fraction(0))
            if end != words[1][1]:
                return self._add(Quantity(number[0]), end)
        return None

    def _fraction(self, number: Fraction, end: int) -> tuple[Fraction, int]:
        match = _PART.match(self.text, end)
        if match and self.language is not None and self.language.code == "en":
            return number / _PARTS[match[1]], match.end()
        return number, end

    def _is_article_one(self, word: str) -> bool:
        """Whether "un" or "ein" is an article rather than a number: something follows it."""
        if self.language is None or self.language.code == "en":
            return word.lower() != "one" or len(self.text) > 40
        end = self.place + len(word)
        return bool(self.text[end:].strip())

    def _cjk(self) -> bool:
        match = _CJK.match(self.text, self.place)
        if match is None or self.language is None:
            return False
        run = match[0]
        place = 0
        content = ""
        self.barriers = self._negated_places(run)
        while place < len(run):
            known = self._known_in_run(run, place)
            number = (
                self._quantity_at(self.place + place)
                if run[place] in "零一二两兩三四五六七八九十百千" and place
                else None
            )
            if number is not None and not content:
                self._add(number[0], number[1])
                return True
            if known is None:
                content += run[place]
                place += 1
                continue
            word, role = known
            self._add_run(content)
            content = ""
            self.found.append(Token(word, role, role is Role.ECHO))
            place += len(word)
        self._add_run(content)
        self.place += len(run)
        self.begins = False
        return True

    def _add_run(self, content: str) -> None:
        for piece in _KATAKANA.findall(content):
            self.found.append(Token(piece, Role.CONTENT))

    def _known_in_run(self, run: str, place: int) -> tuple[str, Role] | None:
        """The longest word of the pack, or stretch of the question, that begins here."""
        for length in range(min(8, len(run) - place), 0, -1):
            word = run[place : place + length]
            role = self._role_in_pack(word)
            if role is not None:
                return word, role
            crosses = any(
                place < b < place + length or (b == place and role is None) for b in self.barriers
            )
            if length > 1 and not crosses and word in self.asked.text and not self._limits(word):
                return word, Role.ECHO
        return None

    def _negated_places(self, run: str) -> frozenset[int]:
        """Where words that deny begin: nothing that the question says may swallow them."""
        negations = self.language.words["negation"] if self.language else ()
        return frozenset(
            m.start() for word in negations if word for m in re.finditer(re.escape(word), run)
        )

    def _limits(self, word: str) -> bool:
        """Whether a part of it changes what is said: before, after, only."""
        parts = {word[n:m] for n in range(len(word)) for m in range(n + 1, len(word) + 1)}
        return self.language is not None and bool(parts & self.language.words["limit"])

    def _role_in_pack(self, word: str) -> Role | None:
        language = self.language
        if language is None:
            return None
        for which, role in _ROLES:
            if language.has(which, word):
                return role
        return None

    def _word(self) -> bool:
        match = _WORD.match(self.text, self.place)
        if match is None:
            return False
        elided = (
            _ELIDED.match(match[0])
            if self.language and self.language.code in ("fr", "it")
            else None
        )
        if elided:
            role = (
                Role.NEGATION
                if self.language and self.language.has("negation", elided[1])
                else Role.FUNCTION
            )
            return self._add(folded_word(elided[1]), self.place + elided.end(), role)
        initial = _INITIAL.match(self.text, self.place)
        word, end = match[0], match.end()
        if self.language is not None and self.language.code == "tr":
            word = re.sub(r"['’][dt][ıiuü]r$", "", word)  # Van'dır is Van
        if initial and len(word) == 1:
            end = initial.end() if not initial[0].endswith(" ") else initial.end() - 1
        folded = folded_word(word)
        if self.language is not None:
            folded = self.language.synonyms.get(folded, folded)
        role = self._role(folded)
        if folded == "no" and re.match(r"\.?\s?\d", self.text[end:]):
            role = Role.KIND  # number one
        if self._has("agent", folded) and role is Role.LINK:
            folded = "by"
        caseless = role is Role.ECHO and word.lower() == word.upper()
        name = (word[0].isupper() or caseless) and role in (Role.CONTENT, Role.ECHO)
        stem = stemmed(folded, self.language) if role in (Role.CONTENT, Role.ECHO) else ""
        value = stem if name and self._declines() and stem else folded
        if role is Role.BREAK:
            value = "so" if self._has("so", folded) else "aside"
        return self._add(value, end, role, name=name, stem=stem)

    def _declines(self) -> bool:
        return self.language is not None and self.language.code in ("pl", "ru", "tr", "ko", "ar")

    def _role(self, word: str) -> Role:
        language = self.language
        compared = stemmed(word, language)
        echoed = compared in self.asked.stems
        if language is None:
            return Role.ECHO if echoed else Role.LIMIT if self._is_lower() else Role.CONTENT
        if language.has("negation", word) or word.endswith("n't"):
            return Role.NEGATION
        if language.has("or", word):
            return Role.OR
        if language.has("so", word) and (self.begins or self._follows_break()):
            return Role.BREAK
        if language.has("aside", word) and self.found and not echoed:
            # "the writer who was convicted" is no aside; ", who was convicted," is one
            restricts = language.has("wh", word) or language.has("link", word)
            return Role.FUNCTION if restricts and not self._follows_break() else Role.BREAK
        if language.has("limit", word):
            return Role.ECHO if echoed and not self.asked.yes_or_no else Role.LIMIT
        for which, role in _ROLES[3:]:
            if language.has(which, word) and (role is not Role.KIND or self._is_kind(word)):
                return Role.ECHO if role is Role.KIND and echoed else role
        return Role.ECHO if echoed else Role.CONTENT

    def _is_kind(self, word: str) -> bool:
        """Whether a word names a kind of thing, rather than being a name: city, and City."""
        if self._is_lower():
            return True
        rest = self.text[self.place + len(word) :].lstrip(" ")
        return self.begins and bool(rest) and rest[0] not in _BREAKS

    def _follows_break(self) -> bool:
        return not self.found or self.found[-1].role is Role.BREAK

    def _is_lower(self) -> bool:
        return self.text[self.place].islower()

    def _mark(self) -> bool:
        letter = self.text[self.place]
        if letter in _BREAKS:
            if letter in ".:" and self._is_inside_number():
                return False
            if (
                letter == "."
                and self.found
                and self._has("abbreviations", str(self.found[-1].value))
            ):
                self.place += 1
                return True  # St. Louis
            return self._add(_BREAKS[letter], self.place + 1, Role.BREAK)
        if letter in "<>=≤≥≈≠+*/^&%|":
            if letter == "&":
                return self._add("and", self.place + 1, Role.LINK)
            return self._add(_SYMBOLS.get(letter, letter), self.place + 1, Role.LIMIT)
        return False

    def _is_inside_number(self) -> bool:
        return (
            self.text[self.place - 1 : self.place].isdigit()
            and self.text[self.place + 1 : self.place + 2].isdigit()
        )

    def _starts_word(self) -> bool:
        if not self.place:
            return True
        before, letter = self.text[self.place - 1], self.text[self.place]
        return not (before.isalnum() and letter.isalnum() and not _CJK.match(before))


_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)
_ROLES = (
    ("negation", Role.NEGATION),
    ("or", Role.OR),
    ("limit", Role.LIMIT),
    ("hedge", Role.HEDGE),
    ("link", Role.LINK),
    ("and", Role.FUNCTION),
    ("function", Role.FUNCTION),
    ("between", Role.FUNCTION),
    ("from", Role.FUNCTION),
    ("kind", Role.KIND),
    ("wh", Role.FUNCTION),
)


def _folded_unit(said: str) -> str:
    return " ".join(folded_word(w) if w.isalpha() else w.lower() for w in said.split()).replace(
        "° ", "°"
    )


def _unit_named(name: str) -> Unit | None:
    if name in _OWN_UNITS:
        return Unit(name)
    if name == "percent" or name in ("%", "per cent", "pct"):
        return units.PERCENT
    return units.parse(name)


def _with_one_unit(low: Atom, high: Atom) -> tuple[Atom, Atom]:
    """Both ends of a span in the unit that only one of them says; and in one half of the day."""
    if isinstance(low, Quantity) and isinstance(high, Quantity):
        if low.unit.is_bare:
            low = replace(low, unit=high.unit)
        elif high.unit.is_bare:
            high = replace(high, unit=low.unit)
    if (
        isinstance(low, Clock)
        and isinstance(high, Clock)
        and high.half_known
        and not low.half_known
    ):
        low = replace(low, half_known=True)  # 10:00 to 18:00 is by the clock of 24 hours
    return low, high
