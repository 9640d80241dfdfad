"""What a question says about its answers, read once for all of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

from consensus.core import question as questions
from consensus.core.model import Strategy
from consensus.core.values import Date
from consensus.readers import alternatives, numbers, statements, times, topics, wanted, whether
from consensus.readers.aliases import by_one_name, known_names
from consensus.readers.languages import Pack, language_of, pack
from consensus.readers.numbers import FIGURES
from consensus.readers.spelling import CLITIC, ELIDED, WORD, folded_word, stem, undoubled, words_in
from consensus.readers.wanted import wants

SHORTEST_OF_MEANING = 4  # letters of a stem by which words of one meaning are known
SHORTEST_PROFESSION = 6  # letters
ROOT = 5  # letters that words of one root share
LONGEST = 20_000  # characters of a question that are read, from its end
COUNTING = 3  # words with which a question for a count begins: and how many
SENTENCE = 400  # characters of the asking sentence in which numbers in words are looked for
_BRACKET = re.compile(r"\([^()]*\)")
# Van'dır is Van, and so are Van'da and Van'ın; Van'a and Van'dan say which way it goes.
_TURKISH_CASE = re.compile(r"'(?:[dt][ae](?:ki)?|n?[iuü]n)?(?:y?[dt][iu]r?)?$")
_YEAR = re.compile(r"(?<![\d.,/-])(1[0-9]\d\d|20\d\d)(?![\d/-]|[.,]\d)")
_RANK = re.compile(r"\bNo\.?\s?\d")


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, as its answers' reader needs it."""

    text: str
    language: Pack | None
    strategy: Strategy
    words: frozenset[str]
    stems: frozenset[str]
    roots: frozenset[str]  # of its words, where it asks for a yes or a no
    kept: frozenset[str]  # names for which it asks how they are called: Siam
    framed: frozenset[str]  # stems that say no more than those of the question
    numbers: frozenset[Fraction]
    counts: frozenset[Fraction]  # all that it tells in figures or words, wherever
    dates: frozenset[Date]
    today: Date | None  # the day that it says it is
    options: Mapping[str, str]
    labels: tuple[str, ...]
    statements: tuple[str, ...]
    yes_or_no: bool
    of_person: bool
    of_when: bool
    denies: bool
    act: str  # the stem of what it asks who or what did: painted, of "Who painted it"
    in_present: bool  # it asks by yes or no for what is so now
    of_place: bool
    of_region: bool
    in_region: str  # the word by which it asks where something is: country, state, county; or ""
    agreeing: frozenset[str]
    opposed: frozenset[str]
    opposed_stems: frozenset[str]
    of_year: bool
    of_month: bool
    in_year: int | None
    of_time: bool
    of_day: bool
    day_first: bool | None  # how the question says that it writes dates
    of_count: bool
    of_duration: bool
    of_score: bool
    of_percent: bool
    of_interval: bool | None
    of_code: bool
    code_hint: str
    topics: frozenset[str]
    rated: bool
    digits_are_letters: bool
    calculates: bool


