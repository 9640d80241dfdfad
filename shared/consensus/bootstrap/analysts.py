"""Who analyses tasks where CONSENSUS_ANALYSIS asks for a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.util import find_spec

from consensus.adapters.models.panel_file import endpoint_of_service, read_panel
from consensus.config import Settings
from consensus.usecases.analyst import Analyst

Close = Callable[[], Awaitable[None]]


def analyst(settings: Settings) -> tuple[Analyst | None, Close]:
    """The analyst, None where the rules analyse; and how to close it. Raises ConfigurationError.

    The demo panel plays its own tasks and knows nothing of analysis, so it is not asked. Nor does
    the cloud's supervisor ask: the key of the endpoint stays with the workers.
    """
    if settings.analysis == "rules":
        return None, _nothing
    if not settings.has_endpoint or find_spec("httpx2") is None:
        return Analyst(None), _nothing
    from consensus.adapters.models.openai_model import OpenAIModel  # noqa: PLC0415  not in every bundle

    model = OpenAIModel(endpoint_of_service(read_panel(settings), settings))
    return Analyst(model), model.close


async def _nothing() -> None:
    """Nothing is open."""
