"""The Prefer header."""

from __future__ import annotations

import pytest

from consensus.doors.prefer import wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        ([""], None),
        (["wait=0"], 0),
        (["wait=10"], 10),
        (["WAIT = 10"], 10),
        (['wait="10"'], 10),
        (["wait=601"], 600),
        (["wait=" + "9" * 5000], 600),
        (["respond-async, wait=10"], 10),
        (["respond-async;x=1;y, wait=10; z=2"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10, wait=20"], 10),
        (["wait=soon, wait=20"], None),
        (['note="a, wait=5", wait=10'], 10),
        (['note="a \\", wait=5", wait=10'], 10),
        (['note="x"; more="a, wait=5", wait=10'], 10),
        (["await=5"], None),
        (["wait-not=5"], None),
        (["wait"], None),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait=²"], None),
        (['"'], None),
        ([",,;=,"], None),
    ],
)
def test_the_wait_is_read_and_all_else_ignored(headers: list[str], seconds: int | None) -> None:
    """RFC 7240: case is free, the first counts, quoted text is no preference, 600 s at most."""
    assert wait(headers) == seconds
