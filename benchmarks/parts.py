"""What votes on answers with parts come to: python -m benchmarks.parts FILE.jsonl --n 3,5,10

A line is {"id", "kind", "prompt", "answers": [{"model", "value" | "text", "score"?}], "gold"?}.
For each n, `--draws` seeded draws of n answers are decided as the service decides them: `exact` is
the share that is right (calls, lists, records), `f1` that of elements (sets, records of sets),
`gap_closed` how far from a random answer's score to the best one's the chosen text's is, `auroc`
how well a sentence's support among n answers tells whether people found it accurate. `whole` is the
same measure of the leading whole answer, `composed` the share of decisions that no vote said,
`votes` how many votes the stopping rule asks for where n may be asked, `stopped` the measure of
what those decide, and `ece` the calibration error of the confidence in each element kept.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from consensus.core.model import Format, FormatKind, Plan
from consensus.core.parts import stopping, trust
from consensus.core.parts.calls import as_calls, as_value, calls_shape
from consensus.core.parts.composing import Ballot, Decision, decide
from consensus.core.parts.documents import Json, dumps
from consensus.core.parts.leaves import in_common
from consensus.core.parts.sentences import Sentence, sentences
from consensus.core.parts.shapes import Open, Shape
from consensus.core.parts.texts import choose, supported
from consensus.readers import leaves

EXACT = {"calls", "list", "record"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw's decision and its measures."""

    decided: Json | str
    right: Any
    whole: Any
    composed: bool
    votes: int
    believed: tuple[tuple[float, bool], ...] = ()
    stopped: float = 0.0


def main() -> int:
    """Print the report; 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="recorded answers, one question a line")
    parser.add_argument("--n", default="3,5,10", help="how many answers to draw: 3,5,10")
    parser.add_argument("--draws", type=int, default=20, help="draws of each question")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--decisions", type=Path, help="write each decision there, one a line")
    options = parser.parse_args()
    try:
        sizes = [int(n) for n in options.n.split(",")]
        questions = read(options.file)
    except (OSError, ValueError) as error:
        print(f"error: {options.file}: {error}", file=sys.stderr)
        return 2
    report, decisions = measure(questions, sizes, options.draws, options.seed)
    if options.decisions:
        lines = (json.dumps(decision, ensure_ascii=False) for decision in decisions)
        options.decisions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))
    return 0


def read(path: Path) -> list[dict[str, Any]]:
    """Questions with their answers. Raises ValueError naming the line."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            told["kind"], told["id"], told["answers"][0]["model"]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f"line {number}: {error!r}") from error
        questions.append(told)
    if not questions:
        raise ValueError("no question in it")
    return questions


