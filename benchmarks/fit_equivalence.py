"""Fit the weights of the evidence: python -m benchmarks.fit_equivalence FILE.jsonl

A line is {"question": str, "a": [aliases], "b": str, "equivalent": bool}. The weights are fitted on
pairs of three kinds, since votes meet votes in service and people judged answers against lists of
aliases: an answer and the alias that it is nearest to, the same with only a few of the aliases
known, and two answers to one question of which at least one was judged right. Held-out figures come
from folds that share no question. Writes core/equivalence/learned.py.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.equivalence import Judged, embedded, read
from consensus.core import equivalence
from consensus.core.equivalence.contradiction import contradict
from consensus.core.equivalence.evidence import NAMES, evidence
from consensus.core.equivalence.meaning import Meaning, cosine, meaning_of
from consensus.core.equivalence.pair import side_by_side
from consensus.core.equivalence.semantic import THRESHOLD
from consensus.core.model import Reading

Floats = NDArray[np.float64]
FOLDS = 5
RIGHT = 0.6  # the share of right answers that the weights are fitted to: most panels do no better
RIDGE = 3.0
ROUNDS = 3  # of choosing the nearest alias and fitting again
FEW = 3  # aliases
WRITTEN = Path(equivalence.__file__).parent / "learned.py"


@dataclass(frozen=True)
class Pairs:
    """Pairs of answers: what was found of each, whether it contradicts, and the case it is of.

    A case is right if any of its pairs is the same; question numbers the question of each case.
    """

    found: Floats
    contradict: NDArray[np.bool_]
    case: NDArray[np.int64]
    right: NDArray[np.bool_]
    question: NDArray[np.int64]


def main() -> None:
    """Fit, tell the held-out figures, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="judged answers, one JSON object a line")
    parser.add_argument(
        "--vectors", type=Path, help="where vectors are kept (.npz); made if absent"
    )
    options = parser.parse_args()
    judged = read(options.file)
    vectors = _vectors(judged, options.vectors) if options.vectors else {}
    kinds = {name: _pairs(cases, vectors) for name, cases in _cases(judged).items()}
    columns = [_without_cosine(kinds), *([kinds] if vectors else [])]
    for data, title in zip(columns, ("words alone", "words and vectors"), strict=False):
        print(f"held out, {title}:")
        for name, accuracy, even in _held_out(data):
            print(f"  {name:<8} accuracy {accuracy:.4f}, at {RIGHT:.0%} right {even:.4f}")
    _write([_fit(list(data.values())) for data in columns])


Case = tuple[int, str, tuple[str, ...], str, bool]  # question number, question, these, that, same


def _cases(judged: Sequence[Judged]) -> dict[str, list[Case]]:
    """The three kinds of cases."""
    by_question: dict[str, list[Judged]] = defaultdict(list)
    for pair in judged:
        by_question[pair.question].append(pair)
    random = np.random.default_rng(0)
    kinds: dict[str, list[Case]] = {"aliases": [], "few": [], "votes": []}
    for number, (question, pairs) in enumerate(by_question.items()):
        for pair in pairs:
            known = random.permutation(np.array(pair.aliases, dtype=object))[
                : random.integers(1, FEW + 1)
            ]
            for kind, aliases in (
                ("aliases", pair.aliases),
                ("few", (*known, _plainest(pair.aliases))),
            ):
                kinds[kind].append((number, question, aliases, pair.answer, pair.equivalent))
        for one, other in itertools.combinations(pairs, 2):
            if one.equivalent or other.equivalent:
                both = one.equivalent and other.equivalent
                kinds["votes"].append((number, question, (one.answer,), other.answer, both))
    return kinds


def _plainest(aliases: Sequence[str]) -> str:
    """The alias most like all the others, which is the one that people would use."""
    letters = [
        frozenset(a.casefold()[i : i + 3] for i in range(max(1, len(a) - 2))) for a in aliases
    ]
    likeness = [sum(len(x & y) / len(x | y) for y in letters) for x in letters]
    return aliases[int(np.argmax(likeness))]


def _pairs(cases: Sequence[Case], vectors: dict[str, bytes]) -> Pairs:
    found, blocked, case = [], [], []
    for number, (_, question, these, that, _) in enumerate(cases):
        meaning = _meaning(that, question, vectors)
        for text in these:
            other = _meaning(text, question, vectors)
            near = cosine(other, meaning)
            pair = side_by_side(other, meaning)
            found.append((1.0, *evidence(pair), near or 0.0))
            blocked.append(contradict(pair))
            case.append(number)
    return Pairs(
        np.array(found),
        np.array(blocked),
        np.array(case),
        np.array([right for *_, right in cases]),
        np.array([question for question, *_ in cases]),
    )


def _meaning(text: str, question: str, vectors: dict[str, bytes]) -> Meaning:
    vector = vectors.get(text, b"")
    return meaning_of(
        Reading(text, text, vector=vector, embedder="one" if vector else ""), question
    )


