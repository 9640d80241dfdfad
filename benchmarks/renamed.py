"""How often a sentence counts as one with another answer: python -m benchmarks.renamed FILE.jsonl

FILE holds judged pairs, as benchmarks.equivalence takes them. Where an answer is a sentence that
says one of its pair's short answers, another pair's short answer is put in its place, and the two
sentences are compared. Nobody chose them. Some are the same all the same: what was changed may
stand in brackets, beside another name of the answer.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.altered import run
from benchmarks.equivalence import Judged, plan_of, reading_of
from consensus.core.values import Sameness, compare

LONGEST, LONGEST_NAME = 250, 30  # characters of a sentence, and of what is put into it


def main() -> int:
    """Print how many were tried, and the share that joined; 2 for a file that cannot be read."""
    return run(measure, (__doc__ or "").partition("\n")[0], 5000)


def measure(pairs: Sequence[Judged], number: int, seed: int, show: bool) -> dict[str, object]:
    """How many sentences were tried, and the share that joined the one with another answer."""
    told = list(renamed(pairs, random.Random(seed)))[:number]  # noqa: S311
    joined = 0
    for pair, sentence in told:
        if _is_same(pair, sentence):
            joined += 1
            if show:
                print(pair.question, pair.answer, sentence, sep=" | ", file=sys.stderr)
    return {"tried": len(told), "joined": round(joined / max(1, len(told)), 4)}


def renamed(pairs: Sequence[Judged], chance: random.Random) -> Iterator[tuple[Judged, str]]:
    """Each sentence once, in any order, and the same sentence with another answer in it."""
    names = [n for p in pairs for n in p.aliases[:3] if _is_name(n)]
    sentences = {pair.answer: pair for pair in pairs if len(pair.answer) <= LONGEST}
    shuffled = list(sentences.values())
    chance.shuffle(shuffled)
    for pair in shuffled if names else ():
        place = _place(pair)
        other = chance.choice(names)
        if place is None or other.casefold() in (place[0].casefold(), pair.question.casefold()):
            continue
        said = other.lower() if place[0].islower() else other
        yield pair, pair.answer[: place.start()] + said + pair.answer[place.end() :]


def _is_name(text: str) -> bool:
    """Whether it is a few words in letters, the first of them with a capital."""
    return 3 < len(text) < LONGEST_NAME and text[0].isupper() and text.replace(" ", "").isalpha()


def _place(pair: Judged) -> re.Match[str] | None:
    """Where a sentence says one of its short answers last, that the question does not say."""
    for alias in pair.aliases:
        if len(alias) < 2 or alias.casefold() in pair.question.casefold():
            continue
        form = re.compile(rf"(?<!\w){re.escape(alias)}(?!\w)", re.IGNORECASE)
        if (found := list(form.finditer(pair.answer))) and found[-1][0] != pair.answer.strip():
            return found[-1]
    return None


def _is_same(pair: Judged, sentence: str) -> bool:
    plan = plan_of(replace(pair, aliases=(sentence,)), None)
    ours, theirs = (reading_of(said, pair.question, plan) for said in (pair.answer, sentence))
    if ours is None or theirs is None or ours.value is None or theirs.value is None:
        return False
    return compare(ours.value, theirs.value, plan.numeric_tolerance).sameness is Sameness.SAME


if __name__ == "__main__":
    sys.exit(main())
