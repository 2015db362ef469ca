"""Small changes of a module's syntax tree, each of which a test should notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.MatMult: ast.Mult,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
OPPOSITES = (
    ("min", "max"),
    ("any", "all"),
    ("minimum", "maximum"),
    ("argmin", "argmax"),
    ("idxmin", "idxmax"),
    ("cummin", "cummax"),
    ("floor", "ceil"),
    ("first", "last"),
    ("head", "tail"),
    ("nlargest", "nsmallest"),
    ("startswith", "endswith"),
    ("removeprefix", "removesuffix"),
    ("partition", "rpartition"),
    ("ffill", "bfill"),
    ("isna", "notna"),
    ("union", "intersection"),
)
OTHER_NAMES = {one: other for pair in OPPOSITES for one, other in (pair, pair[::-1])}
OTHER_NAMES |= {"fullmatch": "match", "search": "match"}
# calls that may be left out: what they are called on, or their first argument, has the same shape
NEEDLESS_METHODS = frozenset(
    {"abs", "as_unit", "astimezone", "astype", "clip", "copy", "drop_duplicates", "dropna"}
    | {"fillna", "head", "lower", "lstrip", "mask", "removeprefix", "removesuffix", "replace"}
    | {"reset_index", "round", "rstrip", "shift", "sort_index", "sort_values", "strip", "tail"}
    | {"tz_convert", "tz_localize", "where"}
)
NEEDLESS_FUNCTIONS = frozenset({"abs", "reversed", "round", "sorted"})
UNSEEN_FIELDS = frozenset({"annotation", "returns", "decorator_list", "type_params", "format_spec"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: which field of which node of the tree gets which value."""

    line: int
    function: str  # dotted name, "" where the code runs on import
    before: str
    after: str
    owner: ast.AST
    field: str
    value: object

    def apply(self) -> None:
        """Change the tree that the mutant was made of, for good."""
        setattr(self.owner, self.field, self.value)
        ast.fix_missing_locations(self.owner)


def mutants(tree: ast.Module) -> list[Mutant]:
    """Return all changes of a module, in the order of its lines."""
    found: list[Mutant] = []
    _Walk(found).children(tree)
    return sorted(found, key=lambda one: one.line)


FieldChange = tuple[str, object, str, str]  # a field, its value; texts before and after


@dataclass
class _Walk:
    """Goes through a tree and knows in which function and statement it is."""

    found: list[Mutant]
    function: str = ""
    scope: str = ""
    line: int = 1  # of the statement
    bound: frozenset[str] = frozenset()  # names that have a value before this statement

    def children(self, node: ast.AST) -> None:
        for field, value in ast.iter_fields(node):
            if field in UNSEEN_FIELDS:
                continue
            walk = self._into(node) if field == "body" else self
            if isinstance(value, list):
                for index, child in enumerate(value):
                    walk._child(child, node, field, index)
            else:
                walk._child(value, node, field, None)

    def _into(self, node: ast.AST) -> _Walk:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            scope = f"{self.scope}.{node.name}".lstrip(".")
            is_class = isinstance(node, ast.ClassDef)
            return _Walk(self.found, self.function if is_class else scope, scope, self.line)
        return self

    def _child(self, child: object, owner: ast.AST, field: str, index: int | None) -> None:
        if not isinstance(child, ast.AST) or _is_unseen(child):
            return
        if isinstance(child, ast.stmt):
            self.line = child.lineno
        for new, before, after in _replacements(child, self.bound):
            siblings = list(getattr(owner, field)) if index is not None else None
            if siblings is not None:
                siblings[index : index + 1] = [] if new is None else [new]  # type: ignore[operator]
            self._add(child, owner, field, new if siblings is None else siblings, before, after)
        for name, value, before, after in _field_changes(child):
            self._add(child, child, name, value, before, after)
        self.children(child)
        self.bound |= {one.id for one in ast.walk(child) if _is_stored(one)}

    def _add(
        self, node: ast.AST, owner: ast.AST, field: str, value: object, before: str, after: str
    ) -> None:
        line = getattr(node, "lineno", self.line)
        one = Mutant(line, self.function, before, after, owner, field, value)
        self.found.append(one)


def _is_unseen(node: ast.AST) -> bool:
    """Tell what does nothing when it runs: docstrings, imports, what only type checkers read."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _text(node: ast.AST | None) -> str:
    return "nothing" if node is None else ast.unparse(node)


def _replacements(
    node: ast.AST, bound: frozenset[str]
) -> Iterator[tuple[ast.AST | None, str, str]]:
    found = _statements(node, bound) if isinstance(node, ast.stmt) else _expressions(node)
    for new in found:
        yield new, _text(node).partition("\n")[0], _text(new)


def _statements(node: ast.stmt, bound: frozenset[str]) -> Iterator[ast.AST | None]:
    match node:
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.AugAssign() | ast.Expr() | ast.Delete():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)]) if name in bound:
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _expressions(node: ast.AST) -> Iterator[ast.AST | None]:
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(value=float() as value):
            yield from (
                (ast.Constant(value * 2), ast.Constant(value / 2))
                if value
                else (ast.Constant(1.0),)
            )
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for place in range(len(values)):
                rest = [*values[:place], *values[place + 1 :]]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.BinOp(left=left, op=op, right=right) if not (_is_text(left) or _is_text(right)):
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
            if isinstance(op, ast.BitAnd | ast.BitOr):
                yield from (left, right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Call():
            yield from _calls(node)


def _is_text(node: ast.expr) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text or isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    match node.func:
        case ast.Attribute(value=value, attr=name):
            if name in OTHER_NAMES:
                other = ast.Attribute(value, OTHER_NAMES[name], ast.Load())
                yield ast.Call(other, node.args, node.keywords)
            if name in NEEDLESS_METHODS and not _is_module(value):
                yield value
        case ast.Name(id=name):
            if name in OTHER_NAMES:
                yield ast.Call(ast.Name(OTHER_NAMES[name], ast.Load()), node.args, node.keywords)
            if name in NEEDLESS_FUNCTIONS and node.args:
                yield node.args[0]


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"np", "pd", "re", "math"}


def _field_changes(node: ast.AST) -> Iterator[FieldChange]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    changed = [*ops[:place], other(), *ops[place + 1 :]]
                    new = ast.Compare(node.left, changed, node.comparators)
                    yield "ops", changed, _text(node), _text(new)
        case ast.AugAssign(op=op):
            other = OPERATORS[type(op)]()
            yield "op", other, _text(node), _text(ast.AugAssign(node.target, other, node.value))
        case ast.If(test=test):
            for value in (True, False):
                yield "test", ast.Constant(value), f"if {_text(test)}", f"if {value}"
        case ast.While(test=test):
            yield "test", ast.Constant(False), f"while {_text(test)}", "while False"
        case ast.comprehension(ifs=ifs):
            for place, test in enumerate(ifs):
                yield "ifs", [*ifs[:place], *ifs[place + 1 :]], f"if {_text(test)}", "nothing"
        case ast.Slice():
            for name in ("lower", "upper", "step"):
                if getattr(node, name) is not None:
                    yield name, None, f"[{_text(node)}]", f"no {name} bound"
        case ast.Call(keywords=keywords):
            for place, keyword in enumerate(keywords):
                rest = [*keywords[:place], *keywords[place + 1 :]]
                call = f"{_text(node.func)}(…, {_text(keyword)})"
                yield "keywords", rest, call, f"without {keyword.arg or _text(keyword)}"
