"""What an answer is: one algebraic type. A worker reads it once; nobody reads the text again.

    Value = Truth | Choice | Quantity | Span | Row | Clock | Date | Identifier | Code
          | Mathematics | Several | Phrase | Opaque

Everything but Several and Phrase is an *atom*: one thing, with all that equality needs. A Phrase is
what a sentence comes to: its atoms and words in their order, each with the part it plays, so that
whoever compares two needs neither the question nor a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

Number = Fraction | float | complex


@dataclass(frozen=True, slots=True)
class Unit:
    """A dimension such as "length" or "length/time" ("" for none), and its size in base units.

    offset is the zero of the scale in base units: 0 degrees Celsius are 273.15 kelvin.
    counted are words that are no unit of ours: 5 apples are apples, and 5 red apples are too.
    """

    dimension: str = ""
    factor: Fraction = Fraction(1)
    counted: frozenset[str] = frozenset()
    offset: Fraction = Fraction(0)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is said of what the number counts."""
        return not self.dimension and not self.counted


BARE = Unit()


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes or no."""

    value: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options or labels that the question offers, as the question names it."""

    label: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit.

    approximate: the answer says "about". step is one in the last place that was written, 0 where
    the number is a whole one without trailing zeros, or was not written in figures.
    """

    number: Number
    unit: Unit = BARE
    approximate: bool = False
    step: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, in minutes after midnight, and the seconds of its minute.

    half_known: it says which half of the day.
    """

    minutes: int
    half_known: bool = True
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month, year, decade, century or weekday: whatever is not said is None.

    years is how many years a period of years lasts: 1 for a year, 10 for a decade, 100. A decade
    from 20 to 90 is one whose century is not said: the eighties.
    weekday counts from Monday, 0.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    years: int = 1
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """What must be equal to the letter: versions, codes, formulas, grades, paths, flags."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code in its normal form; language is "" where nothing parsed it."""

    language: str
    normal: str


@dataclass(frozen=True, slots=True)
class Mathematics:
    """A mathematical object that is more than one number.

    form tells its structure ("()" a tuple, "{}" a set, "[)" an interval, "of x" an expression in
    x), numbers are its values: members, ends, or what it evaluates to at fixed points, so that
    equality is arithmetic on a few numbers. also is what else may be meant by it.
    """

    form: str
    numbers: tuple[Number, ...]
    unit: Unit = BARE
    also: tuple[Quantity | Mathematics, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value of a kind that this version does not know: it is kept, and never told the same."""

    kind: str
    content: str


Simple = Truth | Choice | Quantity | Clock | Date | Identifier | Code | Mathematics | Opaque


@dataclass(frozen=True, slots=True)
class Span:
    """Two ends, in their order: 7-9 hours, 3:2, 10 am to 6 pm. mark is how they are joined.

    "-" a dash, "to" in words, ":" a colon, "/" a slash, "±" a middle and what it may be off by.
    "≥" and ">" are all from the lower end on, and the upper one is infinite (of an identifier, the
    empty one); "≤" and "<" likewise. "[)", "(]" and "()" leave out the end that has the bracket "("
    or ")".
    """

    low: Simple
    high: Simple
    mark: str = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """Measures side by side: 21 cm x 29.7 cm, 6-3 6-4."""

    items: tuple[Simple | Span, ...]


Atom = Simple | Span | Row


class Role(StrEnum):
    """The part that a token plays in its phrase."""

    CONTENT = "c"  # says something
    ECHO = "e"  # the question says it too
    FUNCTION = "f"  # carries no meaning of its own
    LINK = "r"  # tells how two parts stand to each other: of, by, to
    KIND = "k"  # names what kind of thing is answered: city, language, answer
    NEGATION = "n"
    LIMIT = "l"  # changes what is said: only, except, before, half
    OR = "o"  # leaves a choice open
    HEDGE = "h"  # how sure: probably, about
    BREAK = "b"  # a comma, a bracket, the end of a sentence, or a word that begins an aside


class Asks(StrEnum):
    """What a question asks for, as far as it tells how its answers may be worded."""

    ANYTHING = "a"
    PERSON = "p"
    VERDICT = "v"  # yes or no
    TIME = "t"  # when, to no precision in particular


@dataclass(frozen=True, slots=True)
class Token:
    """An atom, or a folded word. name: it is written as one; stem: the word without its ending.

    A word that limits or denies has a stem only where that takes nothing from the answer that its
    sentence gives: "during the war", or the "not" of a question for what is not so. A small word
    has one where it stands for what was asked about: "it".
    """

    value: Atom | str
    role: Role = Role.CONTENT
    name: bool = False
    stem: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence, or a part of one, and what its question asks for."""

    tokens: tuple[Token, ...]
    asks: Asks = Asks.ANYTHING


@dataclass(frozen=True, slots=True)
class Several:
    """Several answers; ordered where their order is a part of the answer."""

    items: tuple[Phrase | Atom, ...]
    ordered: bool = False


Value = Atom | Several | Phrase
