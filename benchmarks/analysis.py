"""How often task analysis picks the right strategy: python -m benchmarks.analysis FILE.jsonl

A line is {"prompt": str, "strategy": "exact" | "numeric" | "semantic"}.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from consensus.core.analysis import analyse
from consensus.core.model import Message, Options, Strategy


def main() -> int:
    """Print accuracy and the confusion table; exit code 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="prompts of known kind, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    options = parser.parse_args()
    try:
        known = read(options.file)
    except (OSError, ValueError) as error:
        print(f"error: {options.file}: {error}", file=sys.stderr)
        return 2
    report = measure(known)
    print(json.dumps(report) if options.json else _readable(report))
    return 0


def read(path: Path) -> list[tuple[str, Strategy]]:
    """Prompts and their right strategies. Raises ValueError naming the line."""
    known = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                fields = json.loads(line)
                known.append((str(fields["prompt"]), Strategy(fields["strategy"])))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number}: {error!r}") from error
    if not known:
        raise ValueError("no prompt in it")
    return known


def measure(known: list[tuple[str, Strategy]]) -> dict[str, object]:
    """Accuracy, milliseconds a prompt, and how often each right strategy met each chosen one."""
    began = time.perf_counter()
    chosen = [analyse((Message("user", prompt),), Options()).strategy for prompt, _ in known]
    took = time.perf_counter() - began
    met = Counter((right, picked) for (_, right), picked in zip(known, chosen, strict=True))
    return {
        "prompts": len(known),
        "accuracy": sum(n for (right, picked), n in met.items() if right is picked) / len(known),
        "milliseconds": 1000 * took / len(known),
        "confusion": {right: {p: met[right, p] for p in Strategy} for right in Strategy},
    }


def _readable(report: dict[str, object]) -> str:
    confusion = report["confusion"]
    assert isinstance(confusion, dict)
    lines = [
        f"{report['prompts']} prompts, {report['accuracy']:.1%} right, "
        f"{report['milliseconds']:.3f} ms each",
        "",
        "right \\ chosen " + "".join(f"{picked:>10}" for picked in Strategy),
        *(
            f"{right:<15}" + "".join(f"{row[picked]:>10}" for picked in Strategy)
            for right, row in confusion.items()
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
