"""The fenced blocks of the pages, and the commands in them.

A block of commands is run by the tests. Where it cannot be, the line above its fence says why:
``<!-- not executed: REASON -->``, or which test does what it shows: ``<!-- executed by FILE -->``.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from kubedigest.cli import kubedigest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
OF_THE_LAUNCHER = {"test", "bench", "lint", "check", "manual", "sbom"}
_MARKER = re.compile(r"<!-- (not executed: .+|executed by \S+) -->")
_OURS = re.compile(r"(?:^|\| )(?:\./run|kubedigest) ")
_OPERATORS = {"|", ">"}


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str
    marker: str  # what the line above the fence says; "" for nothing

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command line: words before a pipe and after a redirection stand apart."""

    words: tuple[str, ...]
    piped_from: tuple[str, ...] = ()
    written_to: str = ""

    @property
    def arguments(self) -> tuple[str, ...] | None:
        """What kubedigest is given; None for other programs, and for ./run where it tests."""
        ours = self.words[0] == "kubedigest" or (
            self.words[0] == "./run" and self.words[1] not in OF_THE_LAUNCHER
        )
        return self.words[1:] if ours else None


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    opened, said = -1, ""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("```"):
            continue
        if opened >= 0:
            text = textwrap.dedent("\n".join(lines[opened + 1 : number])) + "\n"
            yield Block(page, opened + 1, lines[opened].strip("` "), text, said)
            opened = -1
        else:
            opened = number
            marker = _MARKER.fullmatch(lines[number - 1].strip()) if number else None
            said = marker[1] if marker else ""


def all_blocks(*languages: str) -> list[Block]:
    """Return the blocks of all pages that have one of the languages."""
    return [one for page in PAGES for one in blocks(page) if one.language in languages]


def commands(block: Block) -> list[Command]:
    """Return the command lines of a block; in a console those after the prompt.

    Of a block that is not run, only the lines in which kubedigest is started.

    Raises
    ------
    ValueError
        A line needs more of a shell than pipes and redirections.
    """
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    if block.marker:
        lines = [line for line in lines if _OURS.search(line)]
    return [command(words) for line in lines if (words := _words(line))]


def command(words: list[str]) -> Command:
    """Return the last program of a pipeline, with what is before and behind it."""
    written = ""
    if ">" in words:
        place = words.index(">")
        words, written = words[:place], words[place + 1]
    piped: list[str] = []
    while "|" in words:
        place = words.index("|")
        piped, words = words[:place], words[place + 1 :]
    return Command(tuple(words), tuple(piped), written)


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>&;")
    lexer.whitespace_split = True
    words = list(lexer)
    unknown = {word for word in words if word and set(word) <= set("|>&;")} - _OPERATORS
    if unknown:
        raise ValueError(f"the tests do not understand {unknown} in {line!r}")
    return words


def parse(arguments: tuple[str, ...]) -> click.Context:
    """Return the context of the command that the arguments name.

    Raises
    ------
    click.UsageError
        There is no such command or option, or a value is none that it takes.
    """
    group: click.Command = kubedigest
    context, rest = click.Context(group, info_name="kubedigest"), list(arguments)
    while isinstance(group, click.Group):
        _, rest, _ = group.make_parser(context).parse_args(rest)
        if not rest:
            raise click.UsageError("a command is missing", context)
        name, found, rest = group.resolve_command(context, rest)
        if found is None:
            raise click.UsageError(f"there is no command {name}", context)
        group = found
        if isinstance(group, click.Group):
            context = click.Context(group, info_name=name, parent=context)
    return group.make_context(name, rest, parent=context)
