"""What callers ask of listings over HTTP: queries to values.

As with bodies, reading is total, and every mistake is told with its parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consensus.codec.mistakes import Mistakes
from consensus.codec.requests import UnknownField, metadata_entry
from consensus.core.errors import InvalidTask
from consensus.core.model import Outcome, State

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which tasks a listing shows. The filters are those of `ports.Listing`."""

    state: State | None = None
    outcome: Outcome | None = None
    metadata: tuple[str, str] | None = None
    since: datetime | None = None
    unsettled: bool = False
    everyone: bool = False
    size: int = PAGE_SIZE
    token: str = ""


def read_page_query(query: Mapping[str, str]) -> PageQuery:
    """The query of a listing. Raises InvalidTask (an unknown name too)."""
    found = Mistakes()
    size, token = _paging(query, tuple(_FILTERS), found)
    values: dict[str, Any] = {}
    for name, read in _FILTERS.items():
        with found.gathered(parameter=name):
            if said := query.get(name):
                values[name] = read(said)
    with found.gathered(parameter="everyone"):
        if values.get("everyone") and not values.get("unsettled"):
            raise InvalidTask("everyone goes with unsettled=true.")
    found.tell()
    return PageQuery(**values, size=size, token=token)


def read_paging(query: Mapping[str, str]) -> tuple[int, str]:
    """The size and the token of a page, of a listing without filters. Raises InvalidTask."""
    found = Mistakes()
    size, token = _paging(query, (), found)
    found.tell()
    return size, token


def _paging(query: Mapping[str, str], filters: tuple[str, ...], found: Mistakes) -> tuple[int, str]:
    known = (*filters, "page_size", "page_token")
    for name in query:
        with found.gathered(parameter=name[:80]):
            if name not in known:
                raise UnknownField(f"A listing takes {', '.join(known)}, and nothing else.")
    size = query.get("page_size")
    if size and not (_WHOLE.fullmatch(size) and 1 <= int(size) <= MAX_PAGE_SIZE):
        with found.gathered(parameter="page_size"):
            raise InvalidTask(f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}.")
        size = None
    return int(size) if size else PAGE_SIZE, query.get("page_token", "")


def _state(said: str) -> State:
    if said not in State.__members__:
        raise InvalidTask(f"state must be one of {', '.join(State)}.")
    return State(said)


def _outcome(said: str) -> Outcome:
    if said not in Outcome.__members__:
        raise InvalidTask(f"outcome must be one of {', '.join(Outcome)}.")
    return Outcome(said)


def _entry(said: str) -> tuple[str, str]:
    """One metadata entry, as name=value."""
    name, equals, value = said.partition("=")
    if not (name and equals):
        raise InvalidTask("metadata must be one entry, as name=value.")
    ((name, value),) = metadata_entry(name, value).items()
    return name, value


def _moment(said: str) -> datetime:
    """A time with its offset from UTC; a query's + may have been read as a space."""
    try:
        moment = datetime.fromisoformat(said.replace(" ", "+"))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidTask("since must be an RFC 3339 time, such as 2026-11-28T09:30:00Z.")


def _flag(name: str) -> Callable[[str], bool]:
    def read(said: str) -> bool:
        if said not in ("true", "false"):
            raise InvalidTask(f"{name} must be true or false.")
        return said == "true"

    return read


_FILTERS: Mapping[str, Callable[[str], object]] = {
    "state": _state,
    "outcome": _outcome,
    "metadata": _entry,
    "since": _moment,
    "unsettled": _flag("unsettled"),
    "everyone": _flag("everyone"),
}
