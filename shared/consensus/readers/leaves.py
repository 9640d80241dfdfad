"""The texts of a JSON answer -> what each is, read as a short answer to what its place asks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache

from consensus.core.model import Format, Leaf, Strategy
from consensus.core.parts.documents import NotOneValue, held
from consensus.core.parts.formats import shape_for
from consensus.core.parts.leaves import Found, texts
from consensus.core.values import Value
from consensus.readers import answer
from consensus.readers.languages import language_of

MOST = 200  # different texts of an answer that are read, the first ones
LONGEST = 200  # characters: a longer text is compared by its letters
COMPUTED = 0.5  # seconds of computing, after which no further text is begun

# What a document leaves open or masks: [Your Name], <date>, 20__, 3564 **** 1952. It is no value.
_LEFT_OPEN = re.compile(r"[\[<{].*[\]>}]|.*(?:__|\*\*).*", re.DOTALL)
_WORD_ENDS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|[\s_./-]+")


def read(final: str, question: str, wanted: Format | None) -> Iterator[Leaf]:
    """What each text is, in their order, as far as there is time. Total: a text that is not among
    them is compared by its letters."""
    in_english = language_of(question) in ("en", None)
    ends = time.process_time() + COMPUTED
    for one in _readable(final, wanted):
        if time.process_time() > ends:
            return
        asked = question_of(one, in_english=in_english)
        yield Leaf(one.place, one.text, _value(one.text, asked))


def prepare(final: str, wanted: Format | None) -> None:
    """Load what reading these texts needs: loading is no part of the time that it may take."""
    for one in _readable(final, wanted):
        answer.prepare(one.text)


def _readable(final: str, wanted: Format | None) -> Sequence[Found]:
    try:
        value = held(final)
    except NotOneValue:
        return ()
    found = texts(value, shape_for(wanted, derived=False))
    distinct = {(one.place, one.text): one for one in found if _may_be_value(one.text)}
    return list(distinct.values())[:MOST]


def _may_be_value(text: str) -> bool:
    return len(text) <= LONGEST and not _LEFT_OPEN.fullmatch(text.strip())


@lru_cache(maxsize=4_096)
def _value(text: str, asked: str) -> Value:
    """Cached, since other seats of a task bring the same texts."""
    return answer.read(text, asked, Strategy.SEMANTIC)


def question_of(found: Found, *, in_english: bool) -> str:
    """What a place asks: by its name, and by what the schema says of it."""
    name = " ".join(_WORD_ENDS.sub(" ", found.name).split()).casefold()
    asked = f"What is the {name or 'value'}?" if in_english else f"{name}?"
    return f"{asked} {found.shape.about}".strip()
