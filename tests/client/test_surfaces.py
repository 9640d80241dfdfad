"""Client and AsyncClient by inspection: what one has, the other has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from consensus import AsyncClient, Client

ASYNC_ONLY = {"aclose": "close"}  # by the name that plain code has for it


def _surface(of: type) -> dict[str, Callable[..., Any]]:
    return {
        name: method
        for name, method in inspect.getmembers(of, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_have_the_same_methods() -> None:
    """Whatever async code can do, plain code can."""
    theirs = {ASYNC_ONLY.get(name, name) for name in _surface(AsyncClient)}
    assert set(_surface(Client)) == theirs


@pytest.mark.parametrize("name", sorted(_surface(AsyncClient)))
def test_each_takes_the_same(name: str) -> None:
    """Names, kinds and defaults of the arguments, and their types."""
    there, here = _surface(AsyncClient)[name], _surface(Client)[ASYNC_ONLY.get(name, name)]
    assert inspect.signature(here).parameters == inspect.signature(there).parameters
    told, said = get_type_hints(here), get_type_hints(there)
    assert told.pop("return", None) is not None
    assert told == {name: kind for name, kind in said.items() if name != "return"}


def test_both_begin_alike() -> None:
    """But for the pause, which belongs to a loop."""
    there = dict(inspect.signature(AsyncClient).parameters)
    del there["pause"]
    assert inspect.signature(Client).parameters == there
