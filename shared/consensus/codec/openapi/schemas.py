"""What calls take and answer: a schema for each thing, and what its fields mean."""

from __future__ import annotations

from typing import Final

from consensus.codec.openapi import batches
from consensus.codec.openapi.options import request_options
from consensus.codec.openapi.shapes import (
    COUNT,
    FLAG,
    SHARE,
    TEXT,
    TIME,
    Json,
    object_of,
    one_of,
    or_null,
    ref,
)
from consensus.codec.requests import ROLES
from consensus.core.model import (
    AbstentionReason,
    CloseReason,
    Compose,
    Outcome,
    State,
    Strategy,
    Voting,
)


def schemas() -> Json:
    """The schemas by name, with what a field means where its name does not say it."""
    found = _schemas()
    for name, meanings in _MEANINGS.items():
        properties = found[name]["properties"]
        for field, meaning in meanings.items():
            properties[field] = {**properties[field], "description": meaning}
    return found


def _schemas() -> Json:
    return {
        "Request": _request(),
        "Task": object_of(
            {
                "id": TEXT,
                "state": one_of(State),
                "prompt": TEXT,
                "messages": {"type": "array", "items": ref("Message")},
                "plan": ref("Plan"),
                "progress": object_of(
                    dict.fromkeys(("asked", "voted", "abstained", "waves"), COUNT)
                ),
                "seats": object_of(
                    {name: {"type": "array", "items": COUNT} for name in ("begun", "hedged")}
                ),
                "result": {"anyOf": [ref("Result"), {"type": "null"}]},
                "usage": ref("Usage"),
                "metadata": {"type": "object", "additionalProperties": TEXT},
                "created_at": TIME,
                "deadline": TIME,
                "finished_at": or_null(TIME),
                "feedback": ref("Feedback"),
            },
            optional=("prompt", "messages", "feedback"),
        ),
        "Plan": _plan(),
        "Result": object_of(
            {
                "outcome": one_of(Outcome),
                "close_reason": one_of(CloseReason),
                "answer": or_null(TEXT),
                "agreement": SHARE,
                "min_agreement": SHARE,
                "margin": {"type": "number", "minimum": -1, "maximum": 1},
                "confidence": or_null(SHARE),
                "probability_correct": or_null(SHARE),
                "answer_probability": or_null(SHARE),
                "groups": {"type": "array", "items": ref("Group")},
                "explanation": TEXT,
            }
        ),
        "Group": object_of(
            {
                "answer": TEXT,
                "votes": COUNT,
                "weight": {"type": "number", "minimum": 0},
                "share": SHARE,
                "seats": {"type": "array", "items": COUNT},
            }
        ),
        "Usage": object_of(
            {
                "calls": COUNT,
                "input_tokens": COUNT,
                "output_tokens": COUNT,
                "cost_usd": or_null({"type": "number", "minimum": 0}),
                "known_cost_usd": or_null({"type": "number", "minimum": 0}),
                "calls_saved": or_null(COUNT),
                "adjudication_calls": COUNT,
                "uncertain_calls": COUNT,
            },
            optional=("known_cost_usd", "calls_saved", "adjudication_calls", "uncertain_calls"),
        ),
        "Ballot": object_of(
            {
                "seat": COUNT,
                "kind": {"enum": ["vote", "abstention"]},
                "counted": FLAG,
                "at": TIME,
                "seconds": or_null({"type": "number"}),
                "worked_seconds": or_null({"type": "number"}),
                "first_word_seconds": or_null({"type": "number"}),
                "voter": TEXT,
                "usage": ref("Usage"),
                "model": TEXT,
                "answer": TEXT,
                "text": TEXT,
                "group": or_null(COUNT),
                "confidence": or_null(SHARE),
                "probability": or_null(SHARE),
                "reason": one_of(AbstentionReason),
                "detail": TEXT,
            },
            optional=(
                *("model", "answer", "text", "group", "confidence", "probability"),
                *("reason", "detail"),
            ),
        ),
        "Votes": object_of(
            {"votes": {"type": "array", "items": ref("Ballot")}, "next_page_token": TEXT}
        ),
        "Page": object_of(
            {"tasks": {"type": "array", "items": {"type": "object"}}, "next_page_token": TEXT}
        ),
        "Feedback": object_of(
            {"correct": or_null(FLAG), "answer": or_null(TEXT), "at": TIME, "by": or_null(TEXT)}
        ),
        "Judgement": {
            "type": "object",
            "properties": {"correct": FLAG, "answer": {"type": "string", "minLength": 1}},
            "additionalProperties": False,
            "minProperties": 1,
        },
        **batches.schemas(),
        "Message": object_of({"role": {"enum": list(ROLES)}, "content": TEXT}),
        "Problem": object_of(
            {
                "type": TEXT,
                "title": TEXT,
                "status": COUNT,
                "reason": TEXT,
                "detail": TEXT,
                "errors": {"type": "array", "items": ref("Mistake")},
            },
            optional=("type", "title", "errors"),
        ),
        "Mistake": object_of(
            {"detail": TEXT, "pointer": TEXT, "parameter": TEXT},
            optional=("pointer", "parameter"),
        ),
    }


