"""How often two answers are rightly told the same: python -m benchmarks.equivalence FILE.jsonl

A line is {"question"?: str, "a": [aliases], "b": str, "equivalent": bool, "kind"?: str,
"strategy"?: str}; b counts as the same if it is the same as any of the aliases. Both sides are read
as a worker reads {"answer": ...}, so that what declines to answer joins nothing. Told UNKNOWN is no
verdict: such a pair is neither joined nor split.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from consensus.core.analysis import analyse
from consensus.core.answers import Unread
from consensus.core.model import Message, Options, Plan, Reading, Strategy
from consensus.core.values import Mathematics, Quantity, Sameness, Value, compare
from consensus.readers import answer, reply
from consensus.readers.spelling import words_in


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, what it was compared with, and what people found. strategy None: as analysed."""

    question: str
    aliases: tuple[str, ...]
    answer: str
    equivalent: bool
    kind: str = ""
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the engine says of a pair."""

    pair: Judged
    sameness: Sameness

    @property
    def is_wrong(self) -> bool:
        """Whether it says what people did not: UNKNOWN counts as different."""
        return (self.sameness is Sameness.SAME) != self.pair.equivalent


def main() -> int:
    """Print the report; 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="judged pairs, one JSON object a line")
    parser.add_argument("--strategy", default="auto", choices=["auto", *Strategy])
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--errors", type=int, default=0, help="show so many wrong ones on stderr")
    options = parser.parse_args()
    try:
        judged = read(options.file)
    except (OSError, ValueError) as error:
        print(f"error: {options.file}: {error}", file=sys.stderr)
        return 2
    strategy = None if options.strategy == "auto" else Strategy(options.strategy)
    report, told = measure(judged, strategy)
    print(json.dumps(report) if options.json else _readable(report))
    for one in [one for one in told if one.is_wrong][: options.errors]:
        print(one.sameness, one.pair, file=sys.stderr)
    return 0


def read(path: Path) -> list[Judged]:
    """Judged pairs. Raises ValueError naming the line."""
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                pairs.append(_judged(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number}: {error!r}") from error
    if not pairs:
        raise ValueError("no pair in it")
    return pairs


def _judged(fields: Mapping[str, object]) -> Judged:
    a, verdict = fields["a"], fields["equivalent"]
    aliases = [a] if isinstance(a, str) else a
    if not isinstance(aliases, list) or not isinstance(verdict, bool):
        raise TypeError("a is a list of strings, and equivalent is true or false")
    return Judged(
        question=str(fields.get("question") or ""),
        aliases=tuple(map(str, aliases)),
        answer=str(fields["b"]),
        equivalent=verdict,
        kind=str(fields.get("kind") or ""),
        strategy=Strategy(str(fields["strategy"])) if fields.get("strategy") else None,
    )


def measure(
    judged: Sequence[Judged], strategy: Strategy | None = None
) -> tuple[dict[str, object], list[Told]]:
    """The report, and what was told of each pair. strategy None: the line's, or as analysed."""
    began = time.perf_counter()
    told = [Told(pair, _sameness(pair, plan_of(pair, strategy))) for pair in judged]
    took = time.perf_counter() - began
    kinds: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        kinds[one.pair.kind].append(one)
    report: dict[str, object] = {"pairs": len(told), **_accuracy(told), **_rates(told)}
    if any(kinds):
        report["kinds"] = {kind: _rates(of) for kind, of in sorted(kinds.items())}
    return report | {"seconds": took}, told


def _accuracy(told: Sequence[Told]) -> dict[str, float]:
    joined = [one for one in told if one.sameness is Sameness.SAME]
    hits = sum(one.pair.equivalent for one in joined)
    return {
        "accuracy": 1 - sum(one.is_wrong for one in told) / len(told),
        "precision": hits / max(1, len(joined)),
        "recall": hits / max(1, sum(one.pair.equivalent for one in told)),
    }


def _rates(told: Sequence[Told]) -> dict[str, float]:
    """joined and split are shares of the same ones, merged is one of the different."""
    same = [one.sameness for one in told if one.pair.equivalent]
    different = [one.sameness for one in told if not one.pair.equivalent]
    return {
        "joined": same.count(Sameness.SAME) / max(1, len(same)),
        "merged": different.count(Sameness.SAME) / max(1, len(different)),
        "split": same.count(Sameness.DIFFERENT) / max(1, len(same)),
    }


def plan_of(pair: Judged, strategy: Strategy | None) -> Plan:
    """As the question asks; without one, as the answers do: mathematics is compared as such."""
    strategy = strategy or pair.strategy
    if strategy is None and not pair.question:
        mathematics = all(map(_is_mathematics, pair.aliases))
        return Plan(strategy=Strategy.NUMERIC if mathematics else Strategy.SEMANTIC)
    plan = analyse((Message("user", pair.question),), Options(strategy=strategy))
    # Texts and records are decided part by part; as a pair, two of them are compared by meaning.
    return replace(plan, strategy=Strategy.SEMANTIC) if plan.strategy.has_parts else plan


def _is_mathematics(alias: str) -> bool:
    value = answer.read(alias, "", Strategy.NUMERIC)
    is_sentence = len(words_in(alias)) > 2
    return "\\" in alias or (isinstance(value, Quantity | Mathematics) and not is_sentence)


def _sameness(pair: Judged, plan: Plan) -> Sameness:
    """SAME with any alias; DIFFERENT where it is from all of them."""
    theirs = reading_of(pair.answer, pair.question, plan)
    told = []
    for alias in pair.aliases:
        ours = reading_of(alias, pair.question, plan)
        if ours is None or theirs is None:
            told.append(Sameness.UNKNOWN)
        elif ours.final.strip() == theirs.final.strip():
            return Sameness.SAME
        else:
            told.append(_compared(ours.value, theirs.value, plan))
    if Sameness.SAME in told:
        return Sameness.SAME
    return Sameness.DIFFERENT if set(told) == {Sameness.DIFFERENT} else Sameness.UNKNOWN


def _compared(one: Value | None, other: Value | None, plan: Plan) -> Sameness:
    if one is None or other is None:
        return Sameness.UNKNOWN
    return compare(one, other, plan.numeric_tolerance).sameness


def reading_of(text: str, question: str, plan: Plan) -> Reading | None:
    """What a worker makes of {"answer": text}; None where that is no vote."""
    return voted(json.dumps({"answer": text}, ensure_ascii=False), question, plan.strategy)


def voted(text: str, question: str, strategy: Strategy) -> Reading | None:
    """A reply, read as a worker reads it."""
    reading = reply.read(text, strategy, question)
    if isinstance(reading, Unread):
        return None
    value = answer.read(reading.final, question, strategy)
    return Reading(reading.text, reading.final, confidence=reading.confidence, value=value)


def _readable(report: Mapping[str, object]) -> str:
    lines = [
        f"{report['pairs']} pairs, {report['accuracy']:.1%} right (precision "
        f"{report['precision']:.3f}, recall {report['recall']:.3f}), {report['seconds']:.1f} s",
        f"of the same {report['joined']:.1%} joined, {report['split']:.1%} told different; "
        f"of the different {report['merged']:.1%} merged",
    ]
    kinds = report.get("kinds")
    if isinstance(kinds, dict):
        lines += [
            f"  {kind or 'other':14}"
            + " ".join(f"{name} {rates[name]:6.1%}" for name in ("joined", "merged", "split"))
            for kind, rates in kinds.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
