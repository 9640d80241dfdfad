"""Whose certificates are trusted."""

from __future__ import annotations

import ssl

import pytest

from consensus.tls import trusted


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "HTTPS://llm.example.com"])
def test_https_is_checked_against_whom_everybody_trusts(url: str) -> None:
    """Whatever the case of its scheme."""
    assert trusted(url) is True


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "localhost:1234/v1", ""])
def test_where_no_certificate_is_shown_none_is_trusted(url: str) -> None:
    """So that a connection that turns out to be TLS after all fails, and is not taken on faith."""
    context = trusted(url)
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.get_ca_certs() == []
