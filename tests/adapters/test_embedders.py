"""The embedders, and which one the settings choose."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from types import ModuleType

import numpy as np
import pytest
from pydantic import SecretStr
from starlette.responses import Response

from consensus.adapters import embedders
from consensus.adapters.embedders import (
    EndpointEmbedder,
    LocalEmbedder,
    NoEmbedder,
    WhileOffered,
    choose,
)
from consensus.adapters.http_server import serving
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.model import AbstentionReason as Why
from consensus.demo import server as demo
from tests.adapters.misbehaving import Json, always, endpoint, error


def _settings(url: str = "http://127.0.0.1:9/v1", **changes: object) -> Settings:
    told = {"openai_api_key": SecretStr("k"), "openai_base_url": url}
    return Settings().with_changes(**(told | changes))


def _vector(packed: bytes) -> np.ndarray:
    return np.frombuffer(packed, dtype="<f4")


def _vectors(*vectors: object) -> Response:
    data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
    body = {"object": "list", "model": "e-1", "data": data, "usage": {}}
    return Response(json.dumps(body), media_type="application/json")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """sentence-transformers seems installed; its model counts letters. The models loaded so far."""
    loaded: list[str] = []

    class Counter:
        def __init__(self, name: str) -> None:
            loaded.append(name)

        def encode(self, sentences: list[str], *, show_progress_bar: bool) -> np.ndarray:
            if not all(sentences):
                raise RuntimeError("no letters")
            return np.array([[s.count("a"), s.count("b")] for s in sentences], dtype=np.float64)

    library = ModuleType("sentence_transformers")
    library.SentenceTransformer = Counter  # type: ignore[attr-defined]
    library.__spec__ = importlib.util.spec_from_loader(library.__name__, loader=None)
    monkeypatch.setitem(sys.modules, library.__name__, library)
    return loaded


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """sentence-transformers seems absent."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


async def test_the_endpoint_s_vectors_are_unit_float32() -> None:
    """A vector comes as little-endian float32 of length 1; the name tells model and dimension."""
    sent: list[Json] = []
    async with endpoint(always(_vectors([3.0, 4.0])), sent) as url:
        embedder = EndpointEmbedder(_settings(url))
        packed = await embedder.embed("x" * 10_000)
        await embedder.close()

    assert _vector(packed).tolist() == pytest.approx([0.6, 0.8])
    assert embedder.name == "e-1/2"
    assert sent[0]["model"] == "text-embedding-3-small"
    assert len(sent[0]["input"]) == embedders.MAX_CHARACTERS


async def test_the_demo_panel_s_vectors_say_that_they_are_lexical() -> None:
    """The bundled panel's vectors carry its own model's name, whatever was asked for."""
    async with serving(demo.build(seed=0, latency_ms=0)) as port:
        embedder = EndpointEmbedder(_settings(f"http://127.0.0.1:{port}/v1"))
        packed = await embedder.embed("Canberra")
        await embedder.close()

    assert embedder.name == "demo-lexical/256"
    assert np.linalg.norm(_vector(packed)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "response",
    [
        _vectors(),
        _vectors([]),
        _vectors([0.0, 0.0]),
        _vectors([[1.0]]),
        _vectors(["a"]),
        _vectors([1.0, None]),
        _vectors([1e300, 1.0]),
        Response("<html>", media_type="text/html"),
        Response("{", media_type="application/json"),
        error(500),
    ],
)
async def test_what_is_no_vector_is_a_model_s_failure(response: Response) -> None:
    """A reply without a usable vector ends as MODEL_FAILED."""
    async with endpoint(always(response)) as url:
        embedder = EndpointEmbedder(_settings(url))
        with pytest.raises(ModelError) as failed:
            await embedder.embed("Canberra")
        await embedder.close()

    assert failed.value.why is Why.MODEL_FAILED


