"""A Go template's tree -> functions that print it, with every name and type checked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Protocol

from collector.go_event import EVENT, STRUCTS
from collector.go_syntax import Block, Constant, Node, Output, Path, Pipe, Place, Term, Text, Word
from reports.errors import TemplateError
from reports.sinks.go_functions import ANY, FUNCTIONS, ArgumentError, key_of
from reports.sinks.go_printing import GoTime, Struct, formatted_time, is_true, printf, verbs

MOST_ROUNDS = 10_000  # of all loops of one event

_TYPES = {str: "string", bool: "bool", int: "int", float: "float", type(None): "nil"}
_METHODS: Mapping[str, tuple[str, Callable[[GoTime], object]]] = {
    "Time": ("time", lambda time: time),
    "Local": ("time", lambda time: time),
    "UTC": ("time", lambda time: replace(time, zone=UTC)),
    "String": ("string", str),
    "Unix": ("int", lambda time: int(time.local.timestamp())),
    "UnixMilli": ("int", lambda time: int(time.local.timestamp()) * 1000),
    "UnixNano": ("int", lambda time: int(time.local.timestamp()) * 10**9),
    "IsZero": ("bool", lambda time: time.instant is None),
    "Year": ("int", lambda time: time.local.year),
    "Day": ("int", lambda time: time.local.day),
    "Hour": ("int", lambda time: time.local.hour),
    "Minute": ("int", lambda time: time.local.minute),
    "Second": ("int", lambda time: time.local.second),
}


class Writer(Protocol):
    """Takes what a template prints."""

    def literal(self, text: str) -> None:
        """Take what the template itself says."""

    def value(self, value: object) -> None:
        """Take what the event says."""


@dataclass(slots=True)
class Scope:
    """What an expression is computed from."""

    dot: object
    variables: dict[str, object]
    writer: Writer
    fails_at_nil: bool = False  # as Go does, and then kube-eventer loses the event
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that has a value, and the type that it has."""

    type: str
    run: Callable[[Scope], Any]


Step = Callable[[Scope], None]


