"""Labels that a question lists, and which of them an answer gives: "positive, negative or neutral".

Only words that the question supplied, or that say nothing, may stand around a label; where anything
else would be lost, what was said stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from consensus.core.plain import folded
from consensus.core.question import is_yes_or_no
from consensus.readers import conditions
from consensus.readers.languages import LATIN, language_of, pack
from consensus.readers.packs import any_of, packs, phrases, templates, whole, words, words_in
from consensus.readers.spelling import folded_word

LONGEST_QUESTION = 4_000  # characters of a question, from its end, in which labels are looked for
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_QUOTED = (
    r"\"[^\"\n]{1,40}\"|'[^'\n]{1,40}'|“[^”\n]{1,40}”|`[^`\n]{1,40}`|\*\*[^*\n]{1,40}\*\*"
    r"|「[^」\n]{1,40}」|『[^』\n]{1,40}』"
)
_CAPITALS = r"[A-Z][A-Z_-]{1,30}(?: [A-Z][A-Z_-]{1,30}){0,3}"
_ITEM = rf"(?:{_QUOTED}|{_CAPITALS}|(?:an? |the )?[^\W\d_][\w-]{{0,30}})"
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNSPACED_ITEM = rf"(?:{_QUOTED}|[{_UNSPACED}]{{1,6}}?)"
_QUOTES = "\"'“”`*「」『』"
_BRACKETED = re.compile(r"\[\[[^\[\]\n]{1,30}\]\]")
_CLAUSE_END = re.compile(r"[,.;:!?—–，。；：、]\s?")
_GOES_ON = tuple(",.;:!—–-！，。、")

Span = tuple["Label", int, int]  # a label, and from where to where it is said


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the question writes it, and the ways to say it, folded."""

    written: str
    ways: frozenset[str]


def labelled(said: str, question: str, *, is_prose: bool = False) -> str | None:
    """The label that a said answer gives; None where it gives more.

    In the answer's own letters where they are the label's, else as the question writes it.
    """
    labels = asked_labels(question)
    if not labels:
        return None
    whole_text = " ".join(folded(said).split())
    text = _without_reason(whole_text, labels)
    found = _spans(text, labels)
    text, found = _without_rejected(text, found)
    if is_prose and found and _ends(text, found[-1], question):
        return _as_said(said, found[-1][0])
    if not found:
        return _of_json(text, labels) if _are_listed(labels, question) else None
    if len({label.written for label, _, _ in found}) > 1:
        return None
    if _is_conditional(whole_text, found, question):
        return None
    is_it = (
        _adds_nothing(text, found, question)
        or _opens(text, found[0], question)
        or _ends(text, found[-1], question)
    )
    return _as_said(said, found[0][0]) if is_it else None


def _is_conditional(text: str, found: Sequence[Span], question: str) -> bool:
    """Whether a yes or a no is under a condition, or is taken back: "yes, it isn't"."""
    label, start, end = found[-1]
    code = language_of(question[-LONGEST_QUESTION:])
    if code is None or not any(label.ways & (yes | no) for yes, no in _yes_and_no()):
        return False
    asked = folded(question[-LONGEST_QUESTION:])
    return bool(
        conditions.after(text[end:], code, asked)
        or conditions.before(text[:start], code)
        or _limits(_without_reason(text, [label])[end:], label, code, asked)
    )


def _limits(rest: str, label: Label, code: str, asked: str) -> bool:
    """Whether a limit follows a yes or a no, or what only says the opposite: "yes, it isn't"."""
    if code not in LATIN and code not in ("ru", "ar"):
        return False
    clause = _CLAUSE_END.split(rest.lstrip(" ,;:–—-*_"), maxsplit=1)[0]
    said = [folded_word(word) for word in _WORD.findall(clause)]
    has = pack(code).has
    known = {folded_word(word) for word in _WORD.findall(asked)}
    says_nothing = all(
        has("function", word) or has("negation", word) or word in known for word in said
    )
    affirms = any(label.ways & yes for yes, _ in _yes_and_no())
    takes_back = says_nothing and affirms == any(has("negation", word) for word in said)
    if not said or takes_back or has("limit", said[0]) or has("or", said[0]):
        return bool(said)
    if not affirms:
        return False  # no, it is valid on the train: that tells where it is
    return bool(conditions.further(rest, code, lambda word: _is_known(word, known, code)))


def _is_known(word: str, known: Collection[str], code: str) -> bool:
    folded_one = folded_word(word)
    return folded_one in known or pack(code).has("function", folded_one)


def _as_said(said: str, label: Label) -> str:
    own = re.search(re.escape(label.written), said, re.IGNORECASE)
    return own[0] if own else label.written


