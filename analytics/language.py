"""The language that sentences are said in: English in the code, others from a catalogue."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, reduce
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Any

from analytics.errors import LanguageError

SHIPPED = ("en", "zh")

_PLACE = re.compile(r"\(line (\d+)\)(: .+)?")  # in the messages of polib
_TRIED = 1000  # numbers that a plural rule is tried with


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What the sentences of the code are in one language."""

    tag: str  # BCP 47, such as zh-CN
    texts: Mapping[str, str]  # by the English text
    plurals: Mapping[tuple[str, str], tuple[str, ...]]  # by its singular and plural
    form: Callable[[int], int]  # which plural a number takes


ENGLISH = Language(tag="en", texts={}, plurals={}, form=lambda number: int(number != 1))

_spoken: ContextVar[Language] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say everything inside of the block in *language*."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> Language:
    """Return the language in use."""
    return _spoken.get()


def say(english: str, /, **values: object) -> str:
    """Return a sentence in the language in use, with its values in place.

    Parameters
    ----------
    english
        The sentence with ``{name}`` for each value: also the key of the catalogues, so it is
        always written out where it is said.
    **values
        Put in as they are; text from events must be inert.

    Examples
    --------
    >>> say("No data from {cluster}.", cluster="prod"), say("{share} %", share=7)
    ('No data from prod.', '7 %')
    """
    return spoken().texts.get(english, english).format(**values)


def say_number(one: str, many: str, /, number: int, **values: object) -> str:
    """Return a phrase about *number* in the form that its language wants.

    Parameters
    ----------
    one, many
        The English phrases; ``{number}`` becomes the number with its separators.
    number
        Decides the form.
    **values
        Other values, put in as they are.

    Examples
    --------
    >>> [say_number("{number} failure", "{number} failures", n) for n in (0, 1, 4610)]
    ['0 failures', '1 failure', '4,610 failures']
    """
    language = spoken()
    forms = language.plurals.get((one, many))
    if forms is None:
        phrase = one if number == 1 else many
    else:
        phrase = forms[min(language.form(number), len(forms) - 1)]
    return phrase.format(number=f"{number:,}", **values)


def sentences(*said: str) -> str:
    """Return sentences as one text; those that are "" are left out.

    >>> sentences("No failures.", "", "12 events seen.")
    'No failures. 12 events seen.'
    """
    return _joined(said, lambda before, after: say("{before} {after}", before=before, after=after))


def names_listed(names: Iterable[str]) -> str:
    """Return names as a list inside of a sentence; those that are "" are left out.

    >>> names_listed(["shop", "billing", "3 more"])
    'shop, billing, 3 more'
    """
    return _joined(names, lambda name, more: say("{name}, {more}", name=name, more=more))


def facts_listed(facts: Iterable[str]) -> str:
    """Return phrases one after the other; those that are "" are left out.

    >>> facts_listed(["3 episodes", "", "4 objects"])
    '3 episodes, 4 objects'
    """
    return _joined(facts, lambda fact, more: say("{fact}, {more}", fact=fact, more=more))


def parts_listed(parts: Iterable[str]) -> str:
    """Return phrases that hold lists themselves one after the other; "" is left out.

    >>> parts_listed(["only namespaces shop, web", "type=Warning in billing"])
    'only namespaces shop, web; type=Warning in billing'
    """
    return _joined(parts, lambda part, more: say("{part}; {more}", part=part, more=more))


def language(name: str) -> Language:
    """Return a language by its name, or that of a catalogue file.

    Parameters
    ----------
    name
        ``en``, ``zh``, or the path of a ``.po`` file. What a catalogue does not translate stays
        English.

    Raises
    ------
    LanguageError
        There is no such language or file, or the file is no catalogue; the sentence says where.
    """
    if name == "en":
        return ENGLISH
    if name in SHIPPED:
        return _shipped(name)
    if not name.endswith(".po"):
        raise LanguageError(
            f"there is no language {name[:60]!r}; use en, zh, or the path of a catalogue file (.po)"
        )
    return _read(Path(name))


