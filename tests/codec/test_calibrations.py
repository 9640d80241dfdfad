"""The calibration file."""

from __future__ import annotations

from pathlib import Path

import pytest

from consensus.adapters.local.calibration_file import read_calibrations
from consensus.codec.calibrations import from_json, to_json
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, DecodeError
from consensus.core.model import Calibration, Strategy

KNOWN = {Strategy.NUMERIC: Calibration((0.5, -1.25), 40, ("a-model",))}


def test_what_is_written_can_be_read() -> None:
    """Weights and counts survive."""
    assert from_json(to_json(KNOWN)) == KNOWN
    older = '{"exact": {"weights": [1, 2], "tasks": 30}}'
    assert from_json(older) == {Strategy.EXACT: Calibration((1.0, 2.0), 30)}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}x", '{"odd": {}}', '{"exact": {"weights": [1]}}', '{"exact": []}',
     '{"exact": {"weights": [1], "tasks": 1, "models": [2]}}',
     '{"exact": {"weights": [NaN], "tasks": 1}}', '{"exact": {"weights": ["x"], "tasks": 1}}'],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    """A file of another shape is one error."""
    with pytest.raises(DecodeError):
        from_json(text)


def test_the_setting_names_the_file(tmp_path: Path) -> None:
    """No setting, no calibration; a missing or broken file stops the start."""
    file = tmp_path / "calibration.json"
    assert read_calibrations(Settings()) == {}
    with pytest.raises(ConfigurationError, match="CONSENSUS_CALIBRATION"):
        read_calibrations(Settings(calibration=file))
    file.write_text(to_json(KNOWN))
    assert read_calibrations(Settings(calibration=file)) == KNOWN
