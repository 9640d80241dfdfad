"""Ends by many names, and answers that are whole whoever goes on talking."""

from __future__ import annotations

import pytest

from consensus.core.endings import End, after_thought, end_named, end_of_answer

OBJECT = '{"answer": "Rome", "confidence": 0.9}'


@pytest.mark.parametrize(
    ("name", "end"),
    [
        *((name, End.ANSWERED) for name in ("stop", "STOP", "eos", "eos_token", "end_turn")),
        *((name, End.ANSWERED) for name in ("COMPLETE", "stop_sequence", "done", "normal")),
        *((name, End.ANSWERED) for name in ("endTurn", "FINISH_REASON_STOP", "end-of-text")),
        *((name, End.ANSWERED) for name in ("stop_token", "completed", "finished", "EOS")),
        *((name, End.CUT) for name in ("length", "MAX_TOKENS", "max_tokens", "maxTokens")),
        *((name, End.CUT) for name in ("token_limit", "incomplete", "FINISH_REASON_MAX_TOKENS")),
        *((name, End.CUT) for name in ("model_length", "model_context_window_exceeded", "limit")),
        *((name, End.WITHHELD) for name in ("content_filter", "SAFETY", "RECITATION")),
        *((name, End.WITHHELD) for name in ("guardrail_intervened", "content_filtered")),
        *((name, End.DECLINED) for name in ("refusal",)),
        *((name, End.OTHER) for name in ("tool_calls", "function_call", "error", "cancelled")),
        *((name, End.OTHER) for name in ("abort", "pause_turn", "mystery")),
        *((name, End.UNTOLD) for name in ("", " ", "…")),
    ],
)
def test_an_end_is_known_by_any_of_its_names(name: str, end: End) -> None:
    """Natural ends, cuts, filters and the rest, in whatever case and joining."""
    assert end_named(name) is end


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (OBJECT, OBJECT),
        (f"I think so.\n{OBJECT}\nQuestion: and then?", f"I think so.\n{OBJECT}"),
        (f"<think>{OBJECT} no, wait</think>{OBJECT}", f"<think>{OBJECT} no, wait</think>{OBJECT}"),
        ('{"a": 1} {"answer": "a \\" } b"} more', '{"a": 1} {"answer": "a \\" } b"}'),
        ('{"answer": {"x": {"y": 1}}, "confidence": 1} x', None),
        (
            '{"reasoning": "so {it} is", "answer": "4"}',
            '{"reasoning": "so {it} is", "answer": "4"}',
        ),
        ('{"Final Answer": "4"} …', '{"Final Answer": "4"}'),
    ],
)
def test_a_whole_answer_is_seen(text: str, whole: str | None) -> None:
    """The first object with an answer, outside the opening thought, to its closing brace."""
    whole = text[: text.rindex("}") + 1] if whole is None else whole
    assert text[: end_of_answer(text)] == whole


@pytest.mark.parametrize(
    "text",
    ["", "42", '{"answer": "Ro', f"<think>{OBJECT}", '{"total": 4}', '{"answer": "}', "{" * 9000],
)
def test_what_is_not_whole_is_no_end(text: str) -> None:
    """Plain text, halves, thoughts and other objects."""
    assert end_of_answer(text) == 0


def test_a_thought_is_left_out() -> None:
    """Closed or not, the thought that a text opens with is not what it says."""
    assert after_thought("<think>hm</think>4") == "4"
    assert after_thought("<thinking>hm") == ""
    assert after_thought("4 <think>") == "4 <think>"
