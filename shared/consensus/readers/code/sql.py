"""SQL in one form, through its parser."""

from __future__ import annotations

import re
from collections import Counter

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_CLAUSE = re.compile(
    r"(?:where|order by|group by|having|limit|(?:inner |left |right )?join)\b", re.I
)
# A condition alone: price BETWEEN 10 AND 20.
_CONDITION = re.compile(
    r"(?!select\b|insert\b|update\b|delete\b|create\b|alter\b|drop\b|with\b)\w[\w.]*\s*"
    r"(?:between\b|(?:not )?(?:in|like)\b|is (?:not )?null\b|<=|>=|<>|!=|=|<|>)",
    re.I,
)
_FLIPPED = {exp.GT: exp.LT, exp.GTE: exp.LTE}


def normal(text: str) -> str | None:
    """The normal form of a statement, or of a clause; None where it is none."""
    lead = "SELECT * FROM t " if _CLAUSE.match(text) else ""
    if not lead and _CONDITION.match(text):  # where the question asks for SQL
        lead = "SELECT * FROM t WHERE "
    try:
        parsed = sqlglot.parse_one(lead + text.rstrip("; \n"))
    except (SqlglotError, RecursionError):
        return None
    if parsed is None or isinstance(parsed, exp.Command | exp.Column | exp.Alias):
        return None
    for ordered in parsed.find_all(exp.Ordered):
        ordered.set("desc", ordered.args.get("desc") or None)  # ascending is what is not said
    parsed = _distinct(_of_one_table(_unaliased(_unnamed(parsed)))).transform(_one_form)
    for joined in reversed(list(parsed.find_all(exp.And, exp.Or))):
        if not isinstance(joined.parent, type(joined)):
            joined.replace(_in_order(joined))
    if isinstance(parsed, exp.And | exp.Or):
        parsed = _in_order(parsed)
    return parsed.sql(normalize=True, identify=False).removeprefix(lead)


def _unnamed(parsed: exp.Expr) -> exp.Expr:
    """What is selected, whatever it is called; elsewhere in the statement, by what it is."""
    if not isinstance(parsed, exp.Select):
        return parsed
    named = [each for each in parsed.expressions if isinstance(each, exp.Alias)]
    called = {each.alias.casefold(): each.this for each in named}
    for clause in ("order", "having", "group"):
        for column in parsed.args[clause].find_all(exp.Column) if parsed.args.get(clause) else ():
            meant = called.get(column.name.casefold()) if not column.table else None
            if meant is not None:
                column.replace(meant.copy())
    for each in named:
        each.replace(each.this)
    return parsed


def _unaliased(parsed: exp.Expr) -> exp.Expr:
    """Tables that stand in it once, by their names and not by other ones."""
    tables = list(parsed.find_all(exp.Table))
    told = Counter(name for t in tables for name in {t.name.casefold(), t.alias.casefold()} - {""})
    for table in tables:
        alias = table.alias.casefold()
        if not alias or told[table.name.casefold()] > 1 or told[alias] > 1:
            continue
        for column in parsed.find_all(exp.Column):
            if column.table.casefold() == alias:
                column.set("table", exp.to_identifier(table.name))
        table.set("alias", None)
    return parsed


def _of_one_table(parsed: exp.Expr) -> exp.Expr:
    """A statement about one table, or with one in each of its parts: columns need not name it."""
    for part in (parsed, *parsed.find_all(exp.Select)):
        tables = [t for t in part.find_all(exp.Table) if _part_of(t, parsed) is part]
        if len(tables) != 1 or part.args.get("joins"):
            continue
        names = {tables[0].name.casefold(), tables[0].alias.casefold()}
        for column in part.find_all(exp.Column):
            if column.table.casefold() in names and _part_of(column, parsed) is part:
                column.set("table", None)
        if not any(c.table.casefold() in names for c in part.find_all(exp.Column)):
            tables[0].set("alias", None)  # no inner part speaks of it
    return parsed


def _part_of(node: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """The innermost SELECT that it stands in."""
    return node.find_ancestor(exp.Select) or whole


def _distinct(parsed: exp.Expr) -> exp.Expr:
    """SELECT a FROM t GROUP BY a as SELECT DISTINCT a FROM t."""
    group = parsed.args.get("group") if isinstance(parsed, exp.Select) else None
    if group is None or parsed.args.get("having") or set(group.args) - {"expressions"}:
        return parsed
    selected, grouped = (
        [one.sql(normalize=True) for one in node.expressions] for node in (parsed, group)
    )
    if sorted(selected) != sorted(grouped) or parsed.find(exp.AggFunc) is not None:
        return parsed
    parsed.set("group", None)
    parsed.set("distinct", exp.Distinct())
    return parsed


def _one_form(node: exp.Expr) -> exp.Expr:
    """COUNT(1) as COUNT(*), BETWEEN as two comparisons, and those with the smaller side first."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.is_type("date"):
        return node.this  # DATE '2020-01-01'
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
