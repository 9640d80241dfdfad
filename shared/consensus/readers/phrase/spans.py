"""Two ends of something, and what bounds a number: 7-9, from May to June, at most 5."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import Clock, Date, Quantity, Role, Span, Token, Unit
from consensus.core.values.model import Atom
from consensus.readers import clocks, numbers, times
from consensus.readers.asked import Asked, stemmed
from consensus.readers.languages import Pack
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.measures import scale_named, unit_at
from consensus.readers.phrase.quantities import quantity_at
from consensus.readers.spelling import WORD, folded_word

FEWEST_COUNTED, MOST_COUNTED = 3, 12  # numbers in a row that stand for a span
_THEN = re.compile(r"\s*[,、]?\s*")
FIRST_YEAR, LAST_YEAR = 1000, 2099
MONDAY, FRIDAY = Date(weekday=0), Date(weekday=4)
NOON = 720  # minutes
_BEFORE = {"at_most": "≤", "at_least": "≥", "less": "<", "more": ">"}  # lists, and their marks
_OF_DATES = {"earlier": "<", "later": ">", "until_date": "="}  # a deadline is its day
_AFTER_NUMBER = {f"{which}_after": mark for which, mark in _BEFORE.items()}
_SIGN = re.compile(r"(<=|>=|=<|=>|[<>≤≥⩽⩾]|\\leq?\b|\\geq?\b)\s?(?=[-−$€£¥]?\s?\d)")
_SIGNS = {"<": "<", ">": ">"} | dict.fromkeys(("≤", "<=", "=<", "⩽", "\\le", "\\leq"), "≤")
_SPACE = re.compile(r"\s*")
_PLUS = re.compile(r"\s?\+(?![\w+]|\s*\d)")
_NOUN = re.compile(r"\s([^\W\d_]+)(?=\s)")
_COUNTER = re.compile(r"\s?([^\W\d_])")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|º|°|\.|er)?(?=\s|[-–—])")
_LAST_DAY = re.compile(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?!\d|[.,:/]\d)(?:,? (\d{4}))?(?!\s?\w)")
_DAY_MONTH = re.compile(r"(\d{1,2})[./](\d{1,2})\.?(?![\d./])")
_GAP = re.compile(r"\s*(?:(?:the|an?|die|der|den|de|les?|los?|las?|el|gli|i) )?\s*")
_DASH = re.compile(
    r"\s?[-‐‑–—−~〜～]\s?(?=[-−+$€£¥₹₽₩₺\d午上下오]|(?:US|R)\$|(?:[A-Z]{3}|Rp|Rs)\.?\s?\d)"
)
_DASH_TO_WORD = re.compile(r"\s?[-–—]\s?(?=[^\W\d_])")
_LONG_DASH = re.compile(r"\s?[–—]\s?(?=[^\W\d_])|\s-\s(?=[^\W\d_])")
_MARK = re.compile(r"\s?(/)\s?(?=\d)|(:)(?=\d)|\s(:)\s(?=\d)")
_JOINT = re.compile(rf"\s+({WORD.pattern})\s+(?=[-−+$€£¥₹₽₩₺\d]|[^\W\d_])")
_EVENT = re.compile(rf"\s+({WORD.pattern})\s+(?:{WORD.pattern}\s+){{1,5}}(?=\d{{4}}(?!\w))")
_NOUNS = tuple(
    re.compile(rf"(?:\s+{WORD.pattern}){{{n}}}(?=\s+({WORD.pattern})\s+)") for n in (1, 2)
)
_PLUS_MINUS = re.compile(
    r"\s?(?:±|\+/[-−–])\s?(?=\d)|,?\s+(?:plus or minus|give or take)\s+", re.IGNORECASE
)
_OFF = re.compile(r"(?:±|\+/[-−–])\s?(?=\d)|(?:plus or minus|give or take|plus/minus)\s+", re.I)
_FOLLOWED = re.compile(r"[^.।]{3,60}\sके बीच")  # what stands between two is told after them
_ARABIC_AND = re.compile(r"\s+و(?=\w)")
_EAST_TO = re.compile(
    r"(?:から|到|至|에서|부터|以上、?)\s?"
    r"(?=[\d零〇一二两三四五六七八九十百千午上下晚早夜朝昼오저밤아月火水木金土日周星週월화수목금토일])"
)
_CHAIN = re.compile(r"\s?(<=|[<≤])\s?[^\W\d_]{1,12}\s?(<=|[<≤])\s?(?=[-−]?\d)")
_CHAINS = {(False, False): "to", (False, True): "[)", (True, False): "(]", (True, True): "()"}
_OVER = re.compile(r"\s+over\s+(?=\d)")
_AFTER = re.compile(r"\s?(?:以下|まで|까지|之间|の間|사이)")
_SCALE = re.compile(r"[万萬億亿만억천]|(?<=\d)[kK](?!\w)|[^\W\d_]{2,}")
MOST_BEFORE = 4  # tokens from "between" to the lower end: between the ages of


def bound(here: Here) -> Read | None:
    """At most, no more than, less than, with the number that they bound; and signs for them."""
    if sign := _SIGN.match(here.text, here.place):
        found = quantity_at(here, sign.end())
        return one(_open(found[0], _SIGNS.get(sign[1], "≥")), found[1]) if found else None
    if off := _OFF.match(here.text, here.place):
        found = quantity_at(here, off.end())
        if found:
            middle = Quantity(Fraction(0), found[0].unit)
            return one(Span(middle, found[0], "±"), found[1])
    if here.language is None or not here.starts_word:
        return None
    lists = _BEFORE | (_OF_DATES if here.asked.of_when else {})
    said = [(end, mark) for w, mark in lists.items() if (end := here.says(w, here.place))]
    for end, mark in sorted(said, reverse=True):
        gap = _GAP.match(here.text, end)
        start = gap.end() if gap else end
        if here.language.segmented and start == end:
            continue
        if dated := _bounded_date(here, start, mark):
            return dated
        found = quantity_at(here, start)
        if found and isinstance(ended(here, *found).tokens[0].value, Quantity):
            return one(_open(found[0], mark), found[1])
    return None


def _bounded_date(here: Here, place: int, mark: str) -> Read | None:
    """Before 31 May, no later than 1950: what bounds a date, where a time is asked for."""
    date = _date_at(here, place) if here.asked.of_when and place < len(here.text) else None
    if date is None or date.value.weekday is not None:
        return None
    if mark == "=":
        return one(date.value, date.end, role_of(date.value, here.asked))
    ends = (date.value, Date()) if mark in ("≥", ">") else (Date(), date.value)
    return one(Span(*ends, mark), date.end)


def opened(here: Here) -> Read | None:
    """From 3 to 5: a word that elsewhere says more, such as since, only opens a span."""
    words = here.words(here.place) if here.starts_word and here.has_spaces else []
    is_from = bool(words) and here.has("from", folded_word(words[0][0]))
    if not is_from or here.asked.digits_are_letters:
        return None
    gap = _GAP.match(here.text, words[0][1])
    start = gap.end() if gap else words[0][1]
    word = Token(folded_word(words[0][0]), Role.FUNCTION)
    noun = WORD.match(here.text, start)
    if noun and stemmed(said := folded_word(noun[0]), here.language) in here.asked.stems:
        counted = Token(said, Role.ECHO)  # from page 12 to page 15
        rest = replace(here, place=noun.end(), before=[*here.before, word, counted])
        span = _opened_at(rest, noun.end() + 1)
        return Read((word, counted, *span.tokens), span.end) if span else None
    span = _opened_at(here, start)
    return Read((word, *span.tokens), span.end) if span else None


def _opened_at(here: Here, start: int) -> Read | None:
    """The span that begins at a place."""
    found = (
        moment_at(here, start, is_time=False) or quantity_at(here, start)
        if start < len(here.text)
        else None
    )
    span = _days(here, start) or (ended(here, *found) if found else None)
    return span if span is not None and isinstance(span.tokens[0].value, Span) else None


def days(here: Here) -> Read | None:
    """The 3rd to the 6th of July."""
    return _days(here, here.place) if here.starts_word and here.letter.isdigit() else None


def _days(here: Here, place: int) -> Read | None:
    first = _DAY.match(here.text, place)
    if first is None:
        return None
    joint = _joint(here, Quantity(Fraction(first[1])), first.end())
    if joint is None or joint[0] not in ("-", "to"):
        return None
    article = _GAP.match(here.text, joint[1])
    last = times.date_at(here.text, article.end() if article else joint[1], here.language)
    if last is None or last.value.day is None or not 0 < int(first[1]) < 32:
        return None
    return one(Span(replace(last.value, day=int(first[1])), last.value, joint[0]), last.end)


def moment_at(
    here: Here, place: int, *, is_time: bool | None = None
) -> tuple[Date | Clock, int] | None:
    """The date, or the time of day where one may be meant, that begins at a place."""
    date = _date_at(here, place)
    is_seconds = here.asked.of_duration and date is not None and date.value.years == 10
    if date is not None and not (is_seconds and (date.value.year or 0) < 100):
        return date.value, date.end
    if here.asked.of_day and (day := _day_and_month(here, place)):
        return day
    if here.asked.of_duration or (here.asked.of_score and not here.asked.of_time):
        return None
    is_time = here.asked.of_time if is_time is None else is_time
    told = clocks.clock_at(here.text, place, here.language, is_time=is_time)
    return (told.value, told.end) if told else None


def _day_and_month(here: Here, place: int) -> tuple[Date, int] | None:
    """31.12. as languages other than English order it; in English 12/31, where it can be no day."""
    match = _DAY_MONTH.match(here.text, place)
    if match is None:
        return None
    day, month = int(match[1]), int(match[2])
    if here.is_in("en") and (day < 13) == (month < 13):
        return None
    if here.is_in("en") and month > 12:
        day, month = month, day
    return (Date(month=month, day=day), match.end()) if 0 < day < 32 and 0 < month < 13 else None


def _date_at(here: Here, place: int) -> times.Dated | None:
    """A date, as the question writes them, or to the precision that it asks for."""
    asked, found = here.asked, None
    if asked.day_first is not None:
        found = times.in_order(here.text, place, day_first=asked.day_first)
    if found is None and (asked.of_when or asked.of_month):
        found = times.month_of(here.text, place)
    found = found or times.date_at(here.text, place, here.language)
    if found is None and "century" in asked.topics and here.letter.isalnum():
        found = times.century_alone(here.text, place, here.language)
    return found


def _open(end: Quantity, mark: str) -> Span:
    """All from a number on, or up to it."""
    number = math.inf if mark in ("≥", ">") else -math.inf
    beyond = Quantity(number, end.unit)
    return Span(end, beyond, mark) if number > 0 else Span(beyond, end, mark)


def _bounded(here: Here, end: Atom, place: int) -> Read | None:
    """5 or more, 5+, 5人以上: a number that what follows it bounds; two all."""
    if not isinstance(end, Quantity):
        return None
    if (
        end.unit.is_bare
        and (each := here.says("each", place + 1))
        and not here.text[place].isalnum()
    ):
        return one(Span(end, end), each)
    if plus := _PLUS.match(here.text, place):
        after = unit_at(here, plus.end())
        return one(_open(_in_unit(end, after[0]), "≥"), after[1])
    noun = (_NOUN if here.has_spaces and not here.is_in("ko") else _COUNTER).match(here.text, place)
    if noun and any(here.has(which, folded_word(noun[1])) for which in ("and", "or", "but")):
        noun = None
    for start, counted in ((place, ""), *([(noun.end(), noun[1])] if noun else [])):
        begins = start + len(here.text[start:]) - len(here.text[start:].lstrip())
        for which, mark in _AFTER_NUMBER.items():
            stop = here.says(which, begins)
            if stop and not _bounds_next(here, begins, stop):
                unit = Unit(counted=frozenset([folded_word(counted)])) if counted else end.unit
                return one(_open(_in_unit(end, unit), mark), stop)
    return None


def _bounds_next(here: Here, begins: int, stop: int) -> bool:
    """Whether what may bound a number before it bounds the next one: 5 and less than 9."""
    if not here.has_spaces:
        return False
    starts = [begins + match.start() for match in WORD.finditer(here.text[begins:stop])]
    ends = (here.says(which, start) for start in starts for which in _BEFORE)
    return any(end is not None and _begins_number(here, end) for end in ends)


def _begins_number(here: Here, place: int) -> bool:
    gap = _GAP.match(here.text, place)
    start = gap.end() if gap else place
    return start < len(here.text) and quantity_at(here, start) is not None


def _in_unit(quantity: Quantity, unit: Unit) -> Quantity:
    return replace(quantity, unit=unit) if quantity.unit.is_bare else quantity


def ended(here: Here, low: Atom, end: int) -> Read:
    """An atom, or the span that it begins."""
    if isinstance(low, Quantity) and is_bare(low) and (last := _counted_up(here, low, end)):
        return one(Span(replace(low, unit=last[0].unit), last[0], "to"), last[1])
    joint = _joint(here, low, end)
    is_said = joint is not None and after_space(here, "up_to", end) != joint[1] != (
        after_space(here, "short_of", end)
    )
    if (
        joint
        and is_said
        and isinstance(low, Quantity)
        and not _may_be_year(low)
        and (nouns := _nouns_in(here, end, joint[1]))
    ):
        low = replace(low, unit=replace(low.unit, counted=nouns))
    high = _high(here, joint[1], low) if joint else None
    if joint is None or high is None:
        return _bounded(here, low, end) or one(low, end, role_of(low, here.asked))
    value, stop = high
    if joint[0] == "or" and not _is_next(low, value):
        return _bounded(here, low, end) or one(low, end, role_of(low, here.asked))
    if joint[0] == "or":
        joint = ("to", joint[1])
    if isinstance(low, Quantity) and isinstance(value, Quantity):
        if joint[0] == "-" and ("pages" in here.asked.topics or _are_years(low, value)):
            value = _written_out(low, value)
        low, value = _below_zero(low, value, here.text[joint[1]])
        low = _in_one_scale(here, low, end, value, here.text[joint[1] : stop])
        is_odds = "odds" in here.asked.topics or (here.asked.of_score and joint[0] in ("to", "-"))
        if is_odds and "confidence" not in here.asked.topics:
            is_bare_pair = is_bare(low) and is_bare(value)
            joint = (":", joint[1]) if is_bare_pair else joint
    after = _AFTER.match(here.text, stop)
    ends = _with_one_unit(low, value)
    stop = after.end() if after else stop
    stop = here.says("inclusive", stop + 1) or stop if stop < len(here.text) else stop
    value = Span(*ends, joint[0])  # type: ignore[arg-type]
    return one(value, stop, role_of(value, here.asked))


def _in_one_scale(here: Here, low: Quantity, end: int, high: Quantity, said: str) -> Quantity:
    """The lower end in the scale that only the upper one names: 50 to 75 thousand, 5-10万."""
    if not isinstance(low.number, Fraction) or not isinstance(high.number, Fraction):
        return low
    if here.asked.of_score or not (low.unit.is_bare or here.text[end - 1].isdigit()):
        return low
    for name in _SCALE.findall(said):
        factor = scale_named(here, name)
        if factor > 1 and 0 < low.number < high.number / factor:
            return replace(low, number=low.number * factor, step=(low.step or Fraction(1)) * factor)
    return low


def _counted_up(here: Here, low: Quantity, end: int) -> tuple[Quantity, int] | None:
    """The last of whole numbers in a row that may each be the answer: two, three or four."""
    last, place, is_closed = low, end, False
    count = 1
    while count < MOST_COUNTED:
        gap = _THEN.match(here.text, place)
        start = gap.end() if gap else place
        joint = here.says("or", start)
        if joint is not None:
            space = _GAP.match(here.text, joint)
            start, is_closed = space.end() if space else joint, True
        elif gap is None or ("," not in gap[0] and "、" not in gap[0]):
            return None
        found = quantity_at(here, start) if start < len(here.text) else None
        if found is None or not _is_next(last, found[0]):
            return None
        last, place = found
        count += 1
        if is_closed:
            return (last, place) if count >= FEWEST_COUNTED else None
    return None


def _nouns_in(here: Here, start: int, end: int) -> frozenset[str]:
    """What the lower end counts, where it says so: six games to four."""
    words = [folded_word(word) for word in WORD.findall(here.text[start:end])[:-1]]
    return frozenset(stemmed(w, here.language) for w in words if not here.has("limit", w))


def _are_years(low: Quantity, high: Quantity) -> bool:
    """1914–18: a year, and the last two figures of a later one."""
    if not is_bare(low) or not is_bare(high) or low.step:
        return False
    return _may_be_year(low) and high.number in range(10, 100)


def _written_out(low: Quantity, high: Quantity) -> Quantity:
    """The last page with the figures that it leaves out, as the first has them: 112-18."""
    first, last = str(low.number), str(high.number)
    if not (first.isdecimal() and last.isdecimal()) or len(last) >= len(first):
        return high
    whole = Fraction(first[: -len(last)] + last)
    return replace(high, number=whole, step=low.step) if whole > Fraction(first) else high


def _below_zero(low: Quantity, high: Quantity, begins: str) -> tuple[Quantity, Quantity]:
    """5 to 10 degrees below zero: what is said after the upper end is said of both."""
    numbers = (low.number, high.number)
    is_told = all(isinstance(n, Fraction) for n in numbers) and begins not in "-−"
    if is_told and numbers[1] < 0 < numbers[0]:  # type: ignore[operator]
        return high, replace(low, number=-low.number)
    return low, high


def role_of(value: Atom, asked: Asked) -> Role:
    """Whether an atom says something, or only what the question says too."""
    known = isinstance(value, Quantity) and value.number in asked.numbers
    told = isinstance(value, Date) and value in asked.dates
    if isinstance(value, Span) and value.low == MONDAY and value.high == FRIDAY:
        workdays = asked.language.words.get("workdays", ()) if asked.language else ()
        told = any(word in asked.words for word in workdays)
    return Role.ECHO if (known and not asked.rated) or told else Role.CONTENT


def _joint(here: Here, low: Atom, end: int) -> tuple[str, int] | None:
    """How a span goes on after its lower end, and where the upper one begins."""
    if match := _DASH.match(here.text, end) or (
        isinstance(low, Date) and _DASH_TO_WORD.match(here.text, end)
    ):
        return "-", match.end()
    if isinstance(low, Quantity) and (spelt := _dash_to_number(here, end)):
        return "-", spelt
    if match := _MARK.match(here.text, end):
        return match[match.lastindex or 0], match.end()
    if match := _PLUS_MINUS.match(here.text, end):
        return "±", match.end()
    for which, mark in (
        ("short_of", "[)"),
        ("up_to", "to"),
        *((("ratio_to", ":"),) if here.asked.of_score else ()),
    ):
        if stop := after_space(here, which, end):
            return mark, stop
    if (chain := _CHAIN.match(here.text, end)) and not here.asked.calculates:
        return _CHAINS[chain[1] == "<", chain[2] == "<"], chain.end()
    is_year = isinstance(low, Quantity) and low.unit.is_bare and _may_be_year(low)
    if is_year and (year := _until_event(here, end)):
        return "to", year
    if match := _JOINT.match(here.text, end):
        word = folded_word(match[1])
        if here.has("to", word) and (not here.has("and", word) or _is_between(here)):
            return "to", match.end()
        if here.has("or", word) and isinstance(low, Quantity) and not here.asked.calculates:
            return "or", match.end()
    if match := _EAST_TO.match(here.text, end):
        return "to", match.end()
    for nouns in _NOUNS if is_bare(low) else ():  # six games to four
        match = nouns.match(here.text, end)
        word = folded_word(match[1]) if match else ""
        if match and here.has("to", word) and not here.has("and", word):
            return "to", match.end(1) + 1
    if here.is_in("ar") and _is_between(here) and (match := _ARABIC_AND.match(here.text, end)):
        return "to", match.end()
    if match := _OVER.match(here.text, end):
        return "/", match.end()
    return None


def _dash_to_number(here: Here, end: int) -> int | None:
    """Where a number in words begins that a dash joins to another: nine–eleven hours."""
    match = _LONG_DASH.match(here.text, end)
    is_number = match and numbers.in_words(here.words(match.end()), here.language)
    return match.end() if match and is_number else None


def _may_be_year(value: Quantity) -> bool:
    number = value.number
    is_whole = isinstance(number, Fraction | int) and number.denominator == 1
    return is_whole and FIRST_YEAR <= number <= LAST_YEAR  # type: ignore[operator]


def with_all_within(tokens: Sequence[Token], language: Pack) -> list[Token]:
    """The tokens of a range, where "all from 80 to 90" is no more than from 80 to 90."""
    return [
        replace(t, role=Role.FUNCTION, stem="")
        if t.role is Role.LIMIT and isinstance(t.value, str) and language.has("whole", t.value)
        else t
        for t in tokens
    ]


def _until_event(here: Here, end: int) -> int | None:
    """Where the year of an event begins that ends something: 1837 until her death in 1901."""
    match = _EVENT.match(here.text, end)
    word = folded_word(match[1]) if match else ""
    ends = match and here.has("to", word) and not here.has("and", word)
    return match.end() if match and ends else None


def is_bare(value: Atom) -> bool:
    """Whether it is a number of which nothing is said."""
    return isinstance(value, Quantity) and value.unit.is_bare


def _is_next(low: Atom, high: Atom) -> bool:
    """Two or three: from two to three."""
    if not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return False
    numbers = (low.number, high.number)
    whole = all(isinstance(n, Fraction) and n.denominator == 1 for n in numbers)
    return whole and numbers[1] == numbers[0] + 1


def _is_between(here: Here) -> bool:
    """Whether "between" stands before, or before what the ends are: between the ages of 5 and 9."""
    for token in here.before[: -MOST_BEFORE - 1 : -1]:
        if not isinstance(token.value, str) or token.role is Role.BREAK:
            return False
        if here.has("between", token.value):
            return True
    return _FOLLOWED.match(here.text, here.place) is not None


def after_space(here: Here, which: str, end: int) -> int | None:
    """Where an entry of a list and the space after it end, which a space divides from this."""
    if here.text[end : end + 1] not in (" ", ","):
        return None
    start = end + len(here.text[end:]) - len(here.text[end:].lstrip(" ,"))
    said = here.says(which, start)
    gap = _THEN.match(here.text, said) if said else None
    return gap.end() if gap and gap.end() < len(here.text) else None


def _high(here: Here, place: int, low: Atom) -> tuple[Atom, int] | None:
    """The upper end of a span, of the same kind as the lower one."""
    if place >= len(here.text):
        return None
    article = _GAP.match(here.text, place)
    starts = dict.fromkeys((place, article.end() if article else place))
    for start in starts:
        found = None
        if start < len(here.text):
            found = moment_at(here, start, is_time=True if isinstance(low, Clock) else None)
        if found is not None and _may_end(low, found[0]):
            return found
    if isinstance(low, Date) and low.day and (day := _LAST_DAY.match(here.text, place)):
        year = int(day[2]) if day[2] else low.year
        return replace(low, day=int(day[1]), year=year), day.end()
    if not isinstance(low, Quantity):
        return None
    # From page 12 to page 15.
    said = here.before[-1].value if here.before else None
    for start in starts:
        again = WORD.match(here.text, start)
        if again and isinstance(said, str) and folded_word(again[0]) == said:
            return quantity_at(here, again.end() + 1)
    amounts = (quantity_at(here, start) for start in starts if start < len(here.text))
    return next(filter(None, amounts), None)


def _may_end(low: Atom, high: Date | Clock) -> bool:
    """Whether a moment ends a span: of its own kind, or a number that is an hour."""
    if isinstance(high, Clock) and isinstance(low, Quantity):
        return low.unit.is_bare and low.number in range(25)
    return type(low) is type(high)


def _with_one_unit(low: Atom, high: Atom) -> tuple[Atom, Atom]:
    """Both ends of a span in the unit that only one of them says; and in one half of the day."""
    if isinstance(low, Quantity) and isinstance(high, Quantity):
        if low.unit.is_bare:
            low = replace(low, unit=high.unit)
        elif high.unit.is_bare:
            high = replace(high, unit=low.unit)
    if isinstance(low, Quantity) and isinstance(high, Clock) and isinstance(low.number, Fraction):
        low = Clock(int(low.number) * 60, half_known=low.number > 12)
    if isinstance(low, Date) and isinstance(high, Date) and low.year is None and low.month:
        low = replace(low, year=high.year)
    if (
        isinstance(low, Clock)
        and isinstance(high, Clock)
        and high.half_known
        and not low.half_known
    ):
        low = replace(low, half_known=True)  # 10:00 to 18:00 is by the clock of 24 hours
    if isinstance(low, Clock) and isinstance(high, Clock):
        is_next_half = not high.half_known and high.minutes < low.minutes < NOON
        if is_next_half:  # half past twelve until half past one
            high = replace(high, minutes=(high.minutes + 720) % 1440)
    return low, high
