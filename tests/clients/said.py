"""What each client's script is told: where the service is, and what to ask it.

The prompts are cues for the model behind the service: on AGREED its answers are all 4, on SPLIT no
two are alike, on OBJECT they are one JSON object.
"""

from __future__ import annotations

import json
import sys
import uuid

URL = sys.argv[1]
KEY = "any"
MODEL = "consensus-fast"


def cue(*answers: str, plain: bool = False) -> str:
    """A prompt to which the model gives these answers in turn, the last one again and again."""
    told = {"answers": answers, "delay": 0, "plain": plain, "for": str(uuid.uuid4())}
    return f"How many? {json.dumps(told)}"


AGREED = cue("4")
SPLIT = cue(*map(str, range(100)))
SPLIT_OBJECT = cue(*(f'{{"number": {n}}}' for n in range(100)), plain=True)
OBJECT = cue('{"number": 4}', plain=True)
