"""instructor: an object read from the answer; and an error."""

from __future__ import annotations

import instructor
import openai
from instructor.core import InstructorError
from pydantic import BaseModel
from said import KEY, MODEL, OBJECT, SPLIT, URL


class Number(BaseModel):
    """What is asked for."""

    number: int


client = instructor.from_openai(
    openai.OpenAI(base_url=URL, api_key=KEY), mode=instructor.Mode.MD_JSON
)


def asked(model: str, prompt: str) -> Number:
    """The object, tried once."""
    return client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": prompt}],
        response_model=Number,
        max_retries=1,
    )


assert asked(MODEL, OBJECT).number == 4

for model, prompt in (("gpt-4o", OBJECT), (MODEL, SPLIT)):
    try:
        asked(model, prompt)
    except InstructorError:
        pass
    else:
        raise AssertionError("there was no answer to read")