@lru_cache(maxsize=256)
def read(question: str, strategy: Strategy) -> Asked:
    """What the question says about its answers."""
    text = question[-LONGEST:]
    code = language_of(text)
    language = pack(code) if code else None
    sentence = questions.asking_sentence(text)
    options = questions.listed_options(text)
    labels = () if options else alternatives.offered(text, sentence, language)
    verdicts = (
        language is not None
        and len(labels) == 2
        and all(
            language.has("yes", folded_word(label)) or language.has("no", folded_word(label))
            for label in labels
        )
    )
    words = [folded_word(w) for w in _words(text, language)]
    kept = known_names(text, language) if _any(words, language, "naming") else frozenset()
    renamed = by_one_name(text, language, kept)
    if renamed != text:
        words += [folded_word(w) for w in _words(renamed, language)]
    words += [part for w in words for part in _parts(w, language)]
    asking = [folded_word(w) for w in words_in(sentence)] or words
    stems = frozenset(stemmed(w, language) for w in words)
    offers = bool(labels) and language is not None and language.code != "en"
    yes_or_no = verdicts or (
        not options and not offers and whether.is_yes_or_no(text, sentence, language)
    )
    in_present = _any(asking, language, "present") and not _any(asking, language, "past")
    agreeing, opposed = _polarity(text, words, language)
    topics = _topics(text, sentence, language)
    is_of_person = _is_of_person(sentence, asking, language)
    of_when, of_day = _is_of_when(asking, language), wants("day", sentence)
    of_month = _says(sentence, language, "month") and not _any(asking, language, "day")
    asks_day = of_when or of_day or of_month
    return Asked(
        text=text,
        language=language,
        strategy=strategy,
        words=frozenset(words),
        stems=stems,
        roots=frozenset(r for w in words if yes_or_no and (r := root(w, language))),
        kept=kept,
        framed=_framed(text, stems, language) - stems,
        numbers=frozenset((*_numbers(text), *_spelt_numbers(sentence, language))),
        counts=frozenset((*_numbers(text), *_spelt_numbers(text, language))),
        dates=frozenset(_dates(text, language)),
        today=_today(text, language),
        options=options,
        statements=() if options else statements.listed(text),
        labels=() if verdicts else labels,
        yes_or_no=yes_or_no,
        in_present=yes_or_no and in_present,
        of_person=is_of_person,
        agreeing=agreeing,
        opposed=opposed,
        opposed_stems=frozenset(stemmed(w, language) for w in opposed)
        - frozenset(stemmed(w, language) for w in agreeing)
        - stems,
        denies=_denies(sentence, language),
        act=_act(asking, language),
        of_place=_any(asking, language, "place"),
        of_region=_has_region(sentence, asking, language),
        in_region=_asks_in_region(asking, language),
        of_when=of_when,
        of_year=_says(sentence, language, "year") and not _asks_for_more(asking, language),
        of_month=of_month,
        in_year=_year_named(sentence) if asks_day else None,
        of_duration=_says(sentence, language, "duration"),
        of_count=_says(sentence, language, "how_many"),
        day_first=wanted.day_first(text),
        of_day=of_day,
        of_time=wants("time", sentence),
        of_score=wants("score", text) or bool(topics & {"ratio", "vote"}),
        of_percent=questions.asks_for_percent(text),
        of_interval=wants("inequality", text) if text.strip() else None,
        of_code=not is_of_person and wanted.code(text, language),
        code_hint=wanted.code_hint(text),
        topics=topics,
        rated=wants("rating", text),
        digits_are_letters=(
            (
                (_any(asking, language, "identifier") and not _says(sentence, language, "how_many"))
                or _says(sentence, language, "identifier_named")
            )
            and not of_when
        )
        or (questions.is_about_code(text) and strategy is not Strategy.NUMERIC),
        calculates=not question.strip() or wanted.calculates(text, language),
    )


def _topics(text: str, sentence: str, language: Pack | None) -> frozenset[str]:
    """What the question is about; signs that are to be counted are none to be named."""
    found = topics.of(text)
    begins = " ".join(sentence.split()[:COUNTING])
    return found - {"symbol"} if _says(begins, language, "how_many") else found


def stemmed(word: str, language: Pack | None) -> str:
    """A folded word as it is compared in its language."""
    if language is None:
        return word
    word = language.synonyms.get(word, word)
    word = language.forms.get(word, word)
    if language.code == "tr":
        word = _TURKISH_CASE.sub("", word)
    stemmed_word = stem(word, language.suffixes, language.prefixes)
    if language.code == "en":
        return undoubled(stemmed_word) if stemmed_word != word else word
    if language.code == "ko" and stemmed_word != word:
        return stem(stemmed_word, language.suffixes)
    return stemmed_word


def root(word: str, language: Pack | None) -> str:
    """What words of one root share: deducted, deductible; "" where little is left of it."""
    if language is None or not language.derived or len(word) < ROOT:
        return ""
    fitting = (e for e in language.derived if word.endswith(e) and len(word) >= len(e) + ROOT)
    return undoubled(word.removesuffix(next(fitting, "")))


def _words(text: str, language: Pack | None) -> list[str]:
    """The words of a text, without the articles that French and Italian elide."""
    words = words_in(text)
    if language is not None and language.code in ("fr", "it"):
        words = [ELIDED.sub("", word) for word in words]
    if language is not None and language.code in ("fr", "pt"):
        words = [CLITIC.sub("", word) for word in words]
    return words


