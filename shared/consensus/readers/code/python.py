"""Python in one form: what two ways of writing the same expression have in common."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable

_ITERATES = frozenset("sum any all min max sorted set list tuple dict frozenset".split())
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_SYMMETRIC = (ast.Eq, ast.NotEq)
_DENIED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot, ast.In: ast.NotIn, ast.Eq: ast.NotEq,
    ast.IsNot: ast.Is, ast.NotIn: ast.In, ast.NotEq: ast.Eq,
}  # fmt: skip


def normal(text: str) -> str | None:
    """The normal form of a piece of Python; None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not tree.body or _is_prose(tree, text):
        return None
    if len(tree.body) == 1:
        tree.body = [_without_name(tree.body[0])]
    tree = ast.fix_missing_locations(_Normal().visit(tree))
    return ast.dump(tree, annotate_fields=False)


def _is_prose(tree: ast.Module, text: str) -> bool:
    """Whether it parses for being one bare word or number, and is no code for it."""
    return (
        len(tree.body) == 1
        and isinstance(tree.body[0], ast.Expr)
        and isinstance(tree.body[0].value, ast.Name | ast.Constant)
        and not text.startswith(("'", '"'))
    )


def _without_name(one: ast.stmt) -> ast.stmt:
    """Whatever the result, or a function that only returns an expression, is called."""
    if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
        name = one.targets[0].id
        counts_on = any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(one.value))
        return one if counts_on else ast.Expr(one.value)  # n = n + 1 is no name for a result
    if not isinstance(one, ast.FunctionDef) or one.decorator_list:
        return one
    body = one.body[1:] if ast.get_docstring(one) is not None else one.body
    only = body[0] if len(body) == 1 else None
    if not isinstance(only, ast.Return) or only.value is None:
        return one
    return ast.Expr(ast.Lambda(one.args, only.value))


