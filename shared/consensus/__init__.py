"""One trusted answer from many LLM votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consensus.library import Consensus

__version__ = "0.1.0"
__all__ = ["Consensus", "__version__"]


def __getattr__(name: str) -> object:
    # Deployables import this package too, and none of them wants the embedded stack.
    if name == "Consensus":
        from consensus.library import Consensus  # noqa: PLC0415

        return Consensus
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
