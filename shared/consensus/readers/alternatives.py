"""The alternatives that a question offers in a row: positive, negative or neutral?"""

from __future__ import annotations

import re
from functools import cache

from consensus.readers.languages import Pack
from consensus.readers.packs import phrases, words
from consensus.readers.spelling import folded_word, words_in

LONGEST = 2_000  # characters of a question, from its end
LONGEST_ALTERNATIVE = 5  # words
_QUOTES = re.compile(r"[\"'“”«»‘’*`]")
_COMMA = r"\s*[,、，]\s*"
_ITEM = r"[^\W_][\w+-]{0,24}"
# (spam/ham), [positive/negative/neutral]
_SENTENCE = re.compile(r"[.?!;\n]\s*")
_NEXT = re.compile(r"[^\S\n]*(?:[^\w\s(&+-]|\n|$)")
_SLASHED = re.compile(
    r"[(（\[:：]\s?((?:[^\W\d_][\w-]{0,20}/){1,8}[^\W\d_][\w-]{0,20})\s?(?:[)）\].?？:：]|$)"
)
# Two that are each asked for, as languages build it: olumlu mu olumsuz mu; 긍정입니까, 부정입니까.
_PARTICLES = {
    "tr": re.compile(r"([^\W\d_]+) m[ıiuü],? (?:yoksa )?([^\W\d_]+) m[ıiuü](?!\w)", re.IGNORECASE),
    "ko": re.compile(
        r"([가-힣]{1,10}?)(?:입니까|인가요|인가|이에요|일까요|적입니까|적인가요),? (?:아니면 )?"
        r"([가-힣]{1,10}?)(?:입니까|인가요|인가|이에요|일까요|적입니까|적인가요)"
    ),
    "ja": re.compile(
        r"([一-鿿ァ-ヶー]{1,10})(?:的)?(?:ですか|でしょうか|か)[、,，](?:それとも)?"
        r"([一-鿿ァ-ヶー]{1,10})(?:的)?(?:ですか|でしょうか|か)"
    ),
    "zh": re.compile(r"(?:是|，|：|:)?([一-鿿]{1,4})还是([一-鿿]{1,4})(?:[？?。的]|$)"),
}


def offered(text: str, sentence: str, language: Pack | None) -> tuple[str, ...]:
    """The alternatives of a question's text, or of the sentence that asks; () where it has none."""
    bare = _QUOTES.sub("", text[-LONGEST:])
    if language is not None and (pair := _by_particles(sentence, language.code)):
        return pair
    if slashed := _SLASHED.search(bare):
        return tuple(slashed[1].split("/"))
    if rows := [
        (m[1], m[2])
        for m in _joined(language).finditer(bare)
        if _is_choice(bare[: m.start()], bare[m.end() :], language)
    ]:
        # Of those as long, the last: "Answer 'water' or 'oil'" ends a question.
        first, last = max(reversed(rows), key=lambda row: row[0].count(",") + 1)
        names = _without_lead([*re.split(r"\s*[,/、，]\s*", first), last], language)
        return tuple(names) if _are_labels(names, language) else _by_difference(sentence)
    if row := _ended().search(bare):
        return tuple(re.split(_COMMA, row[1]))
    return _after_colon(bare) or _by_difference(sentence)


def _is_choice(before: str, after: str, language: Pack | None) -> bool:
    """Whether a row is what to choose from, and no part of what is asked: who makes or made it?

    The row ends a clause, or follows a colon or the word that asks, or no word asks beside it.
    """
    ends = _NEXT.match(after) is not None
    if ends or language is None or not language.segmented or before.rstrip().endswith((":", "：")):
        return True
    begun = words_in(_SENTENCE.split(before)[-1])
    goes_on = words_in(_SENTENCE.split(after)[0])
    if not any(language.has("wh", folded_word(word)) for word in (*begun, *goes_on)):
        return True
    *begun, last = begun or [""]
    is_of = language.has("link", folded_word(last))  # which of spam or ham
    return is_of and bool(begun) and language.has("wh", folded_word(begun[-1]))


