"""The label that an answer settles on, of those that the question lists."""

from __future__ import annotations

import itertools
import re

from consensus.core.values import Choice
from consensus.readers import asked
from consensus.readers.answer import conclusion
from consensus.readers.answer.wording import unboxed
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word, words_in

_ODD_ONE = re.compile(
    r"odd one out|does(?:n't| not) (?:belong|fit)|не подходит|лишн", re.IGNORECASE
)
# What two forms of a word may end in: entails, entailment.
_ENDINGS = frozenset(
    ",s,es,ed,d,ing,ion,ions,ment,e,al,ity,ly,ness,ation,er,or,ory,ive,en,es,em,er,os,as,a,o,dur,dir".split(
        ","
    )
)
PAIR = 2
_WORD = re.compile(r"[^\W_](?:[\w+-]|['’](?=[^\W\d_]))*")


def read(text: str, about: Asked) -> Choice | None:
    """The only one of the question's alternatives that the answer settles on.

    Of two, what is denied leaves the other.
    """
    if not about.labels:
        return None
    language = about.language
    concluded = conclusion.after_so(conclusion.concluded(unboxed(text), about), about)
    words = [part for w in _WORD.findall(concluded) for part in _parts(folded_word(w), about)]
    said = " ".join(asked.stemmed(w, language) for w in words)
    found = {
        label
        for label in about.labels
        if _says(concluded, words, label, about)
        or (re.search("[_-]", label) and _spelt_out(label, language) in said)
    }
    others = [w for w in words if not any(_is_label(w, folded_word(x)) for x in about.labels)]
    denied = [w for w in others if language is not None and language.has("negation", w)]
    denials = sum(not (about.denies and w in about.words) for w in denied)
    if about.denies and not denied and any(_tells(w, about) for w in others):
        return None  # which is no fruit, apple or carrot? The apple is a fruit.
    open_ = any(language is not None and language.has("or", w) for w in others)
    compared = _compared(words, about)
    if compared is not None and not denials and not open_:
        return Choice(folded_word(compared))
    turning = about.opposed | _lessening(about)
    turned = any(w in turning for w in words)  # the shorter, where the taller is asked for
    if len(found) != 1 or turned or open_ or denials > 1:
        return None
    is_odd = denials and _ODD_ONE.search(about.text) is not None  # it does not belong to the others
    if denials and len(about.labels) != 2 and not is_odd:
        return None
    (label,) = found
    if denials and not is_odd:
        label = next(other for other in about.labels if other != label)
    return Choice(folded_word(label))


def _tells(word: str, about: Asked) -> bool:
    """Whether a word says something of a label."""
    language = about.language
    return language is not None and not (
        language.has("function", word) or language.has("kind", word)
    )


def _says(text: str, words: list[str], label: str, about: Asked) -> bool:
    """Whether an answer says a label; IT only in capitals, where "it" is a word."""
    language = about.language
    if label.isupper() and language is not None and language.has("function", folded_word(label)):
        return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text) is not None
    return any(_is_label(w, folded_word(label)) for w in words)


def _parts(word: str, about: Asked) -> list[str]:
    """The words of one that begins with a label: high-risk."""
    labels = {folded_word(label) for label in about.labels}
    first, *rest = word.split("-")
    return [first, *rest] if rest and word not in labels and first in labels else [word]


def _compared(words: list[str], about: Asked) -> str | None:
    """Of two labels, the longer one where the longer one is asked for, however it is told.

    The Loire is longer than the Seine; the Seine is shorter than the Loire, or the shorter one.
    """
    told = [(n, label) for n, w in enumerate(words) if (label := _label_of(w, about))]
    degrees = [(n, w in about.opposed) for n, w in enumerate(words) if w in _degrees(about)]
    than = [n for n, w in enumerate(words) if about.language and about.language.has("than", w)]
    if len(about.labels) != PAIR or len(degrees) != 1 or len(told) != 1 + len(than):
        return None
    (place, label), (degree, is_less) = told[0], degrees[0]
    order = [place, degree, *itertools.chain(*zip(than, (n for n, _ in told[1:]), strict=True))]
    if order != sorted(order):
        return None
    others = [other for other in about.labels if other != label]
    if {other for _, other in told[1:]} - set(others):
        return None
    return others[0] if is_less else label


def _degrees(about: Asked) -> frozenset[str]:
    """Words for more, or less, of what is asked about."""
    pairs = about.language.opposites if about.language else ()
    told = [one | other for one, other in pairs if one and other and one & about.words]
    told += [one | other for one, other in pairs if one and other and other & about.words]
    return frozenset().union(*told) & (about.agreeing | about.opposed)


def _label_of(word: str, about: Asked) -> str | None:
    return next((label for label in about.labels if _is_label(word, folded_word(label))), None)


def _lessening(about: Asked) -> frozenset[str]:
    """The words that tell less of something, but for the question's own: less dense."""
    told = about.language.words.get("less", ()) if about.language else ()
    asked_of = {folded_word(w) for w in words_in(about.text)}
    return frozenset(phrase.split()[0] for phrase in told if phrase) - asked_of


def _spelt_out(label: str, language: Pack | None) -> str:
    """REQUEST_CHANGES as words."""
    return " ".join(asked.stemmed(w, language) for w in re.split("[_-]", folded_word(label)))


def _is_label(word: str, label: str) -> bool:
    """The label, or a form of it: positivo for positiva."""
    if word == label or (len(label) > 1 and label[0] >= "가" and word.startswith(label)):
        return True
    common = 0
    for a, b in zip(word, label, strict=False):
        if a != b:
            break
        common += 1
    is_form = common >= 6 and {word[common:], label[common:]} <= _ENDINGS
    return common >= 5 and (is_form or max(len(word), len(label)) - common <= 2)
