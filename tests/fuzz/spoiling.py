"""What fuzzing tries: valid inputs, spoilt here and there, and now and then pure rubbish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

LONGEST = 4_000  # characters; longer ones are cut by what reads them
SCRAPS = (
    *"\0\ufeff\u202e\u200b\ud800´½²٣߃𝟙\x1b\r`$\\{}[]\"'<>#*|",
    *("\\boxed{", "\\frac{1}{", "```json\n", "<think>", "</think>", "Final answer:", "(A)"),
    *("1e999", "-0", "9" * 400, "1/0", "NaN", "Infinity", "null", "0x1F", "10^10^10", "5!!!!!"),
    *("((((((((((", "1,000.5", "2026-02-30", "24:61", "I don't know", '{"answer":', "٪", "🇩🇪"),
    "e\u0301\u0301\u0301",
)

jsons: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("", "1", "NaN", "9" * 400, "\0", "0001-01-01T00:00:00Z", "x" * 300)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def spoilt_json(draw: DrawFn, documents: Sequence[Any]) -> Any:
    """One of the documents with up to three places changed, removed or added."""
    document = json.loads(draw(st.sampled_from([json.dumps(one) for one in documents])))
    for _ in range(draw(st.integers(1, 3))):
        document = _spoilt(draw, document)
    return document


def _spoilt(draw: DrawFn, value: Any) -> Any:
    """The value with one place, however deep, not as it was."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 5)) == 0:
        return draw(jsons)
    changed = value.copy()
    place = draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
    match draw(st.integers(0, 7)):
        case 0:
            del changed[place]
        case 1 if isinstance(changed, dict):
            changed[draw(st.text(max_size=12))] = draw(jsons)
        case 1:
            changed.append(value[place])
        case _:
            changed[place] = _spoilt(draw, value[place])
    return changed


@st.composite
def spoilt_bytes(draw: DrawFn, payloads: Sequence[bytes]) -> bytes:
    """One of the payloads with a piece replaced by others."""
    payload = draw(st.sampled_from(payloads))
    at = draw(st.integers(0, len(payload)))
    gone = draw(st.integers(0, 8))
    return payload[:at] + draw(st.binary(max_size=12)) + payload[at + gone :]


@st.composite
def spoilt_text(draw: DrawFn, texts: Sequence[str]) -> str:
    """Pieces of the texts and scraps of what upsets readers, joined."""
    pieces = []
    for _ in range(draw(st.integers(1, 4))):
        text = draw(st.sampled_from(texts))
        start = draw(st.integers(0, len(text)))
        piece = text[start : start + draw(st.integers(0, 400))]
        scrap = draw(st.sampled_from(SCRAPS)) * draw(st.sampled_from((0, 1, 1, 2, 50)))
        pieces += [piece, scrap, draw(st.text(max_size=6))]
    return "".join(pieces)[:LONGEST]
