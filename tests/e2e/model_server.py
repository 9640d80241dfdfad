"""A model server that behaves on cue: its prompts say what it shall answer.

A prompt holds a JSON object: {"answers": [...], "delay": 0.1}. The n-th request for a prompt gets
the n-th answer, the last one again when they run out; null answers nothing until the client leaves.
With "plain" an answer is said as it is, without the form in which a panel is asked for it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local.http_server import serving


class ModelServer:
    """The server's account: how often each prompt was asked, and which calls are open."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: Counter[str] = Counter()
        self._news = threading.Condition()

    def wait_for_calls(self, text: str, times: int) -> None:
        """Return once prompts that begin with the text have been asked that often."""

        def asked() -> bool:
            return sum(n for prompt, n in self.asked.items() if prompt.startswith(text)) >= times

        with self._news:
            assert self._news.wait_for(asked, timeout=30), f"fewer than {times} calls: {text}"

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/models", self._models),
            ]
        )

    async def _models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "cued", "object": "model"}]})

    async def chat(self, request: Request) -> Response:
        """Answer as the prompt says."""
        body = await request.json()
        prompt = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        if '"answer_1": ' in prompt:  # which answers mean the same is for no cue to say
            unknown = json.dumps({"answer": "unknown", "confidence": 0.9})
            return StreamingResponse(self._stream(unknown, 0.05), media_type="text/event-stream")
        cue, _ = json.JSONDecoder().raw_decode(prompt, prompt.index("{"))
        turn = self.asked[prompt]
        with self._news:
            self.asked[prompt] += 1
            self._news.notify_all()
        answer = cue["answers"][min(turn, len(cue["answers"]) - 1)]
        wrapped = json.dumps({"answer": answer, "confidence": 0.9})
        said = answer if answer is None or cue.get("plain") else wrapped
        stream = self._stream(said, cue.get("delay", 0.05))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def _stream(self, answer: str | None, delay: float) -> AsyncIterator[str]:
        yield _chunk({"role": "assistant", "content": ""}, None)
        if answer is None:
            await asyncio.sleep(3600)
        await asyncio.sleep(delay)
        yield _chunk({"content": answer}, None)
        yield _chunk({}, "stop")
        usage = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
        yield _data({"choices": [], "usage": usage})
        yield "data: [DONE]\n\n"


def _chunk(delta: dict[str, str], finish: str | None) -> str:
    return _data({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _data(fields: dict[str, object]) -> str:
    frame = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "cued"} | fields
    return f"data: {json.dumps(frame)}\n\n"


@contextmanager
def model_server(server: ModelServer | None = None) -> Iterator[ModelServer]:
    """Serve in a thread of its own, since the tests that use it wait on processes."""
    server = server or ModelServer()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ending = asyncio.Event()

    async def serve() -> None:
        async with serving(server.app()) as port:
            server.url = f"http://127.0.0.1:{port}/v1"
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20), "the model server did not start"
        yield server
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(20)
        loop.close()