def _any(words: list[str], language: Pack | None, which: str) -> bool:
    return language is not None and any(language.has(which, w) for w in words)


def _parts(word: str, language: Pack | None) -> list[str]:
    """The words of a compound, none of which denies or limits another: middle-eastern."""
    parts = word.split("-") if "-" in word and language is not None else []
    return [] if any(_any(parts, language, which) for which in ("negation", "limit")) else parts


def _act(asking: list[str], language: Pack | None) -> str:
    """What follows the word that asks, where it is none of the small words and the list has any."""
    if language is None or len(asking) < 3 or not language.has("wh", asking[0]):
        return ""
    small = ("function", "modal", "past", "present", "kind", "who", "person")
    if not language.words.get("passive") or any(language.has(w, asking[1]) for w in small):
        return ""
    return stemmed(asking[1], language)


def _denies(sentence: str, language: Pack | None) -> bool:
    """Whether the question denies something outside its brackets; No. 1 does not."""
    told = _RANK.sub("", _BRACKET.sub("", sentence))
    words = [folded_word(w) for w in words_in(told)]
    asks = language.words.get("wh", frozenset()) if language is not None else frozenset()
    return _any([word for word in words if word not in asks], language, "negation")


def _are_said(told: frozenset[str], text: str, words: set[str], language: Pack) -> bool:
    if not language.segmented:
        return any(word in text for word in told)
    return bool(told & words)