def _joined(language: Pack | None) -> re.Pattern[str]:
    """A row whose last item an "or" of the language sets off, or of English."""
    return _joined_by(frozenset(language.words["or"] if language else ()) | {"or"})


@cache
def _joined_by(ors: frozenset[str]) -> re.Pattern[str]:
    joint = "|".join(re.escape(word) for word in sorted(filter(None, ors), key=len, reverse=True))
    article = "|".join(sorted(map(re.escape, words("articles"))))
    return re.compile(
        rf"(?<!\w)((?:{_ITEM}\s*[,/、，]\s*){{0,8}}{_ITEM})(?:{_COMMA}|\s+)(?:{joint})\s+"
        rf"(?:(?:{article})\s+)?({_ITEM})(?!\w)",
        re.IGNORECASE,
    )


@cache
def _ended() -> re.Pattern[str]:
    """A row that ends in what says to choose from it: 긍정, 부정, 중립 중에서."""
    item = r"[^\W_]{1,12}"
    return re.compile(
        rf"(?<!\w)((?:{item}{_COMMA}){{1,8}}{item}?)\s*(?:{phrases('among').pattern})"
    )


def _without_lead(names: list[str], language: Pack | None) -> list[str]:
    """The names of a row without what only leads to them."""
    if (
        language is not None
        and len(names) > 2
        and all(_is_verdict(n, language) for n in names[-2:])
    ):
        return names[-2:]  # is it an error, yes or no
    if len(names) > 2 and names[0].islower() and not any(name.islower() for name in names[1:]):
        return names[1:]  # who is taller, Ann or Bob
    return names


def _are_labels(names: list[str], language: Pack | None) -> bool:
    """Whether they differ, and each carries a meaning."""
    function = language.words["function"] if language else frozenset()
    return len({name.casefold() for name in names}) > 1 and not any(
        _is_small(name, function) or name.isdigit() or folded_word(name) == "other"
        for name in names
    )


def _is_small(name: str, function: frozenset[str]) -> bool:
    """Whether a word carries no meaning; IT does."""
    return folded_word(name) in function and not (name.isupper() and len(name) > 1)


def _is_verdict(name: str, language: Pack) -> bool:
    return language.has("yes", folded_word(name)) or language.has("no", folded_word(name))


def _after_colon(text: str) -> tuple[str, ...]:
    """Pick the odd one out: violin, cello, trumpet, viola."""
    row = _picked().search(text)
    names = tuple(re.split(r"\s*,\s*(?:and\s+|or\s+)?", row[1])) if row else ()
    return names if len(set(names)) == len(names) else ()


@cache
def _picked() -> re.Pattern[str]:
    """The row after a word that asks to pick from it, and a colon or question mark."""
    item = r"[^\W\d_][\w-]{1,20}"
    return re.compile(
        rf"(?:{phrases('picks').pattern})[^:.]{{0,80}}[:?]\s"
        rf"((?:{item}, ){{2,8}}(?:and |or )?{item})[.?]?\s*$",
        re.IGNORECASE,
    )


def _by_difference(sentence: str) -> tuple[str, ...]:
    """The words in which two alternatives differ: at new moon or at full moon."""
    before, or_, after = sentence.strip(" ?？.").rpartition(" or ")
    theirs = after.split()
    ours = before.split()[-len(theirs) :]
    if not or_ or not 1 < len(theirs) <= LONGEST_ALTERNATIVE or len(ours) != len(theirs):
        return ()
    differ = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.casefold() != b.casefold()]
    return differ[0] if len(differ) == 1 and all(map(_is_plain_word, differ[0])) else ()


def _is_plain_word(word: str) -> bool:
    return re.fullmatch(r"[^\W\d_][\w-]+", word) is not None


def _by_particles(sentence: str, code: str) -> tuple[str, ...]:
    """Two alternatives that are each asked for."""
    form = _PARTICLES.get(code)
    match = form.search(sentence) if form else None
    return (match[1], match[2]) if match and match[1] != match[2] else ()
