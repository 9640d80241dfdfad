"""How often an altered answer still counts as the same: python -m benchmarks.altered FILE.jsonl

FILE holds judged pairs, as benchmarks.equivalence takes them. Each answer is compared with itself
after one change: another number, another unit, another word, a word more, a word less. Hardly any
such change leaves an answer what it was, and nobody who knows the engine chose them. Answers that
come to yes, no or an option are left out: what they say besides may change.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.equivalence import Judged, plan_of, read, reading_of
from consensus.core.values import Choice, Phrase, Sameness, Truth, Value, compare

UNITS = "kg g km m cm mm % °C °F hours minutes days weeks months years GB MB $ € £ million".split()
Alteration = Callable[[str, random.Random, Sequence[str]], str | None]


def another_number(text: str, chance: random.Random, _words: Sequence[str]) -> str | None:
    """The answer with one of its whole numbers changed; None where it has none."""
    numbers = list(re.finditer(r"\d+", text))
    if not numbers:
        return None
    place = chance.choice(numbers)
    number = int(place[0])
    other = chance.choice([number + 1, max(0, number - 1), number * 10 + 1, number * 2 + 1])
    return text[: place.start()] + str(other) + text[place.end() :]


def another_unit(text: str, chance: random.Random, _words: Sequence[str]) -> str | None:
    """The answer with one of its units changed; None where it has none that we know."""
    said = text.split(" ")
    places = [n for n, word in enumerate(said) if word.rstrip(".,;") in UNITS]
    if not places:
        return None
    said[chance.choice(places)] = chance.choice(UNITS)
    return " ".join(said)


def another_word(text: str, chance: random.Random, words: Sequence[str]) -> str | None:
    """The answer with one word changed for a word of some other answer."""
    said = text.split(" ")
    place = chance.randrange(len(said))
    marks = re.search(r"[.,;:)]*$", said[place])
    said[place] = chance.choice(words) + (marks[0] if marks else "")
    return " ".join(said)


def a_word_more(text: str, chance: random.Random, words: Sequence[str]) -> str | None:
    """The answer with a word of some other answer in it."""
    said = text.split(" ")
    said.insert(chance.randrange(len(said)), chance.choice(words))
    return " ".join(said)


def a_word_less(text: str, chance: random.Random, _words: Sequence[str]) -> str | None:
    """The answer without one of its words; None where it has only one."""
    said = text.split(" ")
    if len(said) < 2:
        return None
    del said[chance.randrange(len(said))]
    return " ".join(said)


ALTERATIONS: Sequence[Alteration] = (
    another_number,
    another_unit,
    another_word,
    a_word_more,
    a_word_less,
)


Measure = Callable[[Sequence[Judged], int, int, bool], dict[str, object]]


def main() -> int:
    """Print how often each alteration goes unseen; 2 for a file that cannot be read."""
    return run(measure, __doc__.partition("\n")[0], 2000)


def run(measure: Measure, told: str, number: int) -> int:
    """Measure the pairs of the files that the command line names, and print it."""
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("files", type=Path, nargs="+", help="judged pairs, one JSON object a line")
    parser.add_argument("--number", type=int, default=number, help=f"how many to try ({number})")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--show", action="store_true", help="show what joins wrongly on stderr")
    options = parser.parse_args()
    try:
        pairs = [pair for file in options.files for pair in read(file)]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(measure(pairs, options.number, options.seed, options.show)))
    return 0


def measure(pairs: Sequence[Judged], number: int, seed: int, show: bool) -> dict[str, object]:
    """Of each alteration, how many were tried and the share of them that went unseen."""
    chance = random.Random(seed)  # noqa: S311
    words = sorted({w.strip('.,;:!?()`*"') for p in pairs for w in p.answer.split()} - {""})
    tried: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    for _ in range(number):
        pair, alter = chance.choice(pairs), chance.choice(ALTERATIONS)
        text = chance.choice((*pair.aliases, pair.answer))
        altered = alter(text, chance, words)
        if altered is None or altered == text:
            continue
        tried[alter.__name__] += 1
        if goes_unseen(pair, text, altered):
            unseen[alter.__name__] += 1
            if show:
                print(alter.__name__, pair.question, text, altered, sep=" | ", file=sys.stderr)
    return {
        name: {"tried": count, "unseen": round(unseen[name] / count, 4)}
        for name, count in sorted(tried.items())
    }


def goes_unseen(pair: Judged, text: str, altered: str) -> bool:
    """Whether the altered answer is told the same, though it is not read as the same text."""
    plan = plan_of(replace(pair, aliases=(text,), answer=altered), None)
    ours, theirs = (reading_of(said, pair.question, plan) for said in (text, altered))
    if ours is None or theirs is None or ours.final == theirs.final:
        return False
    if ours.value is None or theirs.value is None or _decides(ours.value):
        return False
    return compare(ours.value, theirs.value, plan.numeric_tolerance).sameness is Sameness.SAME


def _decides(value: Value) -> bool:
    """Whether it is a yes, a no or an option, whatever else is said."""
    first = value.tokens[0].value if isinstance(value, Phrase) and value.tokens else value
    return isinstance(first, Truth | Choice)


if __name__ == "__main__":
    sys.exit(main())
