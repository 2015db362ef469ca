"""Where a user's template is made: a sandbox without files, where every value is escaped.

Nothing of the reports that takes long to import is needed here: a process starts for each template.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from html import escape as html_escape
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import BlockReference, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import htmlsafe_json_dumps, missing
from markupsafe import Markup

from analytics.inert import printable
from reports.markdown_spans import prose
from reports.template_context import Kind, TemplateDigest

MOST_FILE_BYTES = 1_000_000
INCLUDED_SUFFIX = ".j2"  # no other file of the folder is a template: secrets may lie beside it

_SHOWN_CHARACTERS = 900
_REMOVED_FILTERS = ("random", "safe", "urlize")  # another result each time; foreign text unescaped
_REMOVED_GLOBALS = ("lipsum",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A template to be made."""

    path: Path
    kind: Kind
    escape: Callable[[str], str]  # what the reader of the text wants escaped, before the kind's own
    context: TemplateDigest
    most_bytes: int  # of what it makes


class MistakeError(Exception):
    """One sentence: file, line and what is wrong."""


def make(job: Job) -> str:
    """Return what a template makes.

    Raises
    ------
    MistakeError
        The template cannot be used. The sentence names file and line.
    """
    try:
        environment = _Sandbox(job)
        return "".join(
            _bounded(
                environment.get_template(job.path.name).generate(digest=job.context), job.most_bytes
            )
        )
    except MemoryError:
        raise
    except Exception as error:  # a template may raise what any Python may
        raise MistakeError(_sentence(error, job.path)) from error


def _bounded(parts: Iterator[str], most_bytes: int) -> Iterator[str]:
    size = 0
    for part in parts:
        size += len(part.encode())
        if size > most_bytes:
            raise OverflowError(f"it makes more than {most_bytes:,} bytes")
        yield part


class _Made(str):
    """What a macro or a block made: the values in it are escaped already."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class _Unknown(StrictUndefined):
    """A name that there is not; the sentence says which there are."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        of, name = self._undefined_obj, self._undefined_name
        if self._undefined_hint:
            return self._undefined_hint
        if of is missing:
            return f"{name!r} is undefined; the context has: digest"
        if is_dataclass(of):
            known = ", ".join(field.name for field in fields(of))
            return f"{name!r} is undefined; {_noun(of)} has: {known}"
        return f"{name!r} is undefined; a {type(of).__name__} has no such thing"


def _noun(of: object) -> str:
    return type(of).__name__.removeprefix("Template").lower()


class _Folder(BaseLoader):
    """Templates of one folder, and nothing else."""

    def __init__(self, path: Path) -> None:
        self._first = path
        self._folder = path.parent.resolve()

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        path = self._first if template == self._first.name else self._beside(template)
        if path.stat().st_size > MOST_FILE_BYTES:
            raise ValueError(f"{path.name} is larger than {MOST_FILE_BYTES:,} bytes")
        source = path.read_text(encoding="utf-8")
        tree = environment.parse(source, template, str(path))
        for node in tree.find_all((nodes.FilterBlock, nodes.ScopedEvalContextModifier)):
            word = "filter" if isinstance(node, nodes.FilterBlock) else "autoescape"
            raise TemplateSyntaxError(
                f"a block {word!r} could undo the escapes and is not allowed",
                node.lineno,
                template,
                str(path),
            )
        return source, str(path), None

    def _beside(self, template: str) -> Path:
        path = (self._folder / template).resolve()
        parts = PurePosixPath(template).parts
        if ".." in parts or not path.is_relative_to(self._folder) or "\0" in template:
            raise SecurityError(f"{template!r} is not in the template's own folder")
        if PurePosixPath(template).suffix != INCLUDED_SUFFIX:
            raise SecurityError(f"{template!r} is no template: their names end in .j2")
        if not path.is_file():
            raise TemplateNotFound(template)
        return path


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without what could read, write, change or repeat itself differently."""

    def __init__(self, job: Job) -> None:
        super().__init__(
            loader=_Folder(job.path),
            undefined=_Unknown,
            autoescape=job.kind == "html",
            finalize=lambda value: _written(value, job),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=50,
        )
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        for name in _REMOVED_GLOBALS:
            del self.globals[name]
        self.filters["number"] = lambda value: f"{value:,}"
        self.filters["tojson"] = lambda value: _json(value, job)

    def call(self, context: Any, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call *called*; only what a macro or a block made is taken for escaped."""
        is_template = isinstance(called, (Macro, BlockReference))
        if "caller" in named and not is_template:
            raise SecurityError("only a macro can be called with a block")
        made = super().call(context, called, *arguments, **named)
        if is_template:
            return made if isinstance(made, Markup) else _Made(made)
        return str(made) if type(made) is _Made else made


def _written(value: object, job: Job) -> object:
    """Return a value as it is put where the template says it."""
    if isinstance(value, Undefined):
        return str(value)  # which raises
    if isinstance(value, _Made) or (job.kind == "html" and isinstance(value, Markup)):
        return value
    if isinstance(value, str):
        return _Made(_escaped(str(value), job))
    if value is None or isinstance(value, bool):
        text = json.dumps(value) if job.kind == "json" else ("" if value is None else str(value))
        return _Made(text)
    if isinstance(value, (int, float)):
        return _Made(value)
    if isinstance(value, datetime):
        return _Made(value.isoformat())
    what = _noun(value) if is_dataclass(value) else type(value).__name__
    raise TypeError(
        f"a {what} cannot be written as it is; name a field of it, loop over it, or "
        "use the filter tojson"
    )


def _escaped(text: str, job: Job) -> str:
    escaped = job.escape(text)
    if job.kind == "html":
        return html_escape(escaped)
    if job.kind == "markdown":
        return prose(escaped)
    return json.dumps(escaped, ensure_ascii=False)[1:-1] if job.kind == "json" else escaped


def _json(value: object, job: Job) -> str:
    """Return *value* as JSON, its texts escaped for the reader."""
    plain = _plain(value, job.escape)
    if job.kind == "html":
        return htmlsafe_json_dumps(plain, ensure_ascii=False, allow_nan=False)
    return _Made(json.dumps(plain, ensure_ascii=False, allow_nan=False))


def _plain(value: object, escape: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return escape(str(value))
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value), escape)
    if isinstance(value, dict):
        return {str(key): _plain(one, escape) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, escape) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")


def _sentence(error: Exception, path: Path) -> str:
    """Return file, line and what is wrong."""
    name, line = _place(error, path)
    place = f"the template {name}" + (f", line {line}" if line else "")
    return printable(f"{place}: {_what(error)}"[:_SHOWN_CHARACTERS])


def _what(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no file {error.message!r} in its folder"
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}"
    return str(error.args[0] if error.args else type(error).__name__).rstrip(".")


def _place(error: Exception, path: Path) -> tuple[str, int | None]:
    """Return the file and line of a mistake; None where it has no line."""
    if isinstance(error, TemplateSyntaxError):
        return Path(error.filename or path).name, error.lineno
    folders = {path.parent, path.parent.resolve()}
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders)
        and frame.filename.endswith((INCLUDED_SUFFIX, path.name))
    ]
    if not frames:
        return path.name, None
    return Path(frames[-1].filename).name, frames[-1].lineno
