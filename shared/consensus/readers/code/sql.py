"""SQL in one form, through its parser."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_CLAUSE = re.compile(
    r"(?:where|order by|group by|having|limit|(?:inner |left |right )?join)\b", re.I
)
_FLIPPED = {exp.GT: exp.LT, exp.GTE: exp.LTE}


def normal(text: str) -> str | None:
    """The normal form of a statement, or of a clause; None where it is none."""
    lead = "SELECT * FROM t " if _CLAUSE.match(text) else ""
    try:
        parsed = sqlglot.parse_one(lead + text.rstrip("; \n"))
    except (SqlglotError, RecursionError):
        return None
    if parsed is None or isinstance(parsed, exp.Command):
        return None
    for ordered in parsed.find_all(exp.Ordered):
        ordered.set("desc", ordered.args.get("desc") or None)  # ascending is what is not said
    parsed = _unnamed(parsed).transform(_one_form)
    for joined in reversed(list(parsed.find_all(exp.And, exp.Or))):
        if not isinstance(joined.parent, type(joined)):
            joined.replace(_in_order(joined))
    if isinstance(parsed, exp.And | exp.Or):
        parsed = _in_order(parsed)
    return parsed.sql(normalize=True, identify=False).removeprefix(lead)


def _unnamed(parsed: exp.Expr) -> exp.Expr:
    """The only thing that is selected, whatever it is called."""
    if isinstance(parsed, exp.Select) and len(parsed.expressions) == 1:
        (only,) = parsed.expressions
        if isinstance(only, exp.Alias):
            only.replace(only.this)
    return parsed


def _one_form(node: exp.Expr) -> exp.Expr:
    """COUNT(1) as COUNT(*), BETWEEN as two comparisons, and those with the smaller side first."""
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Literal):
        return exp.Count(this=exp.Star())
    if isinstance(node, exp.Between):
        return exp.And(
            this=exp.LTE(this=node.args["low"], expression=node.this),
            expression=exp.LTE(this=node.this.copy(), expression=node.args["high"]),
        )
    for kind, flipped in _FLIPPED.items():
        if type(node) is kind:
            return flipped(this=node.expression, expression=node.this)
    if isinstance(node, exp.EQ | exp.NEQ) and isinstance(node.this, exp.Literal):
        return type(node)(this=node.expression, expression=node.this)
    if isinstance(node, exp.Fetch) and node.args.get("count") is not None:
        return exp.Limit(expression=node.args["count"])
    if isinstance(node, exp.Join) and node.args.get("kind") in ("INNER", "OUTER"):
        node.set("kind", None)
    if isinstance(node, exp.EQ) and isinstance(node.this, exp.Column):
        sides = sorted((node.this, node.expression), key=lambda side: side.sql(normalize=True))
        if all(isinstance(side, exp.Column) for side in sides):
            return exp.EQ(this=sides[0], expression=sides[1])
    return node


def _in_order(joined: exp.Expr) -> exp.Expr:
    """What is joined by AND, or by OR, in one order."""
    parts = sorted(joined.flatten(), key=lambda part: part.sql(normalize=True))
    build = exp.and_ if isinstance(joined, exp.And) else exp.or_
    return build(*(part.copy() for part in parts), copy=False)
