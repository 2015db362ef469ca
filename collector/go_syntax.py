"""Go's text/template as a tree: literals, actions and blocks, with the place of each.

What the names mean is up to whoever reads the tree: `go_template` turns bodies back into events,
the reports render them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.errors import TemplateError
from collector.go_values import from_quoted, unescape

LONGEST_TEMPLATE_CHARACTERS = 65_536
_DEEPEST = 50
_SHOWN_CHARACTERS = 60
_BLOCKS = ("if", "with", "range")
_ELSEWHERE = ("define", "template", "block", "break", "continue")

_ACTION = re.compile(
    r'\{\{(-\s)?\s*((?:/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*(\s-)?\}\}',
    re.DOTALL,
)
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<letter>'(?:[^'\\\n]|\\[^\n]){1,11}')"""
    r"|(?P<number>[+-]?[0-9][0-9A-Za-z_.]*)"
    r"|(?P<path>\$[A-Za-z0-9_]*(?:\.[A-Za-z_]\w*)*|(?:\.[A-Za-z_]\w*)+|\.)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<close>\)(?:\.[A-Za-z_]\w*)*)|(?P<sign>\||\(|:=|=|,)|(?P<other>\S)",
    re.ASCII,
)
_CONSTANTS = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action stands, and its text, for whoever has to put it right."""

    text: str
    line: int  # from 1, like the column
    column: int

    def __str__(self) -> str:
        shown = self.text[:_SHOWN_CHARACTERS]
        return f"line {self.line}, column {self.column}: {{{{ {shown} }}}}"


@dataclass(frozen=True, slots=True)
class Path:
    """Fields, methods and keys one after the other, from the dot, a variable or a value."""

    names: tuple[str, ...]
    variable: str = ""  # "" for the dot; "$", "$x"
    base: Pipe | None = None  # what stands in parentheses before it


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that the template itself has."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Word:
    """The name of a function."""

    name: str


Term = Path | Constant | Word
Command = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands, each of which gets what the one before it makes."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()  # that get the result: "$x"
    declares: bool = False  # with := and not with =


@dataclass(frozen=True, slots=True)
class Text:
    """What stands between the actions."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """An action that prints, or only sets a variable."""

    pipe: Pipe
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """``if``, ``with`` or ``range``, with what is between it and its ``else`` and ``end``."""

    keyword: str
    pipe: Pipe
    place: Place
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


Node = Text | Output | Block


def parse_nodes(text: str) -> tuple[Node, ...]:
    """Return the tree of a template; trim markers have taken their effect, comments are gone.

    Raises
    ------
    TemplateError
        With line, column and reason.
    """
    if len(text) > LONGEST_TEMPLATE_CHARACTERS:
        raise TemplateError(f"is longer than {LONGEST_TEMPLATE_CHARACTERS:,} characters")
    parts = list(_split(text))
    if not any(isinstance(part, Place) for part in parts):
        raise TemplateError("has no {{ }} in it; give the text that stands in the ConfigMap")
    return _Reader(parts).all()


def _split(text: str) -> Iterator[str | Place]:
    """Yield literals and actions."""
    at, trims = 0, False
    for found in _ACTION.finditer(text):
        literal = text[at : found.start()]
        if "{{" in literal:
            break
        literal = literal.lstrip() if trims else literal
        yield literal.rstrip() if found[1] else literal
        at, trims = found.end(), bool(found[3])
        if not found[2].startswith("/*"):
            yield _place(text, found.start(), found[2].strip())
    rest = text[at:]
    if (begin := rest.find("{{")) >= 0:
        place = _place(text, at + begin, "")
        raise TemplateError(f"line {place.line}, column {place.column}: {{{{ has no end }}}}")
    yield rest.lstrip() if trims else rest


def _place(text: str, at: int, action: str) -> Place:
    return Place(action, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


class _Reader:
    """Reads literals and actions, with the ends of the blocks."""

    def __init__(self, parts: Sequence[str | Place]) -> None:
        self._parts, self._at = parts, 0

    def all(self) -> tuple[Node, ...]:
        """Return the whole template."""
        nodes, end = self._nodes(0)
        if end is not None:
            raise TemplateError(f"{end} is outside of any block")
        return nodes

    def _nodes(self, depth: int) -> tuple[tuple[Node, ...], Place | None]:
        """Return nodes up to an ``else`` or ``end``, and that."""
        nodes: list[Node] = []
        while self._at < len(self._parts):
            part = self._parts[self._at]
            self._at += 1
            if isinstance(part, str):
                nodes.append(Text(part))
                continue
            keyword, rest = _keyword(part.text)
            if keyword in ("else", "end"):
                return tuple(nodes), part
            if keyword in _ELSEWHERE:
                raise TemplateError(f"{part} is a part of Go's templates that is not understood")
            if keyword in _BLOCKS:
                nodes.append(self._block(keyword, rest, part, depth + 1))
            else:
                nodes.append(Output(parse_pipe(part.text, part), part))
        return tuple(nodes), None

    def _block(self, keyword: str, rest: str, place: Place, depth: int) -> Block:
        if depth > _DEEPEST:
            raise TemplateError(f"{place} is inside of more than {_DEEPEST} others")
        pipe = parse_pipe(rest, place)
        body, end = self._nodes(depth)
        otherwise: tuple[Node, ...] = ()
        if end is not None and end.text != "end":
            otherwise, end = self._otherwise(end, depth)
        if end is None:
            raise TemplateError(f"{place} has no {{{{ end }}}}")
        if end.text != "end":
            raise TemplateError(f"{end} is in the wrong place")
        return Block(keyword, pipe, place, body, otherwise)

    def _otherwise(self, place: Place, depth: int) -> tuple[tuple[Node, ...], Place | None]:
        """Return what follows an ``else``; one with a condition is a block that shares the end."""
        keyword, rest = _keyword(place.text)
        inner, condition = _keyword(rest)
        if keyword == "else" and not rest:
            return self._nodes(depth)
        if keyword == "else" and inner in ("if", "with"):
            block = self._block(inner, condition, place, depth + 1)
            return (block,), Place("end", place.line, place.column)
        raise TemplateError(f"{place} is in the wrong place")


def _keyword(text: str) -> tuple[str, str]:
    keyword, *rest = text.split(maxsplit=1) or [""]
    return keyword, rest[0] if rest else ""


def parse_pipe(text: str, place: Place) -> Pipe:
    """Return what the text of an action, without its keyword, computes."""
    tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(text)]
    return _PipeReader(tokens, place).whole()


class _PipeReader:
    """Reads the tokens of one action."""

    def __init__(self, tokens: Sequence[tuple[str, str]], place: Place) -> None:
        self._tokens, self._place, self._at = tokens, place, 0

    def whole(self) -> Pipe:
        """Return the pipe of the whole action, with its variables."""
        texts = [text for _, text in self._tokens]
        assign = next((sign for sign in (":=", "=") if sign in texts), "")
        if not assign:
            return self._rest(())
        names = texts[: texts.index(assign)]
        self._at = len(names) + 1
        variables = tuple(names[::2])
        if (
            len(names) not in (1, 3)
            or set(names[1::2]) - {","}
            or not all(map(_is_name, variables))
        ):
            raise self._wrong()
        return self._rest(variables, declares=assign == ":=")

    def _rest(self, variables: tuple[str, ...], *, declares: bool = False) -> Pipe:
        commands, closing = self._commands(0)
        if closing:
            raise self._wrong()
        return Pipe(commands, variables, declares)

    def _commands(self, depth: int) -> tuple[tuple[Command, ...], str]:
        """Return the commands up to a closing parenthesis or the end, and that parenthesis."""
        if depth > _DEEPEST:
            raise self._wrong()
        commands: list[list[Term]] = [[]]
        closing = ""
        while self._at < len(self._tokens) and not closing:
            kind, text = self._tokens[self._at]
            self._at += 1
            if kind == "close":
                closing = text
            elif text == "|":
                commands.append([])
            elif text == "(":
                commands[-1].append(self._group(depth + 1))
            else:
                commands[-1].append(self._term(kind, text))
        if not all(commands) or (depth and not closing):
            raise self._wrong()
        return tuple(map(tuple, commands)), closing

    def _group(self, depth: int) -> Path:
        commands, closing = self._commands(depth)
        return Path(tuple(closing.split(".")[1:]), base=Pipe(commands))

    def _term(self, kind: str, text: str) -> Term:
        if kind == "path":
            variable, *names = text.split(".")
            return Path(tuple(name for name in names if name), variable)
        if kind == "word":
            return Constant(_CONSTANTS[text]) if text in _CONSTANTS else Word(text)
        found: str | int | float | None = None
        if kind == "string":
            found = text[1:-1] if text[0] == "`" else from_quoted(text)
        elif kind == "letter":
            letter = unescape(text[1:-1])
            found = ord(letter) if letter is not None and len(letter) == 1 else None
        elif kind == "number":
            found = _number(text)
        if found is None:
            raise self._wrong()
        return Constant(found)

    def _wrong(self) -> TemplateError:
        return TemplateError(f"{self._place} is not as Go's templates are written")


def _is_name(text: str) -> bool:
    return text.startswith("$") and len(text) > 1 and "." not in text


def _number(text: str) -> int | float | None:
    for read in (lambda: int(text, 0), lambda: int(text, 10), lambda: float(text)):
        try:
            return read()
        except ValueError:
            continue
    return None
