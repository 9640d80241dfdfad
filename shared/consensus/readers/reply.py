"""A model's whole reply -> the answer in it and how sure the model is, or why there is none.

    reply ── spoken aloud (markup) ──┬── ballot, unless corrected ──┬── fitted to the question
                                     └── prose ─────────────────────┘    └── declined? too long?

The panel is asked for a JSON object, but models wrap it in fences or prose, or forget it. What they
write is data: it can change the answer and its stated confidence, nothing else. Of several answers
the last one counts. Reading takes time linear in the length of the reply, which is bounded.
"""

from __future__ import annotations

import json
import re

from consensus.core.answers import LONGEST_ANSWER, Unread, stated_confidence
from consensus.core.model import AbstentionReason, Reading, Strategy
from consensus.core.plain import visible
from consensus.core.question import is_about_code
from consensus.readers import ballot, fitting, prose
from consensus.readers.declining import declines
from consensus.readers.markup import spoken
from consensus.readers.prose import Found
from consensus.readers.topics import asks_for_sign

LONGEST_TEXT = 100_000  # characters of a reply that are kept: its end, where answers stand
_NOTHING = " \t\r\n.,;:*_`\"'#=→{}。"
_PLACEHOLDERS = ("...", "…", "<answer>")  # as the instructions write them
_FENCED = re.compile(r"```[\w+-]{0,20}[ \t]*\n(.*?)\n?```", re.DOTALL)


def read(text: str, strategy: Strategy, question: str = "") -> Reading | Unread:
    """What a model's reply says, or why it is no vote: declined, unreadable, too long."""
    kept = visible(text[-LONGEST_TEXT:]).strip()
    found = _ballot_alone(kept)
    if found is None:
        said = spoken(kept, question)
        if not said:
            return _silence(kept)
        found = _found(said, strategy, question)
    if found is None:
        detail = "what the reply gives as its answer is cut off or garbled"
        return Unread(AbstentionReason.UNREADABLE, detail)
    final = _final(found, strategy, question)
    is_symbol = found.is_ballot and (len(final) == 1 or (final and asks_for_sign(question)))
    if not final.strip(_NOTHING) and not is_symbol:
        return Unread(AbstentionReason.DECLINED, "the reply gives no answer")
    if declines(final, question, found.confidence):
        return Unread(AbstentionReason.DECLINED, "the model declined to answer")
    if len(final) > LONGEST_ANSWER:
        detail = f"the answer has {len(final):,} characters, and a vote holds {LONGEST_ANSWER:,}"
        return Unread(AbstentionReason.TOO_LONG, detail)
    return Reading(text=kept, final=final, confidence=found.confidence)


def _silence(kept: str) -> Unread:
    if not kept:
        return Unread(AbstentionReason.DECLINED, "the reply is empty")
    return Unread(AbstentionReason.UNREADABLE, "the reply holds thoughts, and no answer")


def _found(text: str, strategy: Strategy, question: str) -> Found | None:
    """Where the answer stands in what was said; None where it was lost on the way."""
    voted = ballot.last_ballot(text)
    if voted is None:
        return _from_value(text) or prose.found_in(text, strategy, question)
    corrected = prose.correction(text[voted.end :], strategy, question)
    return corrected or (None if voted.is_lost else _of_ballot(voted))


def _final(found: Found, strategy: Strategy, question: str) -> str:
    """The answer as it is told and counted."""
    # JSON may spell what nobody sees, "\u202e", and halves of characters.
    whole = found.said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    said = visible(whole).strip()
    if found.is_written:
        return said
    if not found.is_ballot:
        said = fitting.plain(said)
    elif strategy is not Strategy.SEMANTIC and not is_about_code(question):
        said = fitting.bare(said)
    fitted = fitting.fitted(said, question, is_prose=found.is_prose)
    if strategy is not Strategy.NUMERIC:
        return fitted
    number = fitting.number_in(fitted, question) if found.is_prose else fitted
    return fitting.plain_number(number, question)


def _ballot_alone(text: str) -> Found | None:
    """A reply that is the object asked for and nothing else: its tokens and tags are its own."""
    inner = _unfenced(text)
    found = ballot.last_ballot(inner) if inner[:1] + inner[-1:] == "{}" else None
    if found is None or found.is_lost or inner[found.end :].strip():
        return None
    return _of_ballot(found)


def _of_ballot(found: ballot.Ballot) -> Found:
    said = ballot.as_text(found.answer)
    said = "" if said.strip() in _PLACEHOLDERS else said
    return Found(said, stated_confidence(found.confidence), is_ballot=True)


def _from_value(text: str) -> Found | None:
    """A reply that is a JSON array of one, or a JSON string, or a ballot in one."""
    inner = _unfenced(text)
    if inner[:1] not in ("[", '"') or inner[:2] == "[[":
        return None
    try:
        value = json.loads(inner, strict=False, parse_int=ballot.Number, parse_float=ballot.Number)
    except (ValueError, RecursionError):
        return None
    match value:
        case str() if value.lstrip().startswith("{"):
            voted = ballot.last_ballot(value)
            return _of_ballot(voted) if voted and not voted.is_lost else None
        case [str() | bool() as one]:
            return Found(ballot.as_text(one), None, is_ballot=True)
        case [str() as one, ballot.Number() as sure]:
            return _with_confidence(one, sure)
        case _:
            return None


def _with_confidence(said: str, sure: ballot.Number) -> Found | None:
    """An array of an answer and a confidence; of two answers it is none."""
    confidence = stated_confidence(sure)
    is_number = any(c.isdigit() for c in said)
    return None if confidence is None or is_number else Found(said, confidence, is_ballot=True)


def _unfenced(text: str) -> str:
    fenced = _FENCED.fullmatch(text)
    return (fenced[1] if fenced else text).strip()