class Compiler:
    """Turns nodes into steps.

    `paths` are the fields of the event that the template reads.
    """

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def program(self, nodes: Sequence[Node]) -> Step:
        """Return what prints the nodes.

        Raises
        ------
        TemplateError
            A name, a type or a number of arguments is wrong; with line and column.
        """
        return self._steps(nodes, EVENT, {"$": EVENT})

    def _steps(self, nodes: Sequence[Node], dot: str, known: Mapping[str, str]) -> Step:
        known = dict(known)  # what is declared inside of a block ends with it
        steps = [self._step(node, dot, known) for node in nodes]

        def run(scope: Scope) -> None:
            for step in steps:
                step(scope)

        return run

    def _step(self, node: Node, dot: str, known: dict[str, str]) -> Step:
        if isinstance(node, Text):
            return _literal(node.text)
        if isinstance(node, Block):
            return self._block(node, dot, dict(known))
        constant = _constant(node)
        if constant is not None:
            return _literal(constant)
        found = self._pipe(node.pipe, node.place, dot, known)
        if node.pipe.variables:
            return _assigning(found, self._variable(node, known, found.type))
        if found.type == "nil":
            raise TemplateError(f"{node.place} prints nil, which Go refuses")
        return lambda scope: scope.writer.value(found.run(scope))

    def _variable(self, node: Output | Block, known: dict[str, str], type_: str) -> str:
        [name, *more] = node.pipe.variables
        if more or (not node.pipe.declares and known.get(name) != type_):
            raise TemplateError(f"{node.place} gives no variable of the type {type_} a value")
        known[name] = type_
        return name

    def _block(self, node: Block, dot: str, known: dict[str, str]) -> Step:
        found = self._pipe(node.pipe, node.place, dot, known)
        if node.keyword == "range":
            return self._range(node, found, dot, known)
        name = self._variable(node, known, found.type) if node.pipe.variables else ""
        inner = found.type if node.keyword == "with" else dot
        body = self._steps(node.body, inner, known)
        otherwise = self._steps(node.otherwise, dot, known)

        def run(scope: Scope) -> None:
            value, before = found.run(scope), scope.dot
            if name:
                scope.variables[name] = value
            if not is_true(value):
                otherwise(scope)
                return
            scope.dot = value if node.keyword == "with" else before
            body(scope)
            scope.dot = before

        return run

    def _range(self, node: Block, found: Expression, dot: str, known: dict[str, str]) -> Step:
        if found.type != "map":
            raise TemplateError(f"{node.place} can only go over .Labels and .Annotations")
        names = node.pipe.variables
        known.update(dict.fromkeys(names, "string"))
        body = self._steps(node.body, "string", known)
        otherwise = self._steps(node.otherwise, dot, known)

        def run(scope: Scope) -> None:
            values, before = found.run(scope), scope.dot
            for key in sorted(values):
                scope.rounds += 1
                if scope.rounds > MOST_ROUNDS:
                    raise TemplateError(f"{node.place} goes round more than {MOST_ROUNDS:,} times")
                pair = (key, values[key])
                scope.variables.update(zip(names, pair[-len(names) :], strict=False))
                scope.dot = values[key]
                body(scope)
            scope.dot = before
            if not values:
                otherwise(scope)

        return run

    # -- expressions

    def _pipe(self, pipe: Pipe, place: Place, dot: str, known: Mapping[str, str]) -> Expression:
        found: Expression | None = None
        for command in pipe.commands:
            found = self._command(command, found, place, dot, known)
        if found is None:
            raise TemplateError(f"{place} says nothing")
        return found

    def _command(
        self,
        command: Sequence[Term],
        piped: Expression | None,
        place: Place,
        dot: str,
        known: Mapping[str, str],
    ) -> Expression:
        first, *rest = command
        arguments = [self._term(term, place, dot, known) for term in rest]
        if piped is not None:
            arguments.append(piped)
        if isinstance(first, Word):
            constant = rest[0].value if rest and isinstance(rest[0], Constant) else None
            return _call(first.name, arguments, constant, place)
        if isinstance(first, Path) and first.names[-1:] == ("Format",):
            return self._format(first, arguments, place, dot, known)
        if arguments:
            raise TemplateError(f"{place} gives values to what is no function")
        return self._term(first, place, dot, known)

    def _term(self, term: Term, place: Place, dot: str, known: Mapping[str, str]) -> Expression:
        if isinstance(term, Constant):
            value = term.value
            return Expression(_TYPES[type(value)], lambda scope: value)
        if isinstance(term, Word):
            return _call(term.name, [], None, place)
        return self._path(term, place, dot, known)

    def _format(
        self,
        path: Path,
        arguments: Sequence[Expression],
        place: Place,
        dot: str,
        known: Mapping[str, str],
    ) -> Expression:
        time = self._path(replace(path, names=path.names[:-1]), place, dot, known)
        if time.type != "time" or [one.type for one in arguments] != ["string"]:
            raise TemplateError(f"{place} needs a time and a layout: .LastTimestamp.Format")
        layout = arguments[0]
        return Expression(
            "string", lambda scope: formatted_time(time.run(scope).local, layout.run(scope))
        )

    def _path(self, path: Path, place: Place, dot: str, known: Mapping[str, str]) -> Expression:
        if path.base is not None:
            found = self._pipe(path.base, place, dot, known)
        elif path.variable:
            variable = path.variable
            if variable not in known:
                raise TemplateError(f"{place} has no variable {variable}")
            found = Expression(known[variable], lambda scope: scope.variables[variable])
        else:
            found = Expression(dot, lambda scope: scope.dot)
        if found.type == EVENT:
            self._note(path.names)
        for number, name in enumerate(path.names):
            found = _step_into(found, name, path.names[: number + 1], place)
        return found

    def _note(self, names: Sequence[str]) -> None:
        names = [name for name in names if name not in ("ObjectMeta", "TypeMeta", *_METHODS)]
        inner = STRUCTS.get(STRUCTS[EVENT].get(names[0], ""), {}) if names else {}
        self.paths.add(".".join(names[:2] if inner else names[:1]))


