"""Everything that is wrong with a request, told at once: a reader goes on after a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

from consensus.core.errors import CallerError, Mistake

MOST_KEPT: Final = 20  # of one request; what comes after these is not looked at
MOST_IN_A_SENTENCE: Final = 5


class Mistakes:
    """Gathers what is wrong with a request."""

    def __init__(self) -> None:
        self._errors: list[CallerError] = []

    @contextmanager
    def gathered(self, pointer: str = "", parameter: str = "") -> Iterator[None]:
        """Keep the CallerError raised within, and go on. Names its place as `at` does."""
        try:
            with at(pointer, parameter):
                yield
        except CallerError as error:
            self._errors.append(error)
        if len(self._errors) >= MOST_KEPT:
            self.tell()

    def tell(self) -> None:
        """Raise what was gathered as one error, of the first one's kind; return if it is none."""
        if not self._errors:
            return
        first, *others = self._errors
        if not others:
            raise first
        mistakes = tuple(mistake for error in self._errors for mistake in told(error))
        said = " ".join(mistake.detail for mistake in mistakes[:MOST_IN_A_SENTENCE])
        more = len(mistakes) - MOST_IN_A_SENTENCE
        every = type(first)(f"{said} And {more} more." if more > 0 else said)
        every.mistakes = mistakes
        raise every


@contextmanager
def at(pointer: str = "", parameter: str = "") -> Iterator[None]:
    """Say of errors within which member of the body, or parameter, is wrong, unless they do."""
    try:
        yield
    except CallerError as error:
        if not error.mistakes and (pointer or parameter):
            error.mistakes = (Mistake(str(error), pointer, parameter),)
        raise


def told(error: CallerError) -> tuple[Mistake, ...]:
    """The mistakes of an error; itself, without a place, if it names none."""
    return error.mistakes or (Mistake(str(error)),)


def pointer_to(*names: str) -> str:
    """The JSON Pointer of a member of the body, as a URI fragment; its names are cut."""
    steps = (name[:80].replace("~", "~0").replace("/", "~1") for name in names)
    return "#/" + "/".join(quote(step, errors="replace") for step in steps)
