"""The dashboard, through the functions framework."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from consensus.core.explanation import WHY_ABSTAINED
from consensus.core.model import AbstentionReason
from consensus.doors import dashboard
from consensus.doors.identity import ApiKeys
from tests.entrypoints.conftest import Function, Service

LIBRARY = Path(dashboard.__file__).parents[1] / "dashboard" / "lit-html"
DIGESTS = {
    "directive-helpers.js": "784b94f8f7995de1",
    "directive.js": "28d10666ee53ea41",
    "directives/repeat.js": "34e618f670a0b84d",
    "lit-html.js": "22115ca1002e4afc",
}


async def test_the_page_comes_whole(service: Service, function: Function) -> None:
    """Each file that the page or its modules name is served, as what it is; nothing else is."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        page, reference = await client.get("/"), await client.get("/docs")
        wanted = re.findall(r'(?:href|src)="(dashboard/[^"]+)"', page.text + reference.text)
        kinds: dict[str, str] = {}
        while wanted:
            name = wanted.pop()
            if name not in kinds:
                file = await client.get(f"/{name}")
                kinds[name] = file.headers["content-type"]
                imported = re.findall(r'from\s*"(\.[^"]+)"', file.text)
                wanted += [posixpath.normpath(f"{name}/../{other}") for other in imported]
        strangers = ("index", "..%2fconfig.py", "../config.py", "lit-html/LICENSE", "lit-html", "")
        statuses = [(await client.get(f"/dashboard/{name}")).status_code for name in strangers]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert kinds.pop("dashboard/style.css") == "text/css; charset=utf-8"
    assert set(kinds.values()) == {"text/javascript; charset=utf-8"}
    assert {"dashboard/app.js", "dashboard/lit-html/directives/repeat.js"} <= set(kinds)
    assert statuses == [404] * len(strangers)


async def test_an_unchanged_file_is_not_sent_again(service: Service, function: Function) -> None:
    """A browser that has it is told so; one that has another gets it."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        tag = (await client.get("/dashboard/app.js")).headers["etag"]
        for known, status in ((tag, 304), (f"W/{tag}", 304), ('"other"', 200)):
            again = await client.get("/dashboard/app.js", headers={"if-none-match": known})
            assert again.status_code == status
            assert bool(again.content) is (status == 200)


@pytest.mark.parametrize("demo", [True, False])
def test_the_page_knows_whether_answers_are_scripted(demo: bool) -> None:
    """So that it can say so before anybody takes one for a model's."""
    app = Starlette(routes=dashboard.routes(demo=demo))
    assert TestClient(app).get("/dashboard/about.json").json()["demo"] is demo


def test_the_page_knows_why_a_seat_abstains_in_the_words_of_the_result() -> None:
    """One table of words: what the page says of a seat and what the explanation says agree."""
    app = Starlette(routes=dashboard.routes())
    told = TestClient(app).get("/dashboard/about.json").json()["reasons"]
    assert set(told) == set(AbstentionReason)
    assert told["DECLINED"] == WHY_ABSTAINED[AbstentionReason.DECLINED]


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_the_page_can_load_nothing_foreign(
    service: Service, function: Function, path: str
) -> None:
    """Its policy allows its own files alone: no inline code, so that no answer can become any."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        page = await client.get(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", page.text)


@pytest.mark.parametrize("path", ["/", "/docs", "/dashboard/app.js"])
async def test_the_page_needs_no_key(service: Service, function: Function, path: str) -> None:
    """A browser cannot send a key before the page has asked for it; tasks stay behind it."""
    service.identity = ApiKeys(f"ann:{'0' * 64}")
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get("/v1/tasks")).status_code == 401


def test_the_library_is_as_it_was_published() -> None:
    """lit-html 3.3.3, less the addresses of its source maps: nobody mends a copy by hand."""
    found = {
        str(path.relative_to(LIBRARY)): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in LIBRARY.rglob("*.js")
    }
    assert found == DIGESTS
