"""How answers of the JSON that a caller asked for compare."""

from __future__ import annotations

from functools import lru_cache

from consensus.core.model import Format, FormatKind
from consensus.core.parts.calls import calls_shape
from consensus.core.parts.documents import NotOneValue, held
from consensus.core.parts.shapes import Open, Shape, shape_of


@lru_cache(maxsize=128)
def shape_for(wanted: Format | None, *, derived: bool) -> Shape:
    """The shape of what is wanted. Total: what no schema tells is open."""
    try:
        schema = held(wanted.schema) if wanted and wanted.schema else None
    except NotOneValue:
        schema = None
    if wanted and wanted.kind is FormatKind.TOOLS:
        tools = schema if isinstance(schema, list) else []
        return calls_shape(tool for tool in tools if isinstance(tool, dict))
    if schema is None:
        return Open(ordered=derived, letter=derived)
    return shape_of(schema, derived=derived, letter=derived)
