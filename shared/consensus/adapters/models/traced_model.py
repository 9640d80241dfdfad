"""ChatModel over another one, each call told by a span and figures, as generative AI's conventions
name them: https://opentelemetry.io/docs/specs/semconv/gen-ai/

What was asked and answered is in the span only where OpenTelemetry's own variable opts in:
OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind

from consensus.config import Settings
from consensus.core.errors import ModelError
from consensus.core.model import Message
from consensus.ports import ChatModel, Completion, Form
from consensus.telemetry import figures
from consensus.telemetry.traces import Part, begin

OPT_IN: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
OPENAI: Final = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class TracedModel:
    """See ChatModel. name is the model asked; host and port are its endpoint's."""

    model: ChatModel
    name: str
    host: str
    port: int
    content: bool = False

    @classmethod
    def of(cls, model: ChatModel, settings: Settings) -> TracedModel:
        """The model that the settings name, traced."""
        url = urlsplit(settings.openai_base_url or OPENAI)
        port = url.port or (443 if url.scheme == "https" else 80)
        content = os.environ.get(OPT_IN, "").lower() == "true"
        return cls(model, settings.openai_model, url.hostname or "", port, content)

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        """See ChatModel."""
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",  # the protocol; the server says whose it is
            "gen_ai.request.model": self.name,
            "server.address": self.host,
        }
        part = begin(
            f"chat {self.name}", SpanKind.CLIENT, attributes={**told, "server.port": self.port}
        )
        began = time.monotonic()
        try:
            answer = await self.model.complete(messages, seconds, form, spend)
        except BaseException as error:
            why = error.why.value if isinstance(error, ModelError) else type(error).__name__
            part.fail(error)
            part.note(error__type=why)
            figures.called(time.monotonic() - began, None, {**told, "error.type": why})
            raise
        else:
            self._note(part, messages, answer)
            answered = {**told, "gen_ai.response.model": answer.model}
            figures.called(time.monotonic() - began, answer.usage, answered)
            return answer
        finally:
            part.end()

    def _note(self, part: Part, messages: Sequence[Message], answer: Completion) -> None:
        part.note(
            gen_ai__response__model=answer.model,
            gen_ai__usage__input_tokens=answer.usage.input_tokens,
            gen_ai__usage__output_tokens=answer.usage.output_tokens,
        )
        if self.content:
            asked = [_told(message.role, message.content) for message in messages]
            part.note(
                gen_ai__input__messages=json.dumps(asked, ensure_ascii=False),
                gen_ai__output__messages=json.dumps(
                    [_told("assistant", answer.text)], ensure_ascii=False
                ),
            )


def _told(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
