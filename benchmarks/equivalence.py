"""How often two answers are rightly told the same: python -m benchmarks.equivalence FILE.jsonl

A line is {"question"?: str, "a": [aliases], "b": str, "equivalent": bool}; b counts as the same if
it is equivalent to any of the aliases. With sentence-transformers installed, semantic answers are
compared with their vectors too, as they are in the service.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consensus.adapters.embedders import LocalEmbedder
from consensus.core.analysis import analyse
from consensus.core.equivalence import equivalent, numeric
from consensus.core.equivalence.semantic import is_prose
from consensus.core.model import Message, Options, Plan, Reading, Strategy


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, what it was compared with, and what people found."""

    question: str
    aliases: tuple[str, ...]
    answer: str
    equivalent: bool


def main() -> int:
    """Print accuracy, precision, recall, F1 and seconds; 2 for a file that cannot be read."""
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
    report, wrong = measure(judged, strategy)
    print(json.dumps(report) if options.json else _readable(report))
    for pair in wrong[: options.errors]:
        print(pair, file=sys.stderr)
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
    question = str(fields.get("question") or "")
    return Judged(question, tuple(map(str, aliases)), str(fields["b"]), verdict)


def measure(
    judged: Sequence[Judged], strategy: Strategy | None = None
) -> tuple[dict[str, float], list[Judged]]:
    """The report, and the pairs that were told wrongly. strategy None is left to analysis."""
    plans = [_plan(pair, strategy) for pair in judged]
    vectors = _vectors(judged, plans)
    began = time.perf_counter()
    found = [_is_same(pair, plan, vectors) for pair, plan in zip(judged, plans, strict=True)]
    took = time.perf_counter() - began
    right = [pair.equivalent for pair in judged]
    hits = sum(f and r for f, r in zip(found, right, strict=True))
    precision, recall = hits / max(1, sum(found)), hits / max(1, sum(right))
    report = {
        "pairs": len(judged),
        "accuracy": sum(f == r for f, r in zip(found, right, strict=True)) / len(judged),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if hits else 0.0,
        "seconds": took,
        "with_vectors": float(bool(vectors)),
    }
    wrong = [pair for pair, f in zip(judged, found, strict=True) if f != pair.equivalent]
    return report, wrong


def _plan(pair: Judged, strategy: Strategy | None) -> Plan:
    """As the question asks; without one, as the answers do: mathematics is compared as such."""
    if strategy is None and not pair.question:
        return Plan(
            strategy=Strategy.NUMERIC
            if all(map(_is_mathematics, pair.aliases))
            else Strategy.SEMANTIC
        )
    return analyse((Message("user", pair.question),), Options(strategy=strategy))


def _is_mathematics(answer: str) -> bool:
    return not is_prose(answer) and (numeric.parse(answer) is not None or "\\" in answer)


def _is_same(pair: Judged, plan: Plan, vectors: Mapping[str, bytes]) -> bool:
    answer = _reading(pair.answer, vectors)
    return any(
        equivalent(_reading(alias, vectors), answer, plan, pair.question) for alias in pair.aliases
    )


def _reading(text: str, vectors: Mapping[str, bytes]) -> Reading:
    vector = vectors.get(text, b"")
    return Reading(text, text, vector=vector, embedder="local" if vector else "")


def _vectors(judged: Sequence[Judged], plans: Sequence[Plan]) -> dict[str, bytes]:
    """The vectors of what is compared by meaning; none where there is nothing to embed with."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return {}
    pairs = zip(judged, plans, strict=True)
    texts = {
        t for p, plan in pairs if plan.strategy is Strategy.SEMANTIC for t in (*p.aliases, p.answer)
    }
    return asyncio.run(embedded(sorted(texts, key=len)))


async def embedded(texts: Sequence[str]) -> dict[str, bytes]:
    """The vectors of some texts."""
    told = [text for text in texts if text.strip()]
    return dict(zip(told, await LocalEmbedder().embed_all(told), strict=True))


def _readable(report: Mapping[str, float]) -> str:
    vectors = "with" if report["with_vectors"] else "without"
    return (
        f"{report['pairs']} pairs, {report['accuracy']:.1%} right (precision "
        f"{report['precision']:.3f}, recall {report['recall']:.3f}, F1 {report['f1']:.3f}), "
        f"{report['seconds']:.1f} s, {vectors} vectors"
    )


if __name__ == "__main__":
    sys.exit(main())