async def test_an_endpoint_without_embeddings_is_asked_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An endpoint that refuses embeddings is asked no more, and the log says so once."""
    sent: list[Json] = []
    async with endpoint(always(error(404)), sent) as url:
        inner = EndpointEmbedder(_settings(url))
        embedder = WhileOffered(inner)
        with caplog.at_level(logging.WARNING):
            vectors = [await embedder.embed("Canberra") for _ in range(3)]
        await inner.close()

    assert vectors == [b"", b"", b""]
    assert embedder.name == ""
    assert len(sent) == len(caplog.records) == 1
    assert "by their words alone" in caplog.text


async def test_an_endpoint_in_trouble_is_asked_again() -> None:
    """A passing failure is told to the caller, and does not end embeddings."""
    async with endpoint(always(error(503))) as url:
        inner = EndpointEmbedder(_settings(url))
        embedder = WhileOffered(inner)
        with pytest.raises(ModelError):
            await embedder.embed("Canberra")
        await inner.close()

    assert embedder.name == "text-embedding-3-small"


async def test_no_embedder_has_no_vectors() -> None:
    """Without an embedder there is no vector and no name."""
    assert (await NoEmbedder().embed("Canberra"), NoEmbedder().name) == (b"", "")


async def test_the_local_model_is_loaded_once(installed: list[str]) -> None:
    """The model is loaded with the first text alone; the name tells model and dimension."""
    embedder = LocalEmbedder("some/model")
    assert installed == []
    packed = [await embedder.embed(text) for text in ("aaabbbb", "b")]

    assert installed == ["some/model"]
    assert _vector(packed[0]).tolist() == pytest.approx([0.6, 0.8])
    assert embedder.name == "some/model/2"


async def test_many_texts_are_embedded_at_once(installed: list[str]) -> None:
    """Each of many texts gets the vector that it would get alone; none get none."""
    embedder = LocalEmbedder("some/model")
    together = await embedder.embed_all(["aaabbbb", "b"])

    assert together == [await embedder.embed("aaabbbb"), await embedder.embed("b")]
    assert await embedder.embed_all([]) == []


async def test_a_local_failure_is_a_model_s_failure(installed: list[str]) -> None:
    """Whatever the libraries below raise ends as MODEL_FAILED, without the text."""
    with pytest.raises(ModelError, match="RuntimeError") as failed:
        await LocalEmbedder("some/model").embed("")

    assert failed.value.why is Why.MODEL_FAILED


def test_auto_prefers_sentence_transformers(installed: list[str]) -> None:
    """auto is the local model where sentence-transformers is installed."""
    assert isinstance(choose(_settings()), LocalEmbedder)


@pytest.mark.usefixtures("not_installed")
def test_auto_falls_back_to_the_endpoint() -> None:
    """auto is the endpoint, while it offers embeddings, where it is not."""
    assert isinstance(choose(_settings()), WhileOffered)


@pytest.mark.usefixtures("not_installed")
def test_local_needs_sentence_transformers() -> None:
    """local without sentence-transformers is a setting that cannot work."""
    with pytest.raises(ConfigurationError, match="sentence-transformers"):
        choose(_settings(embedder="local"))


def test_the_others_are_taken_at_their_word(installed: list[str]) -> None:
    """endpoint and none are what they say, though a local model could be had."""
    assert isinstance(choose(_settings(embedder="endpoint")), EndpointEmbedder)
    assert isinstance(choose(_settings(embedder="none")), NoEmbedder)


async def test_a_real_model_knows_a_paraphrase() -> None:
    """A real sentence model puts a paraphrase nearer than another topic."""
    pytest.importorskip("sentence_transformers", reason="needs: make setup-semantic")
    pytest.importorskip(embedders.PACKAGED_MODEL, reason="needs: make setup-semantic")
    embedder = LocalEmbedder()
    texts = ("The cat sat on the mat.", "A cat was sitting on a rug.", "Taxes rose in spring.")
    cat, rug, taxes = [_vector(await embedder.embed(text)) for text in texts]

    assert cat @ rug > 0.5 > cat @ taxes
    assert embedder.name == "sentence-transformers/all-MiniLM-L6-v2/384"
