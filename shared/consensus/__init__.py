"""One trusted answer from many LLM votes."""

from __future__ import annotations

import os

# As `typing` has it, whose import is most of this package's own: Ctrl-C meanwhile is a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from consensus.client import AsyncClient, Client
    from consensus.library import Consensus

# gRPC's C library writes to the terminal by itself, ordinary goodbyes of its peers among it; what
# matters reaches us as errors. It looks here once, when it is imported.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "Consensus", "__version__"]


def __getattr__(name: str) -> object:
    # Deployables import this package too, and none of them wants the embedded stack.
    if name == "Consensus":
        from consensus.library import Consensus  # noqa: PLC0415

        return Consensus
    if name in ("AsyncClient", "Client"):
        from consensus import client  # noqa: PLC0415

        return getattr(client, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
