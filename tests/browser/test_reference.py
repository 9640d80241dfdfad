"""The API for readers: what /openapi.json says, as a page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from consensus import __version__
from consensus.codec.openapi import document
from tests.browser.conftest import WIDTHS, Site
from tests.browser.test_page import faults, overflow

DOCUMENT = document(__version__)


async def test_every_call_and_every_shape_is_told(site: Site) -> None:
    """With its parameters and fields; whoever follows a shape's link finds it."""
    page = await site.open()
    await page.get_by_role("link", name="API", exact=True).click()
    await expect(page).to_have_title("HTTP API · Consensus")
    there = {
        (method.upper(), path)
        for path, calls in DOCUMENT["paths"].items()
        for method in calls
        if method != "parameters"
    }
    titles = page.locator(".call h3:has(.method)")
    await expect(titles).to_have_count(len(there))
    told = {tuple((await title.inner_text()).split()) for title in await titles.all()}
    assert told == there
    for name, schema in DOCUMENT["components"]["schemas"].items():
        rows = page.locator(f"#{name} tbody th code")
        assert await rows.all_inner_texts() == list(schema["properties"])
    await page.locator("#post-v1-tasks").get_by_role("link", name="Request").click()
    await expect(page.locator("#Request")).to_be_in_viewport()
    asking = page.locator("#post-v1-tasks pre")
    await expect(asking).to_contain_text('{"prompt":"What is 17% of 2,340?"}')
    assert "undefined" not in await page.locator("main").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_nothing_at_three_widths(site: Site, width: int) -> None:
    """Light and dark: nothing serious, nothing beside the window."""
    for scheme in ("light", "dark"):
        page = await site.open(width=width, color_scheme=scheme)
        await page.goto(f"{site.url}docs")
        await expect(page.locator("#Task")).to_be_visible()
        assert await faults(page) == [], scheme
        assert await overflow(page) <= 0
        await page.close()


async def test_a_document_that_does_not_come_is_said(site: Site) -> None:
    """In a sentence, with what to do."""
    page = await site.open()
    await page.route("**/openapi.json", lambda route: route.fulfill(status=503, body="{}"))
    await page.goto(f"{site.url}docs")
    await expect(page.get_by_role("alert")).to_contain_text("Load the page again")
    await page.close()
    site.complaints.clear()  # the browser tells of the 503 itself
