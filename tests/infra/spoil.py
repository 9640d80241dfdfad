"""Spoil the deployment at random, a line at a time: python -m tests.infra.spoil --count 40 --seed 1

Whoever wrote the tables of wiring.py and checks.py had cases in mind. This has none: a number is
another number, a text another text, a line is gone, a condition is turned round. Each such change
must be refused by Terraform, or be told from the plan that was agreed. 1 where one passes unseen.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.infra import agreed, mixtures, plans
from tests.infra.plans import ROOT, NotPlanned

TURNED = (
    ("true", "false"), ("false", "true"), (" == ", " != "), (" != ", " == "), (" && ", " || "),
    (" > ", " < "), ("ceil(", "floor("), ("setunion(", "setsubtract("), (" ? ", " == null ? "),
)  # fmt: skip
_SILENT = re.compile(r"\s*(#.*|description\b.*|error_message\b.*|[\]\[{}(),]*)$")
_NUMBER = re.compile(r'(?<![\w".-])\d+(?![\w".-])')
_TEXT = re.compile(r'"([^"$]+)"')
_REFERENCE = re.compile(r"^(\s+[\w-]+\s+= )[a-z][\w.]*$")


@dataclass(frozen=True, slots=True)
class Spoiling:
    """Another line in the place of one; an empty one takes it away."""

    file: str
    number: int
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number + 1}\n  - {self.was.strip()}\n  + {self.now.strip()}"


def spoilings(terraform: Path) -> Iterator[Spoiling]:
    """Every change of a line that says something."""
    for path in sorted(terraform.glob("*.tf")):
        for number, line in enumerate(path.read_text().split("\n")):
            if not _SILENT.match(line):
                for now in {*_others(line), ""}:
                    yield Spoiling(path.name, number, line, now)


def _others(line: str) -> Iterator[str]:
    if found := _NUMBER.search(line):
        yield f"{line[: found.start()]}{int(found[0]) + 7}{line[found.end() :]}"
    if found := _TEXT.search(line):
        yield f'{line[: found.start()]}"{found[1]}x"{line[found.end() :]}'
    if found := _REFERENCE.match(line):
        yield f"{found[1]}null"
    for word, other in TURNED:
        if word in line:
            yield line.replace(word, other, 1)


def told(infra: Path, bundles: Path) -> str:
    """What tells that a copy of infra/ is not what was agreed; "" where nothing does."""
    order = agreed.order(infra / "terraform")
    if any(agreed.differences(agreed.read("order"), order)):
        return "its text"
    try:
        least = agreed.values(plans.plan(bundles, infra=infra))
        if any(agreed.differences(agreed.read("least"), least)):
            return "the least plan"
        whole = agreed.values(plans.plan(bundles, *plans.EVERY_OPTION, infra=infra))
        if any(agreed.differences(agreed.read("whole"), agreed.beyond(whole, least))):
            return "the whole plan"
        for number, mixture in enumerate(mixtures.MIXTURES):
            mixed = mixtures.planned(mixture, bundles, infra)
            if any(mixtures.differences(number, mixed)):
                return "a mixture's plan"
    except NotPlanned:
        return "Terraform"
    return ""


def main() -> int:
    """Spoil, and tell what was not seen."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--count", type=int, default=40)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    chance = random.Random(given.seed)
    every = list(spoilings(ROOT / "infra" / "terraform"))
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        bundles = plans.stand_in_bundles(Path(scratch))
        infra = Path(shutil.copytree(ROOT / "infra", bundles / "infra"))
        if already := told(infra, bundles):
            print(f"what there is is not what was agreed: {already} (make infra-accept)")
            return 1
        for spoiling in chance.sample(every, min(given.count, len(every))):
            path = infra / "terraform" / spoiling.file
            text = path.read_text()
            lines = text.split("\n")
            lines[spoiling.number] = spoiling.now
            path.write_text("\n".join(lines))
            by = told(infra, bundles)
            path.write_text(text)
            seen[by or "nothing"] += 1
            if not by:
                print(f"passes unseen: {spoiling}")
    print(f"of {len(every)} changes {seen.total()} were tried, told by:", dict(seen))
    return bool(seen["nothing"])


if __name__ == "__main__":
    sys.exit(main())
