"""Providers of OpenAI's protocol as people have them: where each is, and whose key it takes.

What an endpoint refuses is learned from the endpoint; what is told of it here is for people. The
page docs/providers.md is made of this table.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. base_url has parts in capitals where it is each customer's own.

    key is the environment variable that usually holds its key, "" where it takes none; refuses is
    what of our requests it is known to refuse or to pass over.
    """

    name: str
    title: str
    base_url: str
    key: str
    refuses: str = ""
    note: str = ""

    @property
    def is_template(self) -> bool:
        """Whether the address has a part to fill in."""
        return any(c.isupper() for c in self.base_url)


PROVIDERS: Final = (
    Provider(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        "reasoning models: temperature, log-probabilities; streams before verification",
    ),
    Provider(
        "azure",
        "Azure OpenAI",
        "https://RESOURCE.openai.azure.com/openai/v1",
        "AZURE_OPENAI_API_KEY",
        "older API versions: max_completion_tokens",
        "the model is the deployment's name; of an older API the address is "
        "https://RESOURCE.openai.azure.com/openai/deployments/NAME?api-version=VERSION",
    ),
    Provider(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com/v1",
        "ANTHROPIC_API_KEY",
        "log-probabilities and schemas have no effect",
    ),
    Provider(
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        "log-probabilities, on most models",
    ),
    Provider(
        "vertex",
        "Google Vertex AI",
        "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION"
        "/endpoints/openapi",
        "VERTEX_TOKEN",
        "log-probabilities, on most models",
        "the key is what `gcloud auth print-access-token` prints, good for an hour",
    ),
    Provider(
        "mistral",
        "Mistral",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        "max_completion_tokens, log-probabilities, stream_options",
        "its thinking models send content in parts",
    ),
    Provider(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        "GROQ_API_KEY",
        "log-probabilities; schemas, on some models",
    ),
    Provider(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        "schemas; its reasoner: log-probabilities",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        "what the provider behind the model refuses, often as 404",
    ),
    Provider(
        "together",
        "Together",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
        "schemas, on some models",
    ),
    Provider("ollama", "Ollama", "http://localhost:11434/v1", "", "older ones: log-probabilities"),
    Provider("lmstudio", "LM Studio", "http://localhost:1234/v1", "", "log-probabilities"),
    Provider(
        "vllm",
        "vLLM",
        "http://localhost:8000/v1",
        "",
        "a system role or two turns of one role, where the model's template does",
    ),
    Provider(
        "llamacpp",
        "llama.cpp",
        "http://localhost:8080/v1",
        "",
        "a system role or two turns of one role, where the model's template does",
    ),
)


def provider(name: str) -> Provider:
    """The provider of that name. Raises ValueError, which names the likeliest."""
    known = {one.name: one for one in PROVIDERS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name[:40].lower(), known, 1)
    advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    raise ValueError(f"is no provider that is known here; {advice}")


def with_keys(environment: Mapping[str, str]) -> list[Provider]:
    """The providers whose keys the environment has, apart from the one that needs no address."""
    return [
        one for one in PROVIDERS if one.key and one.name != "openai" and environment.get(one.key)
    ]
