"""Code -> its normal form, by the parser of its language; else to the letter, but for spaces."""

from __future__ import annotations

import ast
import json
import re
import shlex
import warnings
from collections.abc import Iterator

from consensus.core.values import Code

LONGEST = 4_000  # characters of code that is parsed
_FENCE = re.compile(r"```(\w*)[ \t]*\n(.*?)```", re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_SQL = re.compile(r"\s*(?:select|insert|update|delete|create|alter|drop|with)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:where|order by|group by|having|limit|(?:inner |left |right )?join)\b", re.I
)
_ARROW_OF_ONE = re.compile(r"\((\w+)\)\s*=>")  # JavaScript: (n) => is n =>
_RETURNS = re.compile(r"=>\s*\{\s*return ([^{};]+);?\s*\}")
# Commands whose clusters of letters are one flag each, in any order, whatever follows them.
_PLAIN_FLAGS = frozenset("ls rm cp mv ps df du grep mkdir wc sort docker head tail".split())
# Commands whose single dash begins a whole word.
_WORD_FLAGS = frozenset("find java openssl gcc clang ffmpeg terraform go convert javac".split())
_ITERATES = frozenset("sum any all min max sorted set list tuple dict frozenset".split())
_COMPARES = re.compile(r"\s[<>=!]=\s|\s[=?]\s")
_HINTED = frozenset(["python", "shell"])
_PIP = re.compile(r"^python3? -m pip\b")


def quoted(text: str) -> str | None:
    """The only piece of code that a text quotes, in a fence or in backticks."""
    fenced = _FENCE.findall(text)
    if len(fenced) == 1:
        return str(fenced[0][1]).strip()
    spans = _SPAN.findall(text) if not fenced else []
    return str(spans[0]).strip() if len(spans) == 1 else None


def prepare(text: str) -> None:
    """Load what parses SQL, where some of it may be in the text."""
    if _SQL.search(text) or _CLAUSE.search(text):
        _sql("select 1")


def read(text: str, hint: str = "") -> Code:
    """The normal form of a piece of code. hint: what the question says of its language."""
    text = text.strip().strip("`").strip()
    if len(text) <= LONGEST:
        for language, parse in _PARSERS.items():
            if hint and language in _HINTED and language != hint:
                continue
            normal = parse(text)
            if normal is not None:
                return Code(language, normal)
    return Code("", _letters(text))


def _letters(text: str) -> str:
    """To the letter, but for spaces where no string is quoted, and a last semicolon."""
    spaced = " ".join(text.split()).rstrip(";").rstrip().replace("'", '"')
    spaced = _ARROW_OF_ONE.sub(r"\1 =>", _RETURNS.sub(r"=> \1", spaced))
    pieces = re.split(r'("[^"]*")', spaced)
    return "".join(
        piece if n % 2 else re.sub(r"\s*([^\w\s])\s*", r"\1", piece)
        for n, piece in enumerate(pieces)
    )


def _json(text: str) -> str | None:
    if text[:1] not in "[{":
        return None
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _sql(text: str) -> str | None:
    lead = "SELECT * FROM t " if _CLAUSE.match(text) else ""
    if not lead and not _SQL.match(text):
        return None
    # Only here: few answers are SQL, and it takes as long to load as all other readers.
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    try:
        parsed = sqlglot.parse_one(lead + text.rstrip("; \n"))
    except (SqlglotError, RecursionError):
        return None
    if parsed is None or isinstance(parsed, exp.Command):
        return None
    for ordered in parsed.find_all(exp.Ordered):
        ordered.set("desc", ordered.args.get("desc") or None)  # ascending is what is not said
    return parsed.sql(normalize=True, identify=False).removeprefix(lead)


def _python(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not tree.body or _is_prose(tree, text):
        return None
    if (
        len(tree.body) == 1
        and isinstance(tree.body[0], ast.Assign)
        and isinstance(tree.body[0].targets[0], ast.Name)
    ):
        tree.body = [ast.Expr(tree.body[0].value)]  # whatever the result is called
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


class _Normal(ast.NodeTransformer):
    """Names that a comprehension or a lambda binds are numbered; n * n is n ** 2."""

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
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if len(node.args) == 1 and name in (*_ITERATES, "join") and not node.keywords:
            (given,) = node.args
            if isinstance(given, ast.ListComp):
                node.args = [ast.GeneratorExp(given.elt, given.generators)]
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        for argument in node.args.args:
            self._names.setdefault(argument.arg, f"_{len(self._names)}")
            argument.arg = self._names[argument.arg]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right):
            return ast.BinOp(node.left, ast.Pow(), ast.Constant(2))
        return node


def _shell(text: str) -> str | None:
    text = text.removeprefix("$ ")
    if "\n" in text or not re.match(r"[\w./~-]+(?:\s+\S+)+$", text) or _COMPARES.search(text):
        return None
    try:
        words = shlex.split(_PIP.sub("pip", text.rstrip(";")))
    except ValueError:
        return None
    if not words or (
        not any(w.startswith("-") or "/" in w or "=" in w for w in words) and len(words) > 5
    ):
        return None
    return " ".join([words[0], *_flags(words[0], words[1:])])


def _flags(command: str, words: list[str]) -> Iterator[str]:
    """The words after a command, with a cluster of flags as flags of one letter, in one order.

    The last flag of a cluster may take the word that follows, and stays where it is.
    """
    held: list[str] = []
    for n, word in enumerate(words):
        if command not in _WORD_FLAGS and re.fullmatch(r"-[A-Za-z]+", word):
            letters = [f"-{letter}" for letter in word[1:]]
            takes = n + 1 < len(words) and not words[n + 1].startswith("-")
            if takes and command not in _PLAIN_FLAGS:
                yield from sorted(held + letters[:-1])
                yield letters[-1]
                held = []
            else:
                held += letters
            continue
        yield from sorted(held)
        held = []
        yield word.removeprefix("./")
    yield from sorted(held)


_PARSERS = {"json": _json, "sql": _sql, "python": _python, "shell": _shell}
