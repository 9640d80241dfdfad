"""The Prefer header (RFC 7240), as far as this service reads it: wait=N."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONGEST_WAIT: Final = 600  # seconds

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's token, no secret
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# A preference with its parameters; what lies between two matches is a separator or is ignored.
_PREFERENCE = re.compile(
    rf"({_TOKEN})\s*(?:=\s*({_TOKEN}|{_QUOTED}))?(?:\s*;(?:[^,\"]|{_QUOTED})*)?"
)


def wait(headers: Iterable[str]) -> int | None:
    """Seconds that the caller would wait for the end, at most LONGEST_WAIT; None: not asked.

    The first wait counts; one that is not a whole number is ignored, as are other preferences.
    """
    for header in headers:
        for name, value in _PREFERENCE.findall(header):
            if name.lower() == "wait":
                seconds = value.strip('"')
                valid = seconds.isascii() and seconds.isdigit()
                return min(int(seconds[:9]), LONGEST_WAIT) if valid else None
    return None
