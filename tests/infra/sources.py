"""Where Terraform takes what only Google knows, as its text has it.

An address, a number or a name that Google makes is "known after apply": a plan shows the same,
wherever the deployment takes it from. So the text itself stands for it: each statement that asks a
resource for what its own block does not set, or asks Google's data for anything, and each that uses
such a statement by a local's or a dynamic block's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Tests put known values in their place, and see who uses which: plans.URLS.
KNOWN_TO_TESTS = "urls.tf"

_BLOCK = re.compile(r"^(resource|data|locals)([^{\n]*)\{\n(.*?)^\}", re.M | re.S)
_SET = re.compile(r'^ +"?([\w.-]+)"?\s+=\s')
_SET_ITSELF = re.compile(r"^  (\w+)\s+=\s")  # of the block, and of none within it
_DYNAMIC = re.compile(r'^ +dynamic "(\w+)" \{')
_ASKED = re.compile(r"\b((?:data\.)?google_\w+\.\w+)(?:(?:\[[^\]]*\])?\.(\w+))?")
_USED = re.compile(r"\blocal\.(\w+)|\b(\w+)\.value\b")
_ORDER = "replace_triggered_by"  # of lifecycles, which are agreed whole


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is set: in which block, and under which name others use it, if they do."""

    block: str
    name: str
    text: str


def sources(terraform: Path) -> dict[str, list[str]]:
    """By block, as "resource google_pubsub_topic votes": what takes what Google alone knows."""
    files = [path for path in sorted(terraform.glob("*.tf")) if path.name != KNOWN_TO_TESTS]
    blocks = [block for path in files for block in _blocks(path.read_text())]
    sets = {
        _address(name): {s[1] for s in map(_SET_ITSELF.match, body) if s} for name, body in blocks
    }
    statements = [s for name, body in blocks for s in _statements(name, body)]
    taking = {s for s in statements if _takes(s.text, sets)}
    names: set[str] = set()
    while names != (names := {s.name for s in taking if s.name}):
        taking |= {s for s in statements if names & _used(s.text)}
    found: dict[str, list[str]] = {}
    for statement in statements:
        if statement in taking:
            found.setdefault(statement.block, []).append(statement.text)
    return found


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each block by its name, and its lines without comments."""
    for kind, labels, body in _BLOCK.findall(text):
        lines = [line for line in body.splitlines() if not line.lstrip().startswith("#")]
        yield f"{kind} {labels.strip()}".replace('"', "").strip(), lines


def _address(block: str) -> str:
    """As expressions name it: google_pubsub_topic.votes, data.google_project.this."""
    return block.removeprefix("resource ").replace(" ", ".")


def _statements(block: str, lines: list[str]) -> Iterator[Statement]:
    """The smallest there are: of an object, each thing in it."""
    local = dynamic = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := _DYNAMIC.match(line):
            dynamic = found[1]
        told = _SET.match(line)
        if not told:
            continue
        if block == "locals" and _SET_ITSELF.match(line):
            local = told[1]
        if line.endswith("= {") and number < len(lines) and _SET.match(lines[number]):
            continue  # what is in it comes by itself
        text = [line]
        while _is_open(text) and number < len(lines):
            text.append(lines[number])
            number += 1
        if told[1] != _ORDER:
            name = dynamic if told[1] == "for_each" else local
            yield Statement(block, name, " ".join(" ".join(text).split()))


def _is_open(lines: Iterable[str]) -> bool:
    text = "\n".join(lines)
    return sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))


def _takes(text: str, sets: Mapping[str, set[str]]) -> bool:
    """Whether it asks for what is not set where it is made."""
    for asked, attribute in _ASKED.findall(text):
        attributes = [attribute] if attribute else _of_each(asked, text)
        if asked.startswith("data.") or not sets.get(asked, set()).issuperset(attributes):
            return True
    return False


def _of_each(resource: str, text: str) -> list[str]:
    """What a `for` over all that there are of a resource asks of each."""
    found = re.search(rf"for (?:\w+, )?(\w+) in {re.escape(resource)}\s*:", text)
    return re.findall(rf"\b{found[1]}\.(\w+)", text) if found else []


def _used(text: str) -> set[str]:
    return {name for pair in _USED.findall(text) for name in pair if name}
