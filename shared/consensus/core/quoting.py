"""Showing a model text that others wrote, as data.

It travels as the strings of one JSON object, in which nothing that they hold can end a string, look
like a chat template's own marks, or go unseen.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence

Fields = Mapping[str, "str | Sequence[Fields]"]


def quoted(fields: Fields) -> str:
    """The fields as one JSON object; what a reader does not see and a model does is left out."""
    told = json.dumps(_seen(fields), ensure_ascii=False)
    return told.replace("<", "\\u003c").replace(">", "\\u003e")


def _seen(fields: Fields) -> dict[str, object]:
    return {
        name: _visible(value) if isinstance(value, str) else [_seen(item) for item in value]
        for name, value in fields.items()
    }


def _visible(text: str) -> str:
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