def _polarity(
    text: str, words: list[str], language: Pack | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Words that say what the question says in others, and words that say the opposite."""
    agreeing: set[str] = set()
    opposed: set[str] = set()
    if language is None:
        return frozenset(), frozenset()
    said = {*words, *(stemmed(w, language) for w in words)}
    if any(_is_able(w, language) for w in words):
        said |= language.words.get("possible", frozenset())
    for pair in _opposites(language.code):
        for own, other in (pair, pair[::-1]):
            says, says_other = (_are_said(told, text, said, language) for told in (own, other))
            if says and not says_other:
                agreeing |= own
                opposed |= other
    return frozenset(agreeing - opposed), frozenset(opposed - agreeing)


@cache
def _opposites(code: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The words of one meaning and those of the opposite, and the stems of both."""
    language = pack(code)
    return tuple(
        (_with_stems(own, language), _with_stems(other, language))
        for own, other in language.opposites
    )


def _with_stems(told: frozenset[str], language: Pack) -> frozenset[str]:
    if not language.segmented:
        return told
    return told | {s for word in told if len(s := stemmed(word, language)) >= SHORTEST_OF_MEANING}


@cache
def _complements(code: str) -> frozenset[str]:
    return _with_stems(pack(code).complements, pack(code))


def is_complement(word: str, language: Pack) -> bool:
    """Whether what a word says holds wherever its opposite does not: closed, not cheap."""
    return bool({word, stemmed(word, language)} & _complements(language.code))


def _is_able(word: str, language: Pack) -> bool:
    """Whether it tells what may be done to something: refundable, umkehrbar."""
    return len(word) > ROOT + 2 and word.endswith(tuple(language.words.get("able", ("\0",))))


def _framed(text: str, stems: frozenset[str], language: Pack | None) -> frozenset[str]:
    """Words that say of an answer only what the question does: who wrote it, and its author."""
    if language is None:
        return frozenset()
    found: set[str] = set()
    for asking, telling in _frames(language.code):
        if any(word in (stems if language.segmented else text) for word in asking):
            found |= asking | telling
    return frozenset(found)


@cache
def _frames(code: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The stems that a question says, and those that say no more in its answers."""
    language = pack(code)
    return tuple(
        (
            frozenset(stemmed(word, language) for word in asking),
            frozenset(stemmed(word, language) for word in telling),
        )
        for asking, telling in language.frames
    )


def _has_region(sentence: str, asking: list[str], language: Pack | None) -> bool:
    if language is not None and not language.segmented:
        return any(word in sentence for word in language.words.get("region", ()))
    return _any(asking, language, "region")


def _asks_in_region(asking: list[str], language: Pack | None) -> str:
    """The country of "in which country", the state of "which US state"; "" where it asks more."""
    asks = [n for n, word in enumerate(asking) if language and language.has("wh", word)]
    if language is None or len(asks) != 1:
        return ""
    named = _asked_for(asking, language)
    return next((word for word in named if language.has("region", word)), "")


def _is_of_person(sentence: str, asking: list[str], language: Pack | None) -> bool:
    if language is not None and not language.segmented:
        people = language.words["who"] | language.words.get("person", frozenset())
        return any(word in sentence for word in people)
    if language is not None and language.code == "ko":  # 누구인가요
        people = language.words["who"]
        asking = [next((p for p in people if word.startswith(p)), word) for word in asking]
    told = _asked_for(asking, language)
    return (
        _any(asking, language, "who")
        or _any(told or asking, language, "person")  # an explorer of what nationality?
        or any(_ends_as_person(word, language) for word in told[:2])
    )


def _asked_for(asking: list[str], language: Pack | None) -> list[str]:
    """What follows the first word that asks: Dutch artist, of "Which Dutch artist"."""
    has = language.has if language is not None else lambda _which, _word: False
    place = next((n for n, word in enumerate(asking) if has("wh", word)), len(asking))
    return list(itertools.takewhile(lambda word: not has("link", word), asking[place + 1 :]))


def _ends_as_person(word: str, language: Pack | None) -> bool:
    endings = tuple(language.words.get("professional", ())) if language is not None else ()
    return bool(endings) and len(word) >= SHORTEST_PROFESSION and word.endswith(endings)


def _is_of_when(asking: list[str], language: Pack | None) -> bool:
    """Whether a question asks when, to no precision in particular."""
    # Who sang on When Harry Met Sally asks for a person.
    of_person = any(language.has("who", word) for word in asking[:1]) if language else False
    asks = _any(asking, language, "when") and not of_person
    return asks and not _asks_for_more(asking, language)


def _says(text: str, language: Pack | None, which: str) -> bool:
    folded = " ".join(folded_word(w) for w in words_in(text))
    return language is not None and any(
        f" {p} " in f" {folded} " for p in language.words.get(which, ())
    )


def _asks_for_more(words: list[str], language: Pack | None) -> bool:
    """Whether a question for a year asks for its month or day, too."""
    finer = {"month", "months", "day", "date"}
    return any(
        w in finer or (language is not None and language.units.get(w) in ("month", "day"))
        for w in words
    )


def _numbers(text: str) -> list[Fraction]:
    found = []
    for match in FIGURES.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if digits and len(digits) < 40:
            found.append(Fraction(digits))
    return found


def _spelt_numbers(sentence: str, language: Pack | None) -> Iterator[Fraction]:
    """The three of "the three colours"."""
    words = [(m[0], m.end()) for m in WORD.finditer(sentence[:SENTENCE])]
    for place in range(len(words) if language is not None else 0):
        found = numbers.in_words(words[place : place + 3], language)
        if found is not None:
            yield Fraction(found.number)


def _dates(text: str, language: Pack | None) -> Iterator[Date]:
    """The dates and weekdays that the question names."""
    for match in re.finditer(r"\w+", text[-2000:]):
        found = times.date_at(text[-2000:], match.start(), language)
        if found and isinstance(found.value, Date):
            yield found.value


def _year_named(sentence: str) -> int | None:
    """The only year that the question names, of which a day or a month is asked."""
    years = {int(year) for year in _YEAR.findall(sentence)}
    return years.pop() if len(years) == 1 else None


def _today(text: str, language: Pack | None) -> Date | None:
    """The only full date of a sentence that speaks of today."""
    for sentence in re.split(r"(?<=[.!?。！？])\s*", text[-2000:]):
        if _says(sentence, language, "today") or _writes(sentence, language, "today"):
            told = {d for d in _dates(sentence, language) if d.year and d.day}
            return next(iter(told)) if len({replace(d, weekday=None) for d in told}) == 1 else None
    return None


def _writes(text: str, language: Pack | None, which: str) -> bool:
    """Whether a text has an entry of a list, where no spaces divide words."""
    if language is None or (language.segmented and language.code != "ko"):
        return False
    return any(entry in text for entry in language.words.get(which, ()))