def _are_listed(labels: Sequence[Label], question: str) -> bool:
    """Whether the question names them, rather than just asking for a yes or a no."""
    asked = folded(question[-LONGEST_QUESTION:])
    return all(folded(label.written) in asked for label in labels)


def bracketed_labels(question: str) -> tuple[Label, ...]:
    """The [[A]] and [[B]] of a question that asks for one of them."""
    found = list(dict.fromkeys(_BRACKETED.findall(question[-LONGEST_QUESTION:])))
    return tuple(Label(b, frozenset({folded(b)})) for b in found) if len(found) > 1 else ()


@lru_cache(maxsize=256)
def asked_labels(question: str) -> tuple[Label, ...]:
    """The labels among which a question asks to choose; none where that is unclear."""
    text = question[-LONGEST_QUESTION:]
    listed = bracketed_labels(question) or _listed(text) or _listed_unspaced(text)
    if listed or not is_yes_or_no(question):
        return listed
    yes, no = words_in(text, "yes"), words_in(text, "no")
    return (Label(yes[0], _folded(yes)), Label(no[0], _folded(no))) if yes and no else ()


def _listed(text: str) -> tuple[Label, ...]:
    """Labels joined by "or", where words that ask for an answer come right before them."""
    either = words_in(text, "or")
    for found in reversed(list(_alternatives(either).finditer(text))):
        items = _items(_to_its_end(found[0], text[found.end() :]), either)
        before = folded(text[max(0, found.start() - 60) : found.start()])
        is_list = len(items) > 1 and all(len(item) > 1 for item in items)
        if is_list and (_has_yes_and_no(items) or _asked().search(before)):
            return _with_synonyms(items)
    return ()


def _listed_unspaced(text: str) -> tuple[Label, ...]:
    """The same, where words stand without spaces: 请回答是或否."""
    for found in reversed(list(_unspaced_alternatives().finditer(text))):
        items = [_after_asking(found[1]).strip(_QUOTES), found[2].strip(_QUOTES)]
        is_asked = found[1][0] in _QUOTES or _after_asking(found[1]) != found[1]
        if all(items) and (is_asked or _has_yes_and_no(items)):
            return _with_synonyms(items)
    return ()


@cache
def _alternatives(either: Sequence[str]) -> re.Pattern[str]:
    told = _any(either)
    return re.compile(
        rf"{_ITEM}(?:\s?[,/]\s?{_ITEM}){{0,20}},?\s(?:{told})\s{_ITEM}"
        rf"|{_ITEM}(?:\s?/\s?{_ITEM}){{1,20}}|{_ITEM}(?:\s?[,，、]\s?{_ITEM}){{2,20}}"
    )


@cache
def _unspaced_alternatives() -> re.Pattern[str]:
    told = _any([word for word in words("or") if re.match(f"[{_UNSPACED}]", word)])
    after = rf"(?=[。.，,？?！!\s]|$|{_any(sorted(words('after_label')))})"
    return re.compile(rf"({_UNSPACED_ITEM})\s?(?:{told})\s?({_UNSPACED_ITEM}){after}")


def _any(told: Sequence[str]) -> str:
    return "|".join(map(re.escape, sorted(told, key=len, reverse=True))) or "(?!)"


@cache
def _asked() -> re.Pattern[str]:
    """A word that asks for an answer, with at most three words after it."""
    told = any_of(sorted(words("asks"))).pattern
    return re.compile(rf"(?:{told})\W{{0,4}}(?:\w+\W{{0,3}}){{0,3}}$", re.IGNORECASE)


def _to_its_end(listed: str, after: str) -> str:
    """The alternatives with all of a last one that is a sentence: "or I don't know"."""
    rest = re.match(r"[^.?!:;\n\"]{1,40}(?=[.?!:;\n\"]|$)", after)
    is_begun = re.search(r"\b(?:I|not|can|cannot|can't|don't)$", listed)
    return listed + rest[0] if rest and is_begun else listed


def _after_asking(text: str) -> str:
    for word in sorted(words("asks"), key=len, reverse=True):
        if word in text and not word.isascii():
            text = text.rpartition(word)[2]
    return text


def _items(listed: str, either: Sequence[str]) -> list[str]:
    told = _any(either)
    parts = re.split(rf"\s?[,/，、]\s?(?:(?:{told})\s)?|\s(?:{told})\s", listed)
    bare = (re.sub(r"^(?:an?|the) ", "", part.strip().strip(_QUOTES)) for part in parts)
    return list(dict.fromkeys(part for part in bare if part))


def _has_yes_and_no(items: Sequence[str]) -> bool:
    own = _folded(items)
    return any(yes & own and no & own for yes, no in _yes_and_no())


