"""Ids of tasks and holders: 128 random bits, so that guessing one finds nothing."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """32 lower-case hexadecimal digits."""
    return secrets.token_hex(16)
