"""The part of an answer that it ends in: after "the answer is", "so", or "not this, but"."""

from __future__ import annotations

import re

from consensus.core.values import Role
from consensus.readers import phrase
from consensus.readers.answer.wording import EDGES
from consensus.readers.asked import Asked

_ALONE = frozenset(["答案是", "答案为", "答えは", "정답은", "답은", "jawabannya"])
_BELIEF = frozenset(["think", "believe", "assume", "guess"])


def concluded(text: str, about: Asked) -> str:
    """What follows the last "the answer is" and its like, or a label with a colon."""
    language = about.language
    folded = text.casefold()
    best = -1
    for opener in sorted(language.words["conclusion"] if language else (), key=len, reverse=True):
        place = folded.rfind(opener)
        end = place + len(opener)
        if place < 0 or (place and text[place - 1].isalnum() and language and language.segmented):
            continue
        if (
            not re.match(r"[\s:：,]", text[end : end + 1] or "x")
            and language
            and language.segmented
        ):
            continue
        rest = text[end:].strip(" :：,*\n")
        if rest and (
            ":" in text[end : end + 3]
            or "：" in text[end : end + 3]
            or " " in opener
            or opener in _ALONE
        ):
            best = max(best, end)
    return text[best:].strip(" :：,*\n") if best >= 0 else text


def after_so(text: str, about: Asked) -> str:
    """What follows the last "so" that begins a clause."""
    so = "|".join(about.language.words.get("so", ())) if about.language else ""
    return re.split(rf"[,;.]\s*(?:{so})\s", text)[-1] if so else text


def put_right(text: str, about: Asked) -> str:
    """Of "not this, but that", that; of "some think it is this, but it is that", that too."""
    language = about.language
    if language is None or about.yes_or_no:
        return text
    for word in language.words.get("but", ()):
        parts = (
            text.split(word)
            if not language.segmented
            else re.split(rf"(?<!\w){re.escape(word)}(?!\w)", text)
        )
        if len(parts) != 2 or not parts[1].strip(EDGES):
            continue
        before, after = (phrase.read(part, about).tokens for part in parts)
        denies = any(t.role is Role.NEGATION for t in before) or any(
            t.value in _BELIEF for t in before
        )
        if denies and not any(t.role in (Role.NEGATION, Role.LIMIT, Role.OR) for t in after):
            return parts[1].strip(EDGES + "，。")
    return text