def _joined(parts: Iterable[str], join: Callable[[str, str], str]) -> str:
    said = [part for part in parts if part]
    return reduce(join, said) if said else ""


@cache
def _shipped(name: str) -> Language:
    with resources.as_file(resources.files("analytics").joinpath(f"languages/{name}.po")) as path:
        return _read(path)


def _read(path: Path) -> Language:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LanguageError(f"the catalogue {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LanguageError(f"the catalogue {path} is not UTF-8") from error
    metadata, entries = _entries(path, text)
    numbers = {index for entry in entries for index in entry.msgstr_plural}
    return Language(
        tag=metadata.get("Language", "").strip().replace("_", "-") or "und",
        texts={entry.msgid: entry.msgstr for entry in entries if not entry.msgid_plural},
        plurals={
            (entry.msgid, entry.msgid_plural): tuple(
                entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)
            )
            for entry in entries
            if entry.msgid_plural
        },
        form=_form(path, metadata.get("Plural-Forms", ""), len(numbers)),
    )


def _entries(path: Path, text: str) -> tuple[dict[str, str], list[Any]]:
    """Return the header and what is translated."""
    import polib  # which English does without

    try:
        found: Any = polib.pofile(text)
    except (OSError, ValueError) as error:
        place = _PLACE.search(str(error))
        where, what = (f", line {place[1]},", place[2] or "") if place else ("", "")
        raise LanguageError(f"the catalogue {path}{where} is not a .po file{what}") from error
    known: dict[tuple[str, str], int] = {}
    for entry in found:
        key = (entry.msgid, entry.msgid_plural)
        if key in known:
            raise LanguageError(
                f"the catalogue {path}, line {_line(entry)}, translates again what line "
                f"{known[key]} has: {entry.msgid[:60]!r}"
            )
        known[key] = _line(entry)
    entries = [entry for entry in found if entry.translated()]
    for entry in entries:
        _require_fields(path, entry)
    return found.metadata, entries


def _require_fields(path: Path, entry: Any) -> None:
    """Raise LanguageError where a translation names a value that the English has not."""
    known = fields(entry.msgid) | fields(entry.msgid_plural)
    where = f"the catalogue {path}, line {_line(entry)}"
    for text in (entry.msgstr, *entry.msgstr_plural.values()):
        try:
            unknown = sorted(fields(text) - known)
        except ValueError as error:
            raise LanguageError(f"{where}: {error}") from error
        if unknown:
            raise LanguageError(
                f"{where}: the English text has no {{{unknown[0]}}}; "
                f"it has {', '.join(f'{{{name}}}' for name in sorted(known)) or 'no values'}"
            )


def _line(entry: Any) -> int:
    return int(entry.linenum) or 1  # polib counts from the second entry on


def fields(text: str) -> set[str]:
    """Return the names of the values that *text* has, such as ``number``.

    Raises
    ------
    ValueError
        A brace is alone, or a value has a format of its own, which it must not.

    Examples
    --------
    >>> sorted(fields("{number} failures in {workloads}"))
    ['number', 'workloads']
    """
    parts = [part for part in Formatter().parse(text) if part[1] is not None]
    for _, name, form, conversion in parts:
        if form or conversion:
            raise ValueError(f"write {{{name}}} without a format")
    return {str(name) for _, name, _, _ in parts}


def _form(path: Path, header: str, forms: int) -> Callable[[int], int]:
    """Return the rule of a header such as ``nplurals=2; plural=(n != 1);``."""
    if not header or not forms:
        return ENGLISH.form
    rule = header.partition("plural=")[2].strip().rstrip(";")
    try:
        form: Callable[[int], int] = gettext.c2py(rule)
        is_in_range = all(0 <= form(number) < forms for number in range(_TRIED))
    except (ValueError, ZeroDivisionError) as error:
        raise LanguageError(f"the catalogue {path} has the plural rule {rule[:60]!r}") from error
    if not is_in_range:
        raise LanguageError(
            f"the plural rule {rule[:60]!r} of the catalogue {path} asks for forms that no "
            "translation has"
        )
    return form