def measure(
    questions: Sequence[Mapping[str, Any]], sizes: Sequence[int], draws: int, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The report, and the decisions."""
    kinds = sorted({str(question["kind"]) for question in questions})
    report: dict[str, Any] = {"kind": "+".join(kinds), "n": {}}
    decisions = []
    for size in sizes:
        drawn = list(_drawn(questions, size, draws, seed))
        decisions += [
            {
                "id": question["id"],
                "n": size,
                "draw": draw,
                _told(question): one.decided,
                **({"support": list(one.right)} if "labels" in question else {}),
            }
            for question, draw, one in drawn
        ]
        report["n"][str(size)] = _summary(drawn)
    return report, decisions


def _drawn(
    questions: Sequence[Mapping[str, Any]], size: int, draws: int, seed: int
) -> Iterator[tuple[Mapping[str, Any], int, Drawn]]:
    for question in questions:
        answers = [a for a in question["answers"] if a.get(_told(question)) is not None]
        if not answers:
            continue
        for draw in range(draws):
            chance = random.Random(f"{seed} {size} {draw} {question['id']}")  # noqa: S311
            some = chance.sample(answers, min(size, len(answers)))
            yield question, draw, _decided(question, some)


def _told(question: Mapping[str, Any]) -> str:
    return "text" if question["kind"] == "text" else "value"


def _decided(question: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Drawn:
    kind = str(question["kind"])
    if kind == "text":
        return _chosen(question, answers)
    derived = kind in EXACT
    shape: Shape = Open(ordered=derived, letter=derived)
    values, wanted = [answer["value"] for answer in answers], None
    if kind == "calls":
        shape = calls_shape(question["functions"])
        values = [as_value(value) for value in values]
        wanted = Format(FormatKind.TOOLS, dumps(question["functions"]))
    values = _read(values, shape, str(question["prompt"]), wanted)
    decision = decide([Ballot(value) for value in values], shape, derived=derived)
    value, leading, asked = decision.value, decision.leading, _asked(values, shape, derived)
    stopped = decide([Ballot(v) for v in values[:asked]], shape, derived=derived).value
    told = () if derived else tuple(_believed(decision, question["gold"], answers))
    if kind == "calls":
        value, leading, stopped = as_calls(value), as_calls(leading), as_calls(stopped)
    right = exact if derived else f1
    gold = question["gold"]
    measures = right(value, gold, kind), right(leading, gold, kind)
    return Drawn(value, *measures, decision.composed, asked, told, right(stopped, gold, kind))


def _read(values: Sequence[Json], shape: Shape, prompt: str, wanted: Format | None) -> list[Json]:
    """The values, their texts as workers read them."""
    read = [leaf for value in values for leaf in leaves.read(dumps(value), prompt, wanted)]
    return in_common(values, read, shape, Plan().numeric_tolerance)


def _asked(values: Sequence[Json], shape: Shape, derived: bool) -> int:
    """How many of these votes are asked for, wave by wave."""
    asked = min(len(values), stopping.first_wave(derived=derived))
    while more := stopping.votes_wanted(
        decide([Ballot(value) for value in values[:asked]], shape, derived=derived),
        len(values) - asked,
    ):
        asked += more
    return asked


def _believed(
    decision: Decision, gold: Any, answers: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[float, bool]]:
    """The confidence in each element that was kept, and whether it is right."""
    one_voter = len({answer["model"] for answer in answers}) == 1
    right = _elements(gold)
    for part in decision.parts:
        if part.element and not part.absent:
            name = part.path.split("/")[1] if isinstance(gold, dict) else ""
            sure = trust.confidence(part, len(answers), one_voter=one_voter)
            yield sure, (name, json.dumps(part.value)) in right


def _chosen(question: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Drawn:
    """The chosen text, or what these answers say to the sentences of one that was judged."""
    texts = [answer["text"] for answer in answers]
    if "labels" in question:
        told = tuple(one for s in question["sentences"] for one in _as_one(s))
        points = supported(told, texts, [1.0] * len(texts))
        return Drawn(
            question["main"],
            tuple(point.support for point in points),
            tuple(label == "accurate" for label in question["labels"]),
            False,
            len(texts),
        )
    chosen = choose(texts, [1.0] * len(texts))
    scores = [answer["score"] for answer in answers]
    gap = scores[chosen.number] - fmean(scores), max(scores) - fmean(scores)
    return Drawn(texts[chosen.number], gap, 0.0, False, len(texts))


def _as_one(text: str) -> Sequence[Sentence]:
    parts = sentences(text)
    words = frozenset().union(*(part.words for part in parts))
    return [Sentence(text, words, frozenset().union(*(part.specific for part in parts)))]


def exact(value: Json, gold: Any, kind: str) -> float:
    """1 for the right value, 0 for any other."""
    if kind == "calls":
        return float(are_right(value, gold))
    return float(value == gold and _types(value) == _types(gold))


def _types(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def are_right(calls: Any, gold: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each call is one of those allowed, in any order."""
    left = list(gold)
    for call in calls:
        fits = [g for g in left if _is_allowed(call, g)]
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _is_allowed(call: Mapping[str, Any], gold: Mapping[str, Any]) -> bool:
    if call["name"] != gold["name"]:
        return False
    allowed, given = gold["arguments"], call["arguments"]
    if not given.keys() <= allowed.keys():
        return False
    return all(
        any(_plain(given[name]) == _plain(one) for one in values) if name in given else "" in values
        for name, values in allowed.items()
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(c for c in value.casefold() if c.isalnum())
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value


def f1(value: Json, gold: Json, kind: str) -> float:
    """Of the elements, each with its field where there are fields."""
    ours, theirs = _elements(value), _elements(gold)
    if not ours and not theirs:
        return 1.0
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _elements(value: Json) -> set[tuple[str, str]]:
    fields = value.items() if isinstance(value, dict) else [("", value)]
    return {
        (name, json.dumps(element))
        for name, elements in fields
        for element in (elements if isinstance(elements, list) else [elements])
    }


def _summary(drawn: Sequence[tuple[Mapping[str, Any], int, Drawn]]) -> dict[str, float]:
    kind = str(drawn[0][0]["kind"])
    if kind == "text":
        return _text_summary([one for _, _, one in drawn], judged="labels" in drawn[0][0])
    name = "exact" if kind in EXACT else "f1"
    each = [one for _, _, one in drawn]
    believed = [pair for one in each for pair in one.believed]
    return {
        name: fmean(one.right for one in each),
        "whole": fmean(one.whole for one in each),
        "composed": fmean(one.composed for one in each),
        "votes": fmean(one.votes for one in each),
        "stopped": fmean(one.stopped for one in each),
        **({"ece": calibration_error(believed)} if believed else {}),
    }


def calibration_error(believed: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error, in ten bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for sure, right in believed:
        bins[min(9, int(sure * 10))].append((sure, right))
    return sum(
        len(told) * abs(fmean(s for s, _ in told) - fmean(r for _, r in told))
        for told in bins.values()
    ) / len(believed)


def _text_summary(drawn: Sequence[Drawn], *, judged: bool) -> dict[str, float]:
    votes = fmean(one.votes for one in drawn)
    if judged:
        supports = [support for one in drawn for support in one.right]
        accurate = [label for one in drawn for label in one.whole]
        return {"auroc": auroc(supports, accurate), "votes": votes}
    gained, possible = fmean(one.right[0] for one in drawn), fmean(one.right[1] for one in drawn)
    return {"gap_closed": gained / possible if possible else 0.0, "composed": 0.0, "votes": votes}


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How likely a true one has the higher score than a false one; ties count half."""
    ranked = sorted(zip(scores, labels, strict=True))
    below = right = 0.0
    for _, tied in groupby(ranked, key=lambda pair: pair[0]):
        found = [label for _, label in tied]
        true, false = sum(found), len(found) - sum(found)
        right += true * (below + false / 2)
        below += false
    above = len(ranked) - below
    return right / (above * below) if above * below else 0.5


if __name__ == "__main__":
    raise SystemExit(main())
