"""Lexical vectors: texts are near each other as far as they share words, whatever those mean.

Enough to tell the demo panel's scripted answers apart; no stand-in for a real embedding model.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict

DIMENSIONS = 256
STEM = 5  # letters: "scatter", "scatters" and "scattering" are one word

_WORD = re.compile(r"\w+")
_STOP = frozenset(
    _WORD.findall(
        "a an and are as at be because by for from has have in into is it its more most of on or "
        "so than that the their them then there these they this to was were what when which while "
        "who why with you your"
    )
)


def lexical(text: str) -> list[float]:
    """A unit vector of the text's words, without its commonest; deterministic on any machine."""
    words = _WORD.findall(text.casefold())
    telling = [word[:STEM] for word in words if word not in _STOP] or words or [""]
    buckets: defaultdict[int, float] = defaultdict(float)
    for word, times in Counter(telling).items():
        buckets[_bucket(word)] += 1 + math.log(times)
    length = math.sqrt(sum(value * value for value in buckets.values()))
    return [buckets[i] / length for i in range(DIMENSIONS)]


def _bucket(word: str) -> int:
    digest = hashlib.blake2b(word.encode(errors="replace"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % DIMENSIONS