def _request() -> Json:
    return {
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "minLength": 1},
            "messages": {"type": "array", "minItems": 1, "items": ref("Message")},
            **{name: or_null(schema) for name, schema in request_options().items()},
        },
        "examples": [{"prompt": "What is 17% of 2,340?"}],
        "oneOf": [{"required": ["prompt"]}, {"required": ["messages"]}],
        "additionalProperties": False,
    }


def _plan() -> Json:
    return object_of(
        {
            "complexity": TEXT,
            "strategy": one_of(Strategy),
            "voting": one_of(Voting),
            "min_votes": COUNT,
            "max_votes": COUNT,
            "min_agreement": SHARE,
            "timeout_seconds": {"type": "number"},
            "numeric_tolerance": {"type": "number"},
            "compose": one_of(Compose),
            "reason": TEXT,
        },
        optional=["compose"],
    )


_MEANINGS: Final = {
    "Task": {
        "prompt": "the question, where it came as one text",
        "messages": "the conversation, where it came as one",
        "plan": "how it is decided",
        "progress": "seats, by what came of them",
        "result": "null until state is DONE; never changes after that",
        "deadline": "when it ends at the latest, with a grace of 90 seconds",
    },
    "Result": {
        "outcome": "CONSENSUS alone has an answer to trust",
        "close_reason": "why asking ended",
        "answer": "on NO_CONSENSUS the leading one, not to be trusted",
        "agreement": "the answer's share of the votes' weight",
        "min_agreement": "the share that was needed",
        "margin": "how far it is ahead of the next answer",
        "confidence": "how probable it is that more votes would not change the answer",
        "probability_correct": "how often such answers were right; null without evidence",
        "answer_probability": "by the voters' own tokens, uncalibrated",
        "groups": "answers that mean the same, the leading one first",
        "explanation": "why, in words",
    },
    "Plan": {
        "complexity": "how hard task analysis takes the question to be",
        "strategy": "how answers are compared",
        "voting": "what a vote weighs",
        "min_votes": "votes needed for an answer",
        "max_votes": "votes asked for at most",
        "min_agreement": "share of the weight that must agree",
        "reason": "why it is planned so",
    },
    "Group": {
        "weight": "the sum of its votes' weights",
        "share": "of the whole weight",
        "seats": "whose votes these are",
    },
    "Usage": {
        "calls": "model calls, failed ones too",
        "cost_usd": "null where a price is not set, or a call was cut off before it told its own",
        "known_cost_usd": "of the calls that told their price: what it cost at least",
        "calls_saved": "max_votes less the calls, never below 0; null unless the panel decided",
        "adjudication_calls": "calls about what answers mean, or for one text of them",
        "uncertain_calls": "calls that may have begun beside these, untold: their part was killed, "
        "or the task ended a moment after they were asked",
    },
    "Ballot": {
        "seat": "its number in the panel",
        "counted": "false for one that came after the end",
        "seconds": "from when its seat was asked",
        "voter": "which of the panel's models had the seat",
        "text": "all that the model wrote",
        "group": "the place of its group in the result's groups",
        "confidence": "what the model said of its own answer",
        "probability": "what its tokens say",
        "reason": "why it abstained",
    },
    "Request": {
        "prompt": "the question; or give messages",
        "messages": "a conversation whose last message is the question; or give prompt",
    },
    "Judgement": {
        "correct": "whether the task's answer is right",
        "answer": "what is right",
    },
}