def _with_synonyms(items: Sequence[str]) -> tuple[Label, ...]:
    """Labels with other words for the same yes or no, where two of them are a yes and a no."""
    own = [folded(item) for item in items]
    for yes, no in _yes_and_no():
        if not (yes & set(own) and no & set(own)):
            continue
        meant = [yes if way in yes else no if way in no else frozenset[str]() for way in own]
        return tuple(
            Label(item, frozenset({way}) | (ways - set(own)))
            for item, way, ways in zip(items, own, map(frozenset, meant), strict=True)
        )
    return tuple(Label(item, frozenset({way})) for item, way in zip(items, own, strict=True))


@cache
def _yes_and_no() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """What means yes and what means no in each language, and true and false."""
    return tuple(
        (_folded(pack[yes]), _folded(pack[no]))
        for pack in packs()
        for yes, no in (("yes", "no"), ("true", "false"))
        if pack.get(yes) and pack.get(no)
    )


def _folded(told: Sequence[str]) -> frozenset[str]:
    return frozenset(map(folded, told))


def _without_reason(text: str, labels: Sequence[Label]) -> str:
    """A text up to its "because", where a label comes before."""
    reason = phrases("because").search(text)
    return text[: reason.start()] if reason and _spans(text[: reason.start()], labels) else text


def _spans(text: str, labels: Sequence[Label]) -> list[Span]:
    """Where labels are said, the longest first: NOT SUCCESS says no SUCCESS."""
    found: list[Span] = []
    ways = [(way, label) for label in labels for way in label.ways]
    for way, label in sorted(ways, key=lambda each: (-len(each[0]), each[0])):
        for match in whole(way).finditer(text):
            if not any(start < match.end() and match.start() < end for _, start, end in found):
                found.append((label, match.start(), match.end()))
    return sorted(found, key=lambda each: each[1])


def _without_rejected(text: str, found: Sequence[Span]) -> tuple[str, list[Span]]:
    """Without labels that are spoken against beside another: "anger, not sadness"."""
    standing = []
    for label, start, end in found:
        before = _against().search(text[:start])
        if before and len(found) > 1:
            text = text[: before.start()] + " " * (end - before.start()) + text[end:]
        else:
            standing.append((label, start, end))
    return text, standing


@cache
def _against() -> re.Pattern[str]:
    """What rejects the label right after it."""
    found = templates("rejects")
    told = "|".join(f"(?:{t.before.pattern})" for t in found if t.before and not t.after)
    return re.compile(rf"(?:{told})\s{{0,3}}$", re.IGNORECASE)


def _of_json(text: str, labels: Sequence[Label]) -> str | None:
    """A JSON true or false as the yes or no that was asked for."""
    for yes, no in _yes_and_no():
        meant = yes if text == "true" else no if text == "false" else frozenset()
        alike = [label for label in labels if label.ways & meant]
        if len(alike) == 1:
            return alike[0].written
    return None


def _adds_nothing(text: str, found: Sequence[Span], question: str) -> bool:
    for _, start, end in found:
        text = text[:start] + " " * (end - start) + text[end:]
    return not _news(text, question)


def _opens(text: str, first: Span, question: str) -> bool:
    """Whether a text begins with its label, and goes on without taking anything from it."""
    qualifies = words_in(question, "qualifies")
    rest = text[first[2] :].lstrip("*_\"'”’)] ")
    is_qualified = any(whole(folded(word)).search(rest) for word in qualifies)
    is_first = not _news(text[: first[1]], question)
    return is_first and bool(qualifies) and not is_qualified and rest[:1] in _GOES_ON


def _ends(text: str, last: Span, question: str) -> bool:
    """Whether the last clause of a text is its label: "It has two divisors, so yes"."""
    _, start, end = last
    before = [match.end() for match in _CLAUSE_END.finditer(text[:start])]
    clause = text[before[-1] if before else 0 : start]
    return not _news(clause + " " + text[end:], question)


def _news(text: str, question: str) -> set[str]:
    """The words of a text that say something which the question did not.

    A word that denies does so though the question has it: do not explain, it is not spam.
    """
    asked = folded(question[-LONGEST_QUESTION:])
    code = language_of(question[-LONGEST_QUESTION:])
    denials = {w for w in _WORD.findall(asked) if code and pack(code).has("negation", w)}
    known = words("fillers") | words("asks") | (set(_WORD.findall(asked)) - denials)
    small = set("".join(words("fillers")) + asked)
    unspaced = re.compile(rf"[{_UNSPACED}]+")
    new = set(_WORD.findall(text)) - known
    return {word for word in new if not (unspaced.fullmatch(word) and set(word) <= small)}
