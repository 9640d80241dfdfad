"""How often a sentence made of two answers counts as one: python -m benchmarks.combined FILE.jsonl

FILE holds judged pairs, as benchmarks.equivalence takes them. Short pairs of different answers are
put into the sentences of combined.toml, in their language: "not A", "A and B", "B instead of A",
"half of A". Each sentence is compared with every answer that it is not. Answers that come to yes,
no or an option are left out: what they say besides may change.
"""

from __future__ import annotations

import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.altered import goes_unseen, run
from benchmarks.equivalence import Judged
from consensus.readers.languages import language_of

SENTENCES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LONGEST = 30  # characters of an answer
MOST_WORDS = 4


def main() -> int:
    """Print how often each sentence counts as what it is not; 2 for a file that cannot be read."""
    return run(measure, __doc__.partition("\n")[0], 5000)


def measure(pairs: Sequence[Judged], number: int, seed: int, show: bool) -> dict[str, object]:
    """How many sentences were tried, the share that joined, and the worst ten of them."""
    told = list(sentences(pairs))
    random.Random(seed).shuffle(told)  # noqa: S311
    tried: Counter[str] = Counter()
    joined: Counter[str] = Counter()
    for pair, answer, form, sentence in told[:number]:
        tried[form] += 1
        if goes_unseen(pair, answer, sentence):
            joined[form] += 1
            if show:
                print(form, pair.question, answer, sentence, sep=" | ", file=sys.stderr)
    return {
        "tried": tried.total(),
        "joined": round(joined.total() / max(1, tried.total()), 4),
        "worst": {form: f"{count} of {tried[form]}" for form, count in joined.most_common(10)},
    }


def sentences(pairs: Sequence[Judged]) -> Iterator[tuple[Judged, str, str, str]]:
    """Each pair, an answer, the form of a sentence that is not that answer, and the sentence."""
    for pair in pairs:
        one, other = (text.strip(" .") for text in (pair.aliases[0], pair.answer))
        forms = SENTENCES.get(language_of(pair.question) or "")
        if pair.equivalent or forms is None or not (_is_short(one) and _is_short(other)):
            continue
        for a, b in ((one, other), (other, one)):
            for which, told in forms.items():
                for form in told:
                    sentence = form.format(a=a, b=b)
                    for answer in (a,) if which == "b" else (a, b):
                        yield pair, answer, form, sentence


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST and len(text.split()) <= MOST_WORDS


if __name__ == "__main__":
    sys.exit(main())
