"""The label that an answer settles on, of those that the question lists."""

from __future__ import annotations

import re

from consensus.core.values import Choice
from consensus.readers import asked
from consensus.readers.answer import conclusion
from consensus.readers.answer.wording import unboxed
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word, words_in

_WORD = re.compile(r"[^\W_](?:[\w+-]|['’](?=[^\W\d_]))*")


def read(text: str, about: Asked) -> Choice | None:
    """The only one of the question's alternatives that the answer settles on.

    Of two, what is denied leaves the other.
    """
    if not about.labels:
        return None
    language = about.language
    concluded = conclusion.after_so(conclusion.concluded(unboxed(text), about), about)
    words = [folded_word(w) for w in _WORD.findall(concluded)]
    said = " ".join(asked.stemmed(w, language) for w in words)
    found = {
        label
        for label in about.labels
        if any(_is_label(w, folded_word(label)) for w in words)
        or ("_" in label and _spelt_out(label, language) in said)
    }
    others = [w for w in words if not any(_is_label(w, folded_word(x)) for x in about.labels)]
    denials = sum(language is not None and language.has("negation", w) for w in others)
    open_ = any(language is not None and language.has("or", w) for w in others)
    turning = about.opposed | _lessening(about)
    turned = any(w in turning for w in words)  # the shorter, where the taller is asked for
    if len(found) != 1 or turned or open_ or denials > 1 or (denials and len(about.labels) != 2):
        return None
    (label,) = found
    if denials:
        label = next(other for other in about.labels if other != label)
    return Choice(folded_word(label))


def _lessening(about: Asked) -> frozenset[str]:
    """The words that tell less of something, but for the question's own: less dense."""
    told = about.language.words.get("less", ()) if about.language else ()
    asked_of = {folded_word(w) for w in words_in(about.text)}
    return frozenset(phrase.split()[0] for phrase in told if phrase) - asked_of


def _spelt_out(label: str, language: Pack | None) -> str:
    """REQUEST_CHANGES as words."""
    return " ".join(asked.stemmed(w, language) for w in folded_word(label).split("_"))


def _is_label(word: str, label: str) -> bool:
    """The label, or a form of it: positivo for positiva."""
    if word == label or (len(label) > 1 and label[0] >= "가" and word.startswith(label)):
        return True
    common = 0
    for a, b in zip(word, label, strict=False):
        if a != b:
            break
        common += 1
    return common >= 5 and max(len(word), len(label)) - common <= 2
