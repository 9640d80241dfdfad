"""Whose certificates an HTTP client trusts."""

from __future__ import annotations

import ssl


def trusted(url: str) -> ssl.SSLContext | bool:
    """What `verify` of a client for this URL takes: everybody whom it trusts by itself, for https.

    Nobody for http, which shows no certificate: to load them all takes longer than a short call.
    """
    return True if url[:6].lower() == "https:" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