class _Normal(ast.NodeTransformer):
    """One form of what can be written in several.

    Names that a comprehension or a lambda binds are numbered; comparisons ascend, one by one.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def _bind(self, node: ast.AST) -> None:
        for name in ast.walk(node):
            if isinstance(name, ast.Name):
                self._names.setdefault(name.id, f"_{len(self._names)}")

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        for generator in node.generators:
            self._bind(generator.target)
        return self.generic_visit(node)

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp  # type: ignore[assignment] # noqa: N815

    def visit_Call(self, node: ast.Call) -> ast.AST:
        mapped = _comprehended(node)
        if mapped is not None:
            return self.visit(mapped)  # type: ignore[no-any-return]
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if len(node.args) == 1 and name in (*_ITERATES, "join") and not node.keywords:
            (given,) = node.args
            if isinstance(given, ast.ListComp):
                node.args = [ast.GeneratorExp(given.elt, given.generators)]
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        self.generic_visit(node)
        _without_defaults(node)
        return _reversed(node) or _arithmetic(node) or _of_keys(node) or node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        for argument in node.args.args:
            self._names.setdefault(argument.arg, f"_{len(self._names)}")
            argument.arg = self._names[argument.arg]
            argument.annotation = None
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """x += 1 as x = x + 1."""
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        return ast.Assign([node.target], value)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Mult):
            return node
        if ast.dump(node.left) == ast.dump(node.right):
            return ast.BinOp(node.left, ast.Pow(), ast.Constant(2))
        match node.left:
            case ast.BinOp(base, ast.Pow(), ast.Constant(int(power))) if ast.dump(base) == ast.dump(
                node.right
            ):
                return ast.BinOp(base, ast.Pow(), ast.Constant(power + 1))
        node.left, node.right = _by_text([node.left, node.right])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """The last of xs: xs[len(xs) - 1] is xs[-1]; and sorted(xs)[::-1] is sorted backwards."""
        self.generic_visit(node)
        match node.slice:
            case ast.BinOp(
                ast.Call(ast.Name("len"), [counted]), ast.Sub(), ast.Constant(int(back))
            ) if ast.dump(counted) == ast.dump(node.value):
                node.slice = ast.UnaryOp(ast.USub(), ast.Constant(back))
            case ast.Slice(ast.Constant(0), _, None | ast.Constant(1)):
                node.slice.lower = node.slice.step = None
            case ast.Slice(_, _, ast.Constant(1)):
                node.slice.step = None
            case ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1))):
                match node.value:
                    case ast.Call(ast.Name("sorted"), [_], []):
                        node.value.keywords = [ast.keyword("reverse", ast.Constant(True))]
                        return node.value
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """not x in y as x not in y."""
        self.generic_visit(node)
        match node:
            case ast.UnaryOp(ast.Not(), ast.Compare(left, [op], [right])) if type(op) in _DENIED:
                return _compared(left, _DENIED[type(op)](), right)
            case ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not()) as rest)):
                return rest
            case ast.UnaryOp(ast.Not(), ast.BinOp(_, ast.Mod(), _) as rest):
                return _compared(rest, ast.Eq(), ast.Constant(0))
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        parts = [
            _compared(left, op, right)
            for left, op, right in zip(sides, node.ops, sides[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else _sorted(ast.BoolOp(ast.And(), parts))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return _sorted(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """a if a > b else b as max(a, b); what is chosen where not so, the other way round."""
        self.generic_visit(node)
        if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
            node.test, node.body, node.orelse = node.test.operand, node.orelse, node.body
        match node.test:
            case ast.Compare(left, [ast.LtE()], [right]):
                node.test = ast.Compare(right, [ast.Lt()], [left])
                node.body, node.orelse = node.orelse, node.body
            case ast.Compare(left, [op], [right]) if isinstance(
                op, ast.NotEq | ast.NotIn | ast.IsNot
            ):
                node.test = ast.Compare(left, [_DENIED[type(op)]()], [right])
                node.body, node.orelse = node.orelse, node.body
        match node.test:
            case ast.Compare(low, [ast.Lt() | ast.LtE()], [high]):
                told = [ast.dump(part) for part in (node.body, node.orelse)]
                ends = [ast.dump(part) for part in (low, high)]
                if told in (ends, ends[::-1]):
                    name = "min" if told == ends else "max"
                    return ast.Call(ast.Name(name, ast.Load()), _by_text([low, high]), [])
        return node


# Arguments that say what is so without them: by place, and by name.
_DEFAULTS: dict[str, tuple[int, object]] = {
    "open": (1, "r"), "enumerate": (1, 0), "sum": (1, 0), "get": (1, None), "pop": (0, -1),
}  # fmt: skip
_NAMED_DEFAULTS = {("sorted", "reverse"): False, ("print", "end"): "\n", ("print", "sep"): " "}


def _without_defaults(node: ast.Call) -> None:
    """open(f, "r") as open(f), range(0, n) as range(n), sorted(xs, reverse=False) as sorted(xs)."""
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    place, default = _DEFAULTS.get(name, (-1, None))
    if place >= 0 and len(node.args) == place + 1 and _is_constant(node.args[-1], default):
        node.args.pop()
    if name == "range" and len(node.args) == 3 and _is_constant(node.args[2], 1):
        node.args.pop()
    if name == "range" and len(node.args) == 2 and _is_constant(node.args[0], 0):
        node.args.pop(0)
    node.keywords = [
        k
        for k in node.keywords
        if (name, k.arg) not in _NAMED_DEFAULTS
        or not _is_constant(k.value, _NAMED_DEFAULTS[name, k.arg or ""])
    ]


def _is_constant(node: ast.expr, value: object) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(value, int) and value < 0 and _is_constant(node.operand, -value)
    is_constant = isinstance(node, ast.Constant) and type(node.value) is type(value)
    return is_constant and node.value == value  # type: ignore[attr-defined]


def _arithmetic(node: ast.Call) -> ast.expr | None:
    """pow(a, 3) as a ** 3; abs(q - p) as abs(p - q)."""
    match node:
        case ast.Call(ast.Name("pow"), [base, power], []):
            return ast.BinOp(base, ast.Pow(), power)
        case ast.Call(ast.Name("abs"), [ast.BinOp(left, ast.Sub(), right)], []):
            left, right = _by_text([left, right])
            return ast.Call(node.func, [ast.BinOp(left, ast.Sub(), right)], [])
    return None


def _of_keys(node: ast.Call) -> ast.expr | None:
    """len(d.keys()) as len(d), and the same of what goes through the keys."""
    match node:
        case ast.Call(
            ast.Name("len" | "list" | "sorted" | "set" | "min" | "max" | "iter"),
            [ast.Call(ast.Attribute(of, "keys"), [], [])],
            keywords,
        ):
            return ast.Call(node.func, [of], keywords)
    return None


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
    """Smaller before larger; of what is equal, in one order; len(xs) == 0 as not xs."""
    match op, right:
        case ast.In() | ast.NotIn(), ast.Call(ast.Attribute(of, "keys"), [], []):
            right = of
    if type(op) in _FLIPPED:
        left, op, right = right, _FLIPPED[type(op)](), left
    elif isinstance(op, _SYMMETRIC) and ast.dump(left) > ast.dump(right):
        left, right = right, left
    for one, other in ((left, right), (right, left)):
        empty = _is_empty(one, op, other)
        if empty is not None:
            denied = ast.UnaryOp(ast.Not(), empty[0])
            return denied if empty[1] else ast.UnaryOp(ast.Not(), denied)
    return ast.Compare(left, [op], [right])


def _is_empty(one: ast.expr, op: ast.cmpop, other: ast.expr) -> tuple[ast.expr, bool] | None:
    """What is asked whether it is empty, and whether it is so or not: len(xs) == 0, s != ''."""
    if not isinstance(op, _SYMMETRIC):
        return None
    is_equal = isinstance(op, ast.Eq)
    match one, other:
        case ast.Call(ast.Name("len"), [of]), ast.Constant(0):
            return of, is_equal
        case _, ast.Constant("") | ast.List([]):
            return one, is_equal
    return None


def _sorted(node: ast.BoolOp) -> ast.BoolOp:
    """What is joined by and, or by or, in one order."""
    parts: list[ast.expr] = []
    for part in node.values:
        is_same = isinstance(part, ast.BoolOp) and type(part.op) is type(node.op)
        parts.extend(part.values if is_same and isinstance(part, ast.BoolOp) else [part])
    return ast.BoolOp(node.op, _by_text(parts))


def _by_text(parts: list[ast.expr]) -> list[ast.expr]:
    text: Callable[[ast.expr], str] = ast.dump
    return sorted(parts, key=text)


def _comprehended(node: ast.Call) -> ast.expr | None:
    """list(map(lambda n: n + 1, xs)) as [n + 1 for n in xs]; the same of filter."""
    match node:
        case ast.Call(ast.Name("list"), [ast.Call(ast.Name("map"), [ast.Lambda(args, body), xs])]):
            name = args.args[0].arg
            of = ast.comprehension(ast.Name(name, ast.Store()), xs, [], 0)
            return ast.ListComp(body, [of])
        case ast.Call(
            ast.Name("list"), [ast.Call(ast.Name("filter"), [ast.Lambda(args, body), xs])]
        ):
            name = args.args[0].arg
            of = ast.comprehension(ast.Name(name, ast.Store()), xs, [body], 0)
            return ast.ListComp(ast.Name(name, ast.Load()), [of])
        case ast.Call(ast.Name("list" | "dict" | "tuple" as name), [], []):
            return {"list": ast.List([], ast.Load()), "dict": ast.Dict([], [])}.get(
                name, ast.Tuple([], ast.Load())
            )
    return None


def _reversed(node: ast.Call) -> ast.expr | None:
    """list(reversed(xs)), and ''.join(reversed(s)), as xs[::-1]."""
    match node:
        case ast.Call(ast.Name("list"), [ast.Call(ast.Name("reversed"), [xs])]) | ast.Call(
            ast.Attribute(ast.Constant(""), "join"), [ast.Call(ast.Name("reversed"), [xs])]
        ):
            back = ast.UnaryOp(ast.USub(), ast.Constant(1))
            return ast.Subscript(xs, ast.Slice(None, None, back), ast.Load())
    return None
