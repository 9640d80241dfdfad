"""The paths of the HTTP surface, each with its calls."""

from __future__ import annotations

from consensus.codec.openapi import batches
from consensus.codec.openapi.calls import call, in_header, in_path, in_query, stream
from consensus.codec.openapi.shapes import TEXT, TIME, Json, one_of, ref
from consensus.codec.queries import MAX_PAGE_SIZE
from consensus.core.model import Outcome, State


def paths() -> Json:
    """Every route with its calls."""
    task_id = in_path("id")
    prefer = in_header("Prefer", "wait=N: up to N seconds, at most 600, for the end")
    key = in_header("Idempotency-Key", "the same key and body give the same task for a day")
    resume = in_header("Last-Event-ID", "tell what came after this event")
    paging = [
        in_query("page_size", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}),
        in_query("page_token", TEXT),
    ]
    filters = [
        in_query("state", one_of(State)),
        in_query("outcome", one_of(Outcome)),
        in_query("metadata", TEXT, "name=value"),
        in_query("since", TIME),
        in_query("unsettled", {"enum": ["true", "false"]}, "what waits for a decision"),
        in_query("everyone", {"enum": ["true", "false"]}, "others' too, where you may decide"),
    ]
    task, anything = ref("Task"), {"type": "object"}
    return {
        "/health": {"get": call("Liveness", anything, public=True)},
        "/ready": {"get": call("Store, queue and workers, for operators", anything)},
        "/openapi.json": {"get": call("This document", anything, public=True)},
        "/v1/tasks": {
            "get": call("Your tasks, newest first", ref("Page"), [*filters, *paging]),
            "post": call(
                "Ask the panel",
                task,
                [key, prefer],
                body=ref("Request"),
                statuses={"202": "asked; not at its end yet", "200": "at its end, as preferred"},
                limited=True,
            ),
        },
        "/v1/tasks/{id}": {
            "parameters": [task_id],
            "get": call("A task as it stands", task, [prefer]),
            "delete": call("Erase a task", None, statuses={"204": "erased"}),
        },
        "/v1/tasks/{id}/votes": {
            "parameters": [task_id],
            "get": call("Every ballot, whole", ref("Votes"), paging),
        },
        "/v1/tasks/{id}/parts": {
            "parameters": [task_id],
            "get": call("The parts of an answer, each with its agreement", anything, paging),
        },
        "/v1/tasks/{id}/events": {
            "parameters": [task_id],
            "get": stream("planned, vote, abstention, tally, result", [resume]),
        },
        "/v1/tasks/{id}/cancel": {
            "parameters": [task_id],
            "post": call("End a task; a finished one stays as it is", task),
        },
        "/v1/tasks/{id}/feedback": {
            "parameters": [task_id],
            "post": call(
                "Say whether its answer is right, or what is",
                ref("Feedback"),
                body=ref("Judgement"),
            ),
        },
        "/v1/events": {"get": stream("listening, task, gone")},
        "/v1/statistics": {"get": call("Figures over your last tasks", anything)},
        "/v1/models": {"get": call("The models that OpenAI clients may name", anything)},
        "/v1/chat/completions": {
            "post": call(
                "Consensus as a model, in OpenAI's shape",
                anything,
                [key],
                body=anything,
                limited=True,
            )
        },
        "/v1/responses": {
            "post": call(
                "The same, as OpenAI's Responses API", anything, [key], body=anything, limited=True
            )
        },
        "/mcp": {
            "post": call(
                "Tools for agents: the Model Context Protocol over streamable HTTP",
                anything,
                body=anything,
                statuses={"200": "a message, or a stream of them", "202": "heard"},
            )
        },
        **batches.paths(),
    }
