"""The calibration file: how often results were right, by strategy, as `replay --learn` found it.

{"numeric": {"weights": [...], "tasks": 120, "models": ["gpt-4o-mini"]}, ...}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from consensus.core.errors import DecodeError
from consensus.core.model import Calibration, Strategy


def to_json(calibrations: Mapping[Strategy, Calibration]) -> str:
    """The file's text."""
    fields = {
        s: {"weights": list(c.weights), "tasks": c.tasks, "models": list(c.models)}
        for s, c in calibrations.items()
    }
    return json.dumps(fields, indent=2) + "\n"


def from_json(text: str) -> dict[Strategy, Calibration]:
    """What the text holds. Raises DecodeError."""
    try:
        return {Strategy(name): _calibration(entry) for name, entry in json.loads(text).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = "a calibration file maps strategies to weights and tasks"
        raise DecodeError(message) from error


def _calibration(entry: Mapping[str, object]) -> Calibration:
    weights, tasks = entry["weights"], entry["tasks"]
    if not isinstance(weights, list) or type(tasks) is not int:
        raise TypeError
    read = tuple(float(weight) for weight in weights)
    if not all(map(math.isfinite, read)):
        raise ValueError
    models = entry.get("models", [])
    if not isinstance(models, list) or not all(isinstance(name, str) for name in models):
        raise TypeError
    return Calibration(read, tasks, tuple(models))
