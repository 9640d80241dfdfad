"""Whether a model has ended its answer: by the name it gives its end, or by what it has said.

Endpoints call one thing by many names, and some go on after the answer, or break off without a
word about it. An answer object that is whole is an end as well: the panel is asked to end with it.
"""

from __future__ import annotations

import re
from enum import StrEnum

# What may follow a whole answer before nobody listens any more.
LONGEST_AFTERWORD = 300  # characters
AFTERWORD_SECONDS = 5.0
_STARTS_TRIED = 20


class End(StrEnum):
    """How an answer ended."""

    ANSWERED = "answered"
    CUT = "cut"  # at a limit of length
    WITHHELD = "withheld"  # by a filter
    DECLINED = "declined"  # by the model itself
    OTHER = "other"  # with a tool's call, an error, something nobody knows
    UNTOLD = "untold"


_ENDED = frozenset(
    "stop stopped eos eot eom end ended complete completed done finish finished normal natural "
    "success succeeded ok".split()
)
_CUT = frozenset("length max maximum limit truncated truncate cut incomplete window".split())
_WITHHELD = frozenset(
    "filter filtered safety recitation blocked blocklist prohibited moderation spii policy "
    "guardrail guardrails intervened sensitive".split()
)
_DECLINED = frozenset("refusal refused declined".split())
_OTHER = frozenset(
    "tool tools function call calls error errors failed failure cancel canceled cancelled abort "
    "aborted timeout interrupted interrupt malformed pause network".split()
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
_OBJECT = re.compile(r"\{\s*\"")
_MARK = re.compile(r"\\.|[\"{}]", re.DOTALL)
_ANSWER = re.compile(r"\"(?:final[ _])?answer\"\s*:", re.IGNORECASE)


def end_named(finish: str) -> End:
    """What an endpoint means by the reason it gives for an answer's end, "" for none."""
    words = {word.lower() for word in _WORD.findall(finish)}
    if "reason" in words:  # FINISH_REASON_…
        words -= {"finish", "reason"}
    if not words:
        return End.UNTOLD
    for named, end in (
        (_WITHHELD, End.WITHHELD),
        (_DECLINED, End.DECLINED),
        (_OTHER, End.OTHER),
        (_CUT, End.CUT),
        (_ENDED, End.ANSWERED),
    ):
        if words & named:
            return end
    return End.OTHER


def after_thought(text: str) -> str:
    """What a text says once the thought that it opens with is left out."""
    thought = _THOUGHT.match(text)
    return text[thought.end() :] if thought else text


def end_of_answer(text: str) -> int:
    """Where the first whole answer object ends that is no part of a thought; 0 if there is none.

    Takes time linear in the length of the text.
    """
    said = after_thought(text)
    skipped, end = len(text) - len(said), 0
    for start in list(_OBJECT.finditer(said))[:_STARTS_TRIED]:
        if start.start() < end:
            continue
        end = _closes(said, start.start())
        if end and _ANSWER.search(said, start.start(), end):
            return skipped + end
    return 0


def _closes(text: str, start: int) -> int:
    """One past the brace that closes the one at start; 0 where it stays open."""
    depth, quoted = 0, False
    for mark in _MARK.finditer(text, start):
        match mark[0]:
            case '"':
                quoted = not quoted
            case "{" if not quoted:
                depth += 1
            case "}" if not quoted:
                depth -= 1
                if depth == 0:
                    return mark.end()
            case _:
                pass
    return 0
