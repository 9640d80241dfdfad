"""The calibration that CONSENSUS_CALIBRATION names."""

from __future__ import annotations

from consensus.codec import calibrations
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, DecodeError
from consensus.core.model import Calibration, Strategy


def read_calibrations(settings: Settings) -> dict[Strategy, Calibration]:
    """By strategy; none where none is named. Raises ConfigurationError."""
    if settings.calibration is None:
        return {}
    try:
        return calibrations.from_json(settings.calibration.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError, DecodeError) as error:
        message = f"CONSENSUS_CALIBRATION: {settings.calibration} cannot be read: {error}"
        raise ConfigurationError(message) from error
