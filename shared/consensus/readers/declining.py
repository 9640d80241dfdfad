"""Whether a reply declines to answer: a refusal, "I don't know", "N/A".

"Cannot be determined" and "none of the above" are answers: they say something of the question, not
of who was asked. So is whatever the question itself offers as an answer.
"""

from __future__ import annotations

import re
from functools import cache

from consensus.core.kind import Kind, kind_of
from consensus.core.plain import folded
from consensus.core.question import listed_options
from consensus.readers.packs import phrases, sentences, words
from consensus.readers.topics import asks_for_sign

LONGEST = 4_000  # characters of a reply that are looked at, from its start; nothing is cut by it
_COMMAS = re.compile(r"[,，、،:：]+")
_EDGES = " \t\r\n.,;!?。！।\"'*_`()-–—"
_MARK = re.compile(r"[-–—?？/\s._~]{1,10}")
_SURE = 0.5  # of a mere mark: "-" may say which sign it is, and stands for nothing otherwise
_QUOTES = "\"'`“”‘’«»「」"
_OPENERS = 3  # "Unfortunately, as an AI model, ..."
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}")


def declines(final: str, question: str, confidence: float | None = None) -> bool:
    """Whether what stands for an answer declines to give one. Linear in the texts' lengths."""
    if _MARK.fullmatch(final) and not asks_for_sign(question):
        return confidence is None or confidence < _SURE
    looked_at = final[:LONGEST]
    bare = _plain(looked_at).strip(_EDGES)
    if {bare, _plain(looked_at)} & _not_applicable():
        return not _is_offered(bare, question)
    if bare in words("unknown") and _is_unsure(bare, question, confidence):
        return True
    return _refuses(looked_at, question)


def _is_unsure(word: str, question: str, confidence: float | None) -> bool:
    """Whether "unknown" is said for want of an answer: without any confidence, or of a number."""
    if confidence == 0.0:
        return True
    doubts = confidence is None or confidence < _SURE
    asks_number = kind_of(question) is Kind.NUMBER and not _is_offered(word, question)
    return doubts and asks_number and word != "none"  # which may be a zero


def _plain(text: str) -> str:
    return " ".join(_COMMAS.sub(" ", folded(text)).split())


@cache
def _not_applicable() -> frozenset[str]:
    return frozenset(_plain(word) for word in words("not_applicable"))


def _refuses(text: str, question: str) -> bool:
    """Whether its first sentence that says something is a refusal, and no answer follows it."""
    if not any(map(str.isalpha, text)):  # no words: all languages' phrases need not be made ready
        return False
    said = [_plain(sentence) for sentence in sentences(text)]
    for place, sentence in enumerate(said):
        rest = _without_openers(sentence)
        if not rest:
            continue
        found = phrases("declines").match(rest)
        if found is None or _is_title(text) or _is_offered(found[0], question):
            return False
        tail = " ".join([rest[found.end() :], *said[place + 1 :]])
        return not _answers_all_the_same(tail)
    return bool(said)  # an apology, and nothing else


def _without_openers(sentence: str) -> str:
    for _ in range(_OPENERS):
        opener = phrases("openers").match(sentence)
        if opener is None:
            break
        sentence = sentence[opener.end() :].strip(" -–—")
    return sentence


def _answers_all_the_same(tail: str) -> bool:
    """Whether "but I think it is ..." follows, rather than an offer of other help."""
    for hedge in phrases("hedges").finditer(tail):
        after = tail[hedge.end() :].strip(_EDGES)
        if after and not phrases("offers").match(after):
            return True
    return False


def _is_title(text: str) -> bool:
    """Whether it is written like the name of a song."""
    after_first = text.partition("\n")[0][:200].partition(" ")[2]
    found = _TITLE_WORD.findall(after_first)
    return len(found) > 1 and sum(word[0].isupper() for word in found) > 0.6 * len(found)


def _is_offered(phrase: str, question: str) -> bool:
    """Whether the question offers the phrase as an answer, and not for want of one."""
    asked = _plain(question[-20_000:])
    if phrases("if_unknown").search(asked):
        return False
    if phrase in (_plain(option).strip(_EDGES) for option in listed_options(question).values()):
        return True
    if kind_of(question) is Kind.TRANSLATION and phrases("declines").search(asked):
        return True
    at = asked.find(phrase)
    while at >= 0:
        before, after = asked[max(0, at - 40) : at], asked[at + len(phrase) :]
        quoted = before.rstrip()[-1:] in _QUOTES and after.lstrip()[:1] in _QUOTES
        if (quoted and before) or _introduced().search(before):
            return True
        at = asked.find(phrase, at + 1)
    return False


@cache
def _introduced() -> re.Pattern[str]:
    """A word that introduces an answer, right before its place or two words before."""
    told = sorted(words("or") | words("asks"), key=len, reverse=True)
    either = "|".join(re.escape(word.casefold()) for word in told)
    return re.compile(rf"(?:{either})\W{{1,4}}(?:\w+\W{{0,3}}){{0,2}}$")
