"""Go templates of kube-eventer's webhook bodies, cut into literals and the fields between them.

A body is read by finding the literals in it, so a template is one or more sequences of pieces:
more than one where ``{{ if }}`` chooses. What cannot be read back is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.errors import TemplateError
from collector.go_event import PATHS, TIME_METHODS
from collector.go_syntax import (
    Block,
    Command,
    Constant,
    Node,
    Output,
    Path,
    Place,
    Term,
    Text,
    Word,
    parse_nodes,
)
from collector.go_values import (
    GO_TIME_LAYOUTS,
    from_hex,
    from_html,
    from_quoted,
    from_unix,
    from_url,
    unescape,
)

MOST_ALTERNATIVES = 16

_VERB = re.compile(r"%(?:\.\d{1,9}(?=[sxq]))?(.)", re.DOTALL | re.ASCII)

Decode = Callable[[str], str | None]


def as_it_is(text: str) -> str | None:
    """Return what was printed without any escape."""
    return text


_DECODERS: dict[str, Decode] = {
    "print": as_it_is,
    "html": from_html,
    "js": unescape,
    "urlquery": from_url,
}
_VERBS: dict[str, Decode] = {
    "s": as_it_is,
    "v": as_it_is,
    "d": as_it_is,
    "x": from_hex,
    "q": from_quoted,
}


@dataclass(frozen=True, slots=True)
class Field:
    """What the template prints of the event at one place."""

    path: str  # as in Go, without the dot: "InvolvedObject.Kind"
    decode: Decode = as_it_is  # None for what cannot have been printed so


Piece = str | Field


def parse_template(text: str) -> list[tuple[Piece, ...]]:
    """Return every sequence of literals and fields that the template may print.

    Raises
    ------
    TemplateError
        With the place and the reason, where a body could not be read back.
    """
    alternatives = [_joined(pieces) for pieces in _alternatives(parse_nodes(text))]
    for pieces in alternatives:
        _check(pieces)
    return list(dict.fromkeys(alternatives))


def _alternatives(nodes: Sequence[Node]) -> list[list[Piece]]:
    """Return each sequence of pieces that the nodes may print."""
    found: list[list[Piece]] = [[]]
    for node in nodes:
        if isinstance(node, Text):
            found = [[*pieces, node.text] for pieces in found]
        elif isinstance(node, Output):
            more = _pieces(node)
            found = [[*pieces, *more] for pieces in found]
        else:
            _check_condition(node)
            inner = [*_alternatives(node.body), *_alternatives(node.otherwise)]
            found = [[*pieces, *more] for pieces in found for more in inner]
            if len(found) > MOST_ALTERNATIVES:
                raise TemplateError(f"{node.place} is one choice too many to be read back")
    return found


def _check_condition(block: Block) -> None:
    """Let only the presence of a field decide."""
    match block.keyword, block.pipe.commands, block.pipe.variables:
        case "if", ((Path() as path,),), ():
            _read_path(path, block.place)
        case _:
            raise _unreadable(block.place)


def _pieces(output: Output) -> list[Piece]:
    """Return what one action prints: a field, or what printf makes of several."""
    place = output.place
    if output.pipe.variables:
        raise _unreadable(place)
    first, *pipe = output.pipe.commands
    pieces = _command(first, None, place)
    for command in pipe:
        if len(pieces) != 1 or not isinstance(pieces[0], Field):
            raise _unreadable(place)
        pieces = _command(command, pieces[0], place)
    return pieces


def _command(command: Command, piped: Field | None, place: Place) -> list[Piece]:
    first, *arguments = command
    if isinstance(first, Path) and piped is None:
        return [_field(first, arguments, place)]
    if isinstance(first, Constant) and piped is None and not arguments:
        return [_string(first, place)]
    if not isinstance(first, Word):
        raise _unreadable(place)
    fields = [_field(term, [], place) for term in arguments if not _is_string(term)]
    if piped is not None:
        fields.append(piped)
    if first.name == "printf" and arguments:
        return _formatted(_string(arguments[0], place), fields, place)
    if first.name in _DECODERS and len(fields) == 1 and len(arguments) == (piped is None):
        return [_decoded(fields[0], _DECODERS[first.name], place)]
    raise _unreadable(place)


def _formatted(text: str, fields: list[Field], place: Place) -> list[Piece]:
    """Return the pieces that printf prints."""
    pieces: list[Piece] = []
    at, waiting = 0, list(fields)
    for found in _VERB.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found[1] == "%":
            pieces.append("%")
        elif found[1] in _VERBS and waiting:
            pieces.append(_decoded(waiting.pop(0), _VERBS[found[1]], place))
        else:
            raise _unreadable(place)
    if waiting:
        raise _unreadable(place)
    return [*pieces, text[at:]]


def _decoded(field: Field, decode: Decode, place: Place) -> Field:
    if decode is as_it_is:
        return field
    if field.decode is not as_it_is:
        raise _unreadable(place)
    return Field(field.path, decode)


def _field(term: Term, arguments: Sequence[Term], place: Place) -> Field:
    """Read a path, perhaps with the methods of a time."""
    if not isinstance(term, Path):
        raise _unreadable(place)
    *names, last = term.names or ("",)
    if last == "Format" and len(arguments) == 1:
        layout = _string(arguments[0], place)
        if layout not in GO_TIME_LAYOUTS or (names[-1:] != ["UTC"] and "Z" not in layout):
            sentence = "cannot be read back; write the time without .Format, or with the layout"
            raise TemplateError(f'{place} {sentence} "2006-01-02T15:04:05.999999Z07:00"')
        return Field(_time_path(term, place), GO_TIME_LAYOUTS[layout])
    if last in ("Unix", "UnixNano") and not arguments:
        return Field(_time_path(term, place), from_unix)
    if arguments:
        raise _unreadable(place)
    return Field(_read_path(term, place), as_it_is)


def _time_path(path: Path, place: Place) -> str:
    """Read a path whose last name is a method of a time."""
    found = _read_path(Path(path.names[:-1], path.variable, path.base), place)
    if PATHS[found] != "time":
        raise TemplateError(f"{place} is no time")
    return found


def _read_path(path: Path, place: Place) -> str:
    """Return the field of the event that the path leads to."""
    names = list(path.names)
    if path.variable not in ("", "$") or path.base is not None or not names:
        raise _unreadable(place)
    if names[0] in ("ObjectMeta", "TypeMeta"):
        names.pop(0)
    methods = 0
    while len(names) > 1 and names[-1] in TIME_METHODS:
        methods += 1
        names.pop()
    name = ".".join(names)
    if name not in PATHS or (methods and PATHS[name] != "time"):
        sentence = "is no field of an event; kube-eventer would lose every event over it"
        raise TemplateError(f"{place} {sentence}")
    return name


def _is_string(term: Term) -> bool:
    return isinstance(term, Constant) and isinstance(term.value, str)


def _string(term: Term, place: Place) -> str:
    if isinstance(term, Constant) and isinstance(term.value, str):
        return term.value
    raise _unreadable(place)


def _unreadable(place: Place) -> TemplateError:
    return TemplateError(
        f"{place} cannot be read back; write plain fields such as {{{{ .Reason }}}}"
    )


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Join neighbouring literals: they and the fields alternate, a literal first and last."""
    joined: list[Piece] = [""]
    for piece in pieces:
        last = joined[-1]
        if isinstance(piece, Field):
            joined += [piece, ""]
        elif isinstance(last, str):
            joined[-1] = last + piece
    return tuple(joined)


def _check(pieces: Sequence[Piece]) -> None:
    """Refuse a template whose bodies say too little, or do not say where a field ends."""
    fields = [piece for piece in pieces if isinstance(piece, Field)]
    for number, (one, other) in enumerate(pairwise(fields), 1):
        if not pieces[2 * number]:
            between = f"{{{{ .{one.path} }}}} and {{{{ .{other.path} }}}}"
            raise TemplateError(f"has nothing between {between}: nobody can tell where one ends")
    if not any(field.path in ("Reason", "Message") for field in fields):
        raise TemplateError("tells neither {{ .Reason }} nor {{ .Message }}")
