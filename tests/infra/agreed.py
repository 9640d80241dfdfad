"""The plan as it was agreed: every value of it, so that none changes without being looked at.

The tables of checks.py and wiring.py say what must hold and why; these files hold the rest. Write
them anew with `make infra-accept`, and read the difference: it is what would happen in the cloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.infra.plans import ROOT, Plan
from tests.infra.sources import sources

# Maps of ours, to which no provider adds anything of its own.
MAPS = ("environment_variables",)

FOLDER = Path(__file__).parent / "agreed"
TERRAFORM = ROOT / "infra" / "terraform"
_KINDS = "resource|check|data|import|provider|terraform|moved|variable|output"
_SAID = re.compile(r"(description|error_message)\s+=")
_BLOCK = re.compile(rf"^({_KINDS})\b([^{{\n]*)\{{\n(.*?)^\}}", re.M | re.S)
_ORDERS = re.compile(
    r"^  (?:depends_on\s+= \[.*?^  \]|depends_on\s+= \[[^\n]*\]|lifecycle \{.*?^  \})", re.M | re.S
)


def values(plan: Plan) -> dict[str, Any]:
    """All that is known of the plan, by resource; of files, their names."""
    return {resource.address: _without_folders(resource.values) for resource in plan}


def beyond(whole: Mapping[str, Any], least: Mapping[str, Any]) -> dict[str, Any]:
    """The resources of a plan that are otherwise in the least there is, or not in it."""
    return {address: told for address, told in whole.items() if least.get(address) != told}


def order(terraform: Path) -> dict[str, list[str]]:
    """What no plan shows: what waits for what, life cycles, imports, what variables may be, whence
    comes what Google alone knows; and which policies are asked."""
    infra = terraform.parent
    scans = [infra / "checkov.yaml", *sorted((infra / "policies").iterdir())]
    found = {path.name: path.read_text().splitlines() for path in scans}
    for path in sorted(terraform.glob("*.tf")):
        for kind, labels, body in _BLOCK.findall(path.read_text()):
            # What is read while planning is in no plan: its whole text stands for it.
            text = _ORDERS.findall(body) if kind == "resource" else [body]
            lines = [line.strip() for part in text for line in part.splitlines()]
            told = [
                line
                for line in lines
                if line and not line.startswith("#") and not _SAID.match(line)
            ]
            if told:
                name = f"{kind} {labels.strip()}".replace('"', "").strip()
                found.setdefault(name, []).extend(told)
    for block, statements in sources(terraform).items():
        found.setdefault(block, []).extend(statements)
    return found


def read(name: str) -> dict[str, Any]:
    """What was agreed under that name."""
    agreed: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return agreed


def write(name: str, agreed: Mapping[str, Any]) -> None:
    """Agree."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(agreed, indent=1, sort_keys=True, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def _without_folders(told: dict[str, Any]) -> dict[str, Any]:
    return told | (
        {"source": Path(told["source"]).name} if "bucket" in told and "source" in told else {}
    )


def differences(agreed: Any, found: Any, *, exact: bool = True, path: str = "") -> Iterator[str]:
    """What is otherwise than was agreed, a sentence each.

    exact: where false, values that were not agreed may stand beside those that were, as where
    Google's own provider fills in what it knows.
    """
    if isinstance(agreed, dict) and isinstance(found, dict):
        for name in sorted(agreed.keys() | found.keys()):
            inner = f"{path}.{name}" if path else name
            if name not in found:
                yield f"{inner} is gone"
            elif name in agreed:
                yield from differences(agreed[name], found[name], exact=exact, path=inner)
            elif exact or not path or not agreed or path.endswith(MAPS):
                yield f"{inner} is new"
    elif isinstance(agreed, list) and isinstance(found, list) and len(agreed) == len(found):
        for n, (one, other) in enumerate(zip(agreed, found, strict=True)):
            yield from differences(one, other, exact=exact, path=f"{path}[{n}]")
    elif agreed != found:
        yield f"{path} is {found!r}, not {agreed!r}"