def _without_cosine(kinds: dict[str, Pairs]) -> dict[str, Pairs]:
    return {
        name: Pairs(p.found[:, :-1], p.contradict, p.case, p.right, p.question)
        for name, p in kinds.items()
    }


def _held_out(kinds: dict[str, Pairs]) -> Iterable[tuple[str, float, float]]:
    """Of each kind: accuracy as it is, and with right and wrong weighed as in the fit."""
    told: dict[str, NDArray[np.bool_]] = {n: np.zeros(len(p.right), bool) for n, p in kinds.items()}
    for fold in range(FOLDS):
        weights = _fit([_of(p, p.question % FOLDS != fold) for p in kinds.values()])
        for name, pairs in kinds.items():
            held = pairs.question % FOLDS == fold
            told[name][held] = _told(_of(pairs, held), weights)
    for name, pairs in kinds.items():
        hit = told[name] == pairs.right
        yield name, float(hit.mean()), float(np.average(hit, weights=_evened(pairs.right)))


def _of(pairs: Pairs, cases: NDArray[np.bool_]) -> Pairs:
    rows = cases[pairs.case]
    renumbered = np.cumsum(cases) - 1
    return Pairs(
        pairs.found[rows],
        pairs.contradict[rows],
        renumbered[pairs.case[rows]],
        pairs.right[cases],
        pairs.question[cases],
    )


def _told(pairs: Pairs, weights: Floats) -> NDArray[np.bool_]:
    same = (_probability(pairs.found, weights) >= THRESHOLD) & ~pairs.contradict
    told = np.zeros(len(pairs.right), bool)
    np.logical_or.at(told, pairs.case, same)
    return told


def _fit(kinds: Sequence[Pairs]) -> Floats:
    """Logistic regression on each case's likeliest pair, chosen by the weights so far."""
    weights = np.zeros(kinds[0].found.shape[1])
    weights[[1 + NAMES.index("recall"), 1 + NAMES.index("letters")]] = 1.0
    for _ in range(ROUNDS):
        chosen = [p.found[_likeliest(p, weights)] for p in kinds]
        found = np.concatenate(chosen)
        right = np.concatenate([p.right for p in kinds])
        weights = _logistic(found, right, np.concatenate([_evened(p.right) for p in kinds]))
    return weights


def _likeliest(pairs: Pairs, weights: Floats) -> NDArray[np.int64]:
    """Of each case, the pair with the highest score; one that contradicts only if all do."""
    order = np.lexsort((pairs.found @ weights - 100.0 * pairs.contradict, pairs.case))
    last = np.r_[np.flatnonzero(np.diff(pairs.case[order])), len(order) - 1]
    return order[last]


def _logistic(found: Floats, right: NDArray[np.bool_], importance: Floats) -> Floats:
    """Weighted logistic regression with a ridge on all but the bias, by Newton's method."""
    weights = np.zeros(found.shape[1])
    ridge = np.full(len(weights), RIDGE)
    ridge[0] = 0.0
    for _ in range(30):
        p = _probability(found, weights)
        gradient = found.T @ (importance * (p - right)) + ridge * weights
        curvature = (found * (importance * p * (1 - p))[:, None]).T @ found + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _probability(found: Floats, weights: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(found @ weights, -30.0, 30.0)))


def _evened(right: NDArray[np.bool_]) -> Floats:
    """Weights that make the share of right ones RIGHT, and sum to the number of cases."""
    share = right.mean()
    return np.where(right, RIGHT / share, (1 - RIGHT) / (1 - share))


def _vectors(judged: Sequence[Judged], cache: Path) -> dict[str, bytes]:
    texts = sorted({text for pair in judged for text in (*pair.aliases, pair.answer)})
    if not cache.exists():
        made = asyncio.run(embedded(texts))
        rows = np.stack([np.frombuffer(vector, "<f4") for vector in made.values()])
        np.savez(cache, texts=np.frombuffer(json.dumps(list(made)).encode(), np.uint8), rows=rows)
    with np.load(cache) as kept:
        known = json.loads(kept["texts"].tobytes())
        return {text: row.tobytes() for text, row in zip(known, kept["rows"], strict=True)}


def _write(columns: Sequence[Floats]) -> None:
    names = ("bias", *NAMES, "cosine")
    plain = [*columns[0], 0.0]
    near = columns[1] if len(columns) > 1 else plain
    lines = [f'    "{n}": ({a:.3f}, {b:.3f}),' for n, a, b in zip(names, plain, near, strict=True)]
    WRITTEN.write_text(
        '"""Weights of the evidence, as plain numbers. '
        'Written by benchmarks/fit_equivalence.py."""\n\n'
        "from __future__ import annotations\n\n"
        "# name: (weight without vectors, weight with them)\n"
        "WEIGHTS = {\n" + "\n".join(lines) + "\n}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
