"""Which Firestore indexes a query needs, by the rules of production: the emulator asks for none.

A query with equalities and an order is served by an index of those fields in front of that order,
or by several of which each has some of the fields, in front of the same order; Firestore joins
them. https://firebase.google.com/docs/firestore/query-data/index-overview
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.cloud.firestore_v1.types import StructuredAggregationQuery, StructuredQuery

PLANNED = Path(__file__).parents[1] / "infra" / "agreed" / "least.json"
UP, DOWN, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
BY_NAME = ("__name__", UP)

_Operator = StructuredQuery.FieldFilter.Operator
_EQUAL = (_Operator.EQUAL, _Operator.IN)  # the latter is as many queries, one for each value

Field = tuple[str, str]  # its path, and how it is indexed


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a collection: its fields in their order."""

    collection: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a query asks of indexes: the fields that equal something, then the order of results."""

    collection: str
    equal: frozenset[Field]
    order: tuple[Field, ...]


def shape(query: StructuredQuery, summed: Collection[str] = ()) -> Shape:
    """The shape of a query; summed are the fields that an aggregation reads from the index."""
    (source,) = query.from_
    equal: set[Field] = set()
    order = [(o.field.field_path, o.direction.name) for o in query.order_by]
    for one in _filters(query.where):
        path = one.field.field_path
        if one.op in _EQUAL:
            equal.add((path, UP))
        elif one.op is _Operator.ARRAY_CONTAINS:
            equal.add((path, CONTAINS))
        elif path not in (named for named, _ in order):  # a range is in its field's order
            order.insert(0, (path, UP))
    order += [(path, UP) for path in summed]
    if "__name__" not in (path for path, _ in order):
        order.append(("__name__", order[-1][1] if order else UP))
    return Shape(source.collection_id, frozenset(equal), tuple(order))


def aggregated(query: StructuredAggregationQuery) -> Shape:
    """The shape of a query that counts or sums."""
    summed = [a.sum.field.field_path for a in query.aggregations if "sum" in a]
    return shape(query.structured_query, summed)


def serving(asked: Shape, indexes: Collection[Index]) -> frozenset[Index] | None:
    """The indexes that Firestore would read; None where it would refuse the query."""
    if not asked.equal and asked.order == (BY_NAME,):
        return frozenset()  # which every collection has
    heads = {
        index: frozenset(index.fields[: -len(asked.order)])
        for index in indexes
        if index.collection == asked.collection and index.fields[-len(asked.order) :] == asked.order
    }
    useful = {i: head for i, head in heads.items() if head <= asked.equal}
    whole = [i for i, head in useful.items() if head == asked.equal]
    if whole:
        return frozenset(whole)
    if not useful or frozenset().union(*useful.values()) != asked.equal:
        return None
    heads_alone = set(useful.values())
    return frozenset(i for i, head in useful.items() if not any(head < h for h in heads_alone))


def planned() -> frozenset[Index]:
    """The indexes that Terraform makes, as tests/infra agreed to them."""
    return frozenset(_planned(json.loads(PLANNED.read_text())))


def _planned(resources: dict[str, Any]) -> Iterator[Index]:
    for address, told in resources.items():
        if address.startswith("google_firestore_index."):
            fields = (
                (f["field_path"], f.get("order") or f["array_config"]) for f in told["fields"]
            )
            yield Index(told["collection"], tuple(fields))
        elif address.startswith("google_firestore_field."):
            for single in told["index_config"][0].get("indexes", []):
                order = single["order"]
                yield Index(told["collection"], ((told["field"], order), ("__name__", order)))


def _filters(where: StructuredQuery.Filter) -> Iterator[StructuredQuery.FieldFilter]:
    """Those that must all hold. A kind that no store of ours uses is an error."""
    if "composite_filter" in where:
        for inner in where.composite_filter.filters:
            yield from _filters(inner)
    elif "field_filter" in where:
        yield where.field_filter
    elif where:
        raise NotImplementedError(where)  # no store of ours asks so: a new kind is to be read here