def _literal(text: str) -> Step:
    return lambda scope: scope.writer.literal(text)


def _assigning(found: Expression, name: str) -> Step:
    def run(scope: Scope) -> None:
        scope.variables[name] = found.run(scope)

    return run


def _constant(node: Output) -> str | None:
    """Return the text of an action that is nothing but a text, such as ``{{ "{{" }}``."""
    match node.pipe:
        case Pipe(commands=((Constant(value=str() as text),),), variables=()):
            return text
    return None


def _step_into(found: Expression, name: str, names: Sequence[str], place: Place) -> Expression:
    run = found.run
    if found.type == "map":
        return Expression("string", lambda scope: key_of(run(scope), name))
    if found.type == "time" and name in _METHODS:
        type_, method = _METHODS[name]
        return Expression(type_, lambda scope: method(run(scope)))
    type_ = STRUCTS.get(found.type, {}).get(name, "")
    if not type_:
        shown = "".join(f".{one}" for one in names)
        of = "an event" if len(names) == 1 else f"{shown.removesuffix('.' + name)}"
        raise TemplateError(f"{place}: {shown} is no field of {of}")

    def field(scope: Scope) -> object:
        struct = run(scope)
        if isinstance(struct, Struct):
            return struct.fields[name]
        if scope.fails_at_nil:
            raise TemplateError(f"{place}: .{names[-2]} is nil for this event")
        return GoTime(None, UTC) if type_ == "time" else 0 if type_ == "int" else ""

    return Expression(type_, field)


def _call(name: str, arguments: Sequence[Expression], constant: object, place: Place) -> Expression:
    runs = [one.run for one in arguments]
    if name == "printf":
        return _printf(arguments, constant, place)
    if name not in FUNCTIONS:
        raise TemplateError(
            f"{place}: there is no function {name}; Go's templates have "
            f"{', '.join(sorted([*FUNCTIONS, 'printf']))}"
        )
    function = FUNCTIONS[name]
    try:
        type_ = function.check([one.type for one in arguments])
    except ArgumentError as error:
        raise TemplateError(f"{place}: {name} {error}") from None
    if name in ("and", "or"):
        return Expression(type_, _lazy(runs, ends_with=name == "or"))
    return Expression(type_, lambda scope: function.run(*[run(scope) for run in runs]))


def _lazy(runs: Sequence[Callable[[Scope], Any]], *, ends_with: bool) -> Callable[[Scope], Any]:
    """Return ``and`` or ``or``, which compute no more values than they need."""

    def run(scope: Scope) -> object:
        value: object = None
        for one in runs:
            value = one(scope)
            if is_true(value) == ends_with:
                return value
        return value

    return run


def _printf(arguments: Sequence[Expression], constant: object, place: Place) -> Expression:
    if not isinstance(constant, str):
        raise TemplateError(f"{place}: the format of printf must stand there as a text")
    values = arguments[1:]
    try:
        wanted = verbs(constant)
    except ValueError as error:
        raise TemplateError(f"{place}: {error} is no verb of printf that is understood") from None
    if len(wanted) != len(values):
        raise TemplateError(
            f"{place}: printf has {len(wanted)} verbs and gets {len(values)} values"
        )
    for verb, value in zip(wanted, values, strict=True):
        if value.type not in {"d": ("int", ANY), "t": ("bool", ANY)}.get(verb, (value.type,)):
            raise TemplateError(f"{place}: %{verb} does not print a value of the type {value.type}")
    return Expression(
        "string", lambda scope: printf(constant, [value.run(scope) for value in values])
    )
