"""The page of settings: every setting, as the code has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from consensus.config import Settings

ROOT = Path(__file__).parent.parent


def test_the_page_is_what_the_settings_say() -> None:
    """docs/settings.md lists every setting with its default and its description."""
    check = [sys.executable, str(ROOT / "scripts" / "settings"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_setting_is_in_a_section() -> None:
    """None is lost on the way from the class to the page, and none stands before a heading."""
    page = (ROOT / "docs" / "settings.md").read_text()
    before, *sections = page.split("\n## ")
    rows = [line for section in sections for line in section.splitlines() if line[:3] == "| `"]
    assert len(rows) == len(Settings.model_fields)
    assert "| `" not in before
    assert all("| `" in section for section in sections)
