"""What reading the texts of JSON answers is worth: python -m benchmarks.notations [--json]

Invented invoices, of which each voter writes dates, sums, measures and names in a notation of its
own, and some of which a voter gets wrong. For several sizes of panel: the share of fields that are
decided rightly, in whatever notation, and the share of them that at least 60% agree on, with the
texts compared by their letters and as workers read them; and how many wrong values were joined
with right ones.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from statistics import fmean

from consensus.core.model import Leaf, Plan
from consensus.core.parts.composing import Ballot, decide
from consensus.core.parts.documents import Json, dumps
from consensus.core.parts.leaves import in_common
from consensus.core.parts.places import same
from consensus.core.parts.shapes import Open
from consensus.readers import leaves

SIZES = (3, 5, 10)
RIGHT = 0.7  # how often a voter has a field right
AGREED = 0.6
PROMPT = "Extract the fields of this delivery note as JSON."
# Each field's values, each in its notations.
FIELDS: Mapping[str, Sequence[Sequence[str]]] = {
    "delivery_date": (
        ("2024-03-01", "1 March 2024", "March 1st, 2024", "1 Mar 2024"),
        ("2024-03-02", "2 March 2024", "March 2, 2024"),
        ("2023-03-01", "1 March 2023"),
    ),
    "total": (
        ("$1,200", "1200 USD", "$1,200.00", "1,200 dollars"),
        ("$1,020", "1020 USD"),
        ("€1,200", "1200 EUR"),
    ),
    "weight": (("2.5 kg", "2500 g", "2.5 kilograms"), ("2.5 lb", "2.5 pounds"), ("25 kg",)),
    "transit_time": (("90 minutes", "1.5 hours", "1 h 30 min"), ("90 hours",), ("15 minutes",)),
    "arrival_time": (("7:30 PM", "19:30", "19:30:00"), ("7:30 AM", "07:30"), ("19:35",)),
    "discount": (("25%", "25 percent"), ("2.5%",), ("20%", "20 percent")),
    "city": (("Berlin", "berlin", "BERLIN"), ("Bern",), ("East Berlin",)),
    "pieces": (("12", "twelve"), ("20", "twenty"), ("1.2",)),
    "fragile": (("yes", "Yes", "true"), ("no", "No")),
    "order_number": (("INV-0042", "inv-0042"), ("INV-042",), ("INV-0043",)),
}


def main() -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    report = measure(options.draws, options.seed)
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))
    return 0


def measure(draws: int, seed: int) -> dict[str, dict[str, dict[str, float]]]:
    """Shares (0..1) by size of panel, by letters and as read."""
    dice = random.Random(seed)  # noqa: S311
    panels = {n: [[_record(dice) for _ in range(n)] for _ in range(draws)] for n in SIZES}
    return {
        str(n): {
            "by letters": _measured(some, read=False),
            "as read": _measured(some, read=True),
        }
        for n, some in panels.items()
    }


def _record(dice: random.Random) -> dict[str, Json]:
    """A vote on an invoice whose right values are the first ones."""
    return {
        name: dice.choice(values[0] if dice.random() < RIGHT else dice.choice(values[1:]))
        for name, values in FIELDS.items()
    }


def _measured(panels: Sequence[Sequence[dict[str, Json]]], *, read: bool) -> dict[str, float]:
    right, agreed, merged = [], [], 0
    for votes in panels:
        known: list[Leaf] = []
        for vote in votes if read else ():
            known += leaves.read(dumps(vote), PROMPT, None)
        values = in_common(votes, known, Open(), Plan().numeric_tolerance)
        decision = decide(map(Ballot, values), Open(), derived=False)
        for part in decision.parts:
            rights = FIELDS[part.path.removeprefix("/")][0]
            right.append(part.value in rights)
            agreed.append(part.value in rights and part.agreement >= AGREED)
        merged += sum(_merged(values, name) for name in FIELDS)
    return {"right": fmean(right), "agreed": fmean(agreed), "merged": float(merged)}


def _merged(values: Sequence[Json], name: str) -> int:
    """Pairs of a right and a wrong text that count as the same."""
    said = [value[name] for value in values if isinstance(value, dict)]
    told = [text for text in said if text in FIELDS[name][0]]
    return sum(same(a, b, Open()) for a in told for b in said if b not in FIELDS[name][0])


if __name__ == "__main__":
    raise SystemExit(main())
