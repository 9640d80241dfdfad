"""Words and marks, each with the part that it plays."""

from __future__ import annotations

import re

from consensus.core.values import Role
from consensus.readers import times
from consensus.readers.asked import stemmed
from consensus.readers.phrase.here import Here, Read, nothing, one
from consensus.readers.spelling import WORD, folded_word

BREAKS = {
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
ROLES = (  # the lists of a pack, and the part that their words play; the first that has a word
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
_SYMBOLS = {"≤": "<=", "≥": ">=", "≈": "~", "≠": "!="}
_ELIDED = re.compile(
    r"(qu|jusqu|lorsqu|[a-zA-Z]|un|all|dell|nell|sull|dall|quest|com)['’](?=\w)", re.IGNORECASE
)
_INITIAL = re.compile(r"[^\W\d_]\.\s?(?=[^\W\d_])")
_TURKISH_IS = re.compile(r"['’][dt][ıiuü]r$")  # Van'dır is Van
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\b")
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)


def ordinal(here: Here) -> Read | None:
    """1st as the word that it is."""
    match = _ORDINAL.match(here.text, here.place) if here.is_in("en") else None
    if match is None or not here.starts_word:
        return None
    if times.date_at(here.text, here.place, here.language) is not None:
        return None
    n = int(match[1])
    said = _ORDINALS[n - 1] if 0 < n <= len(_ORDINALS) else match[0]
    return one(said, match.end(), Role.LIMIT if 0 < n <= 4 else Role.CONTENT)


def word(here: Here) -> Read | None:
    """A word, folded; a name by its stem where the language inflects names."""
    match = WORD.match(here.text, here.place)
    if match is None:
        return None
    elided = _ELIDED.match(match[0]) if here.is_in("fr", "it") else None
    if elided:
        denies = here.has("negation", elided[1])
        role = Role.NEGATION if denies else Role.FUNCTION
        return one(folded_word(elided[1]), here.place + elided.end(), role)
    said, end = match[0], match.end()
    if here.is_in("tr"):
        said = _TURKISH_IS.sub("", said)
    initial = _INITIAL.match(here.text, here.place)
    if initial and len(said) == 1:
        end = initial.end() - initial[0].endswith(" ")
    folded = folded_word(said)
    if here.language is not None:
        folded = here.language.synonyms.get(folded, folded)
    role = _role(here, folded)
    if folded == "no" and re.match(r"\.?\s?\d", here.text[end:]):
        role = Role.KIND  # number one
    if role is Role.BREAK:
        return one("so" if here.has("so", folded) else "aside", end, role)
    if role is Role.LINK and here.has("agent", folded):
        folded = "by"
    says = role in (Role.CONTENT, Role.ECHO)
    is_caseless = role is Role.ECHO and said.lower() == said.upper()
    is_name = says and (said[0].isupper() or is_caseless)
    stem = stemmed(folded, here.language) if says else ""
    value = stem if is_name and stem and here.is_in("pl", "ru", "tr", "ko", "ar") else folded
    return one(value, end, role, name=is_name, stem=stem)


def _role(here: Here, said: str) -> Role:
    echoed = stemmed(said, here.language) in here.asked.stems
    if here.language is None:
        return Role.ECHO if echoed else Role.LIMIT if here.letter.islower() else Role.CONTENT
    if here.has("negation", said) or said.endswith("n't"):
        return Role.NEGATION
    if here.has("or", said):
        return Role.OR
    if here.has("so", said) and here.follows_break:
        return Role.BREAK
    if here.has("aside", said) and here.before and not echoed:
        # "the writer who was convicted" is no aside; ", who was convicted," is one
        restricts = here.has("wh", said) or here.has("link", said)
        return Role.FUNCTION if restricts and not here.follows_break else Role.BREAK
    if here.has("limit", said):
        return Role.ECHO if echoed and not here.asked.yes_or_no else Role.LIMIT
    for which, role in ROLES[3:]:
        if here.has(which, said) and (role is not Role.KIND or _is_kind(here, said)):
            return Role.ECHO if role is Role.KIND and echoed else role
    return Role.ECHO if echoed else Role.CONTENT


def _is_kind(here: Here, said: str) -> bool:
    """Whether a word names a kind of thing, rather than being a name: city, and City."""
    if here.letter.islower():
        return True
    rest = here.text[here.place + len(said) :].lstrip(" ")
    return here.begins_sentence and bool(rest) and rest[0] not in BREAKS


def mark(here: Here) -> Read | None:
    """What divides a sentence, and signs that are as good as words."""
    letter, end = here.letter, here.place + 1
    if letter in BREAKS:
        if letter in ".:" and _is_inside_number(here):
            return None
        before = here.before[-1].value if here.before else ""
        if letter == "." and here.has("abbreviations", str(before)):
            return nothing(end)  # St. Louis
        return one(BREAKS[letter], end, Role.BREAK)
    if letter == "&":
        return one("and", end, Role.LINK)
    if letter in "<>=≤≥≈≠+*/^%|":
        return one(_SYMBOLS.get(letter, letter), end, Role.LIMIT)
    return None


def _is_inside_number(here: Here) -> bool:
    around = here.text[here.place - 1 : here.place], here.text[here.place + 1 : here.place + 2]
    return all(letter.isdigit() for letter in around)
