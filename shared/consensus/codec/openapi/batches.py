"""OpenAI's files and batches: their paths and their schemas."""

from __future__ import annotations

from consensus.codec.batch_lines import ROUTES
from consensus.codec.openai_batches import COMPLETION_WINDOW, MOST_A_PAGE, PURPOSES
from consensus.codec.openapi.calls import call, in_header, in_path, in_query
from consensus.codec.openapi.options import request_options
from consensus.codec.openapi.shapes import COUNT, FLAG, TEXT, Json, object_of, one_of, or_null, ref
from consensus.core.batches import Status


def paths() -> Json:
    """The routes of files and batches, each with its calls."""
    one, key = in_path("id"), in_header("Idempotency-Key", "the same key gives the same batch")
    file, batch = ref("File"), ref("Batch")
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}
    paging = [in_query("limit", limit), in_query("after", TEXT, "the id before the page")]
    form = object_of(
        {"purpose": {"const": "batch"}, "file": {"type": "string", "format": "binary"}}
    )
    upload = call("Keep a file of requests, one a line", file)
    upload["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    content = call("What is in a file", None)
    content["responses"]["200"]["content"] = {"application/jsonl": {"schema": TEXT}}
    return {
        "/v1/files": {
            "get": call(
                "Your files, newest first",
                ref("List"),
                [*paging, in_query("purpose", {"enum": list(PURPOSES)})],
            ),
            "post": upload,
        },
        "/v1/files/{id}": {
            "parameters": [one],
            "get": call("What is known of a file", file),
            "delete": call("Forget a file", {"type": "object"}),
        },
        "/v1/files/{id}/content": {"parameters": [one], "get": content},
        "/v1/batches": {
            "get": call("Your batches, newest first", ref("List"), paging),
            "post": call("Ask every line of a file", batch, [key], body=ref("BatchRequest")),
        },
        "/v1/batches/{id}": {"parameters": [one], "get": call("A batch as it stands", batch)},
        "/v1/batches/{id}/cancel": {
            "parameters": [one],
            "post": call("Ask no more of it; one that has ended stays as it is", batch),
        },
    }


def schemas() -> Json:
    """What their calls take and answer."""
    at = or_null(COUNT)
    counts = object_of(dict.fromkeys(("total", "completed", "failed"), COUNT))
    whens = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling")
    return {
        "File": object_of(
            {
                "id": TEXT,
                "object": {"const": "file"},
                "bytes": COUNT,
                "created_at": COUNT,
                "expires_at": at,
                "filename": TEXT,
                "purpose": {"enum": list(PURPOSES)},
                "status": {"const": "processed"},
            }
        ),
        "Batch": object_of(
            {
                "id": TEXT,
                "object": {"const": "batch"},
                "endpoint": {"enum": list(ROUTES)},
                "errors": or_null({"type": "object"}),
                "input_file_id": TEXT,
                "completion_window": {"const": COMPLETION_WINDOW},
                "status": one_of(Status),
                "output_file_id": or_null(TEXT),
                "error_file_id": or_null(TEXT),
                "created_at": COUNT,
                "expires_at": COUNT,
                **{f"{when}_at": at for when in (*whens, "cancelled")},
                "request_counts": counts,
                "metadata": {"type": "object", "additionalProperties": TEXT},
            }
        ),
        "BatchRequest": {
            "type": "object",
            "properties": {
                "input_file_id": TEXT,
                "endpoint": {"enum": list(ROUTES)},
                "completion_window": or_null({"const": COMPLETION_WINDOW}),
                "metadata": or_null(request_options()["metadata"]),
            },
            "required": ["input_file_id", "endpoint"],
            "additionalProperties": False,
        },
        "List": object_of(
            {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"type": "object"}},
                "first_id": or_null(TEXT),
                "last_id": or_null(TEXT),
                "has_more": FLAG,
            }
        ),
    }
