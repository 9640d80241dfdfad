"""The dashboard, through the functions framework."""

from __future__ import annotations

import re

import pytest

from consensus.doors.identity import ApiKeys
from tests.entrypoints.conftest import Function, Service


async def test_the_page_comes_whole(service: Service, function: Function) -> None:
    """Each file that the page names is served, as what it is; nothing else of the folder is."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        page = await client.get("/")
        named = re.findall(r'(?:href|src)="(dashboard/[^"]+)"', page.text)
        kinds = {name: (await client.get(f"/{name}")).headers["content-type"] for name in named}
        strangers = [await client.get(f"/dashboard/{name}") for name in ("index", "..%2fconfig.py")]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert kinds == {
        "dashboard/style.css": "text/css; charset=utf-8",
        "dashboard/app.js": "text/javascript; charset=utf-8",
    }
    assert [stranger.status_code for stranger in strangers] == [404, 404]


async def test_the_page_can_load_nothing_foreign(service: Service, function: Function) -> None:
    """Its policy allows its own files alone: no inline code, so that no answer can become any."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", page.text)


@pytest.mark.parametrize("path", ["/", "/dashboard/app.js"])
async def test_the_page_needs_no_key(service: Service, function: Function, path: str) -> None:
    """A browser cannot send a key before the page has asked for it; tasks stay behind it."""
    service.identity = ApiKeys(f"ann:{'0' * 64}")
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get("/v1/tasks")).status_code == 401
