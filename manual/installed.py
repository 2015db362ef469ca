"""What is installed because kubedigest needs it, by the metadata of the packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# those that the program itself can use; the others are for contributors and notebooks
EXTRAS = ("apprise", "local", "pictures")
_CLASSIFIER = "License :: OSI Approved :: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One distribution, and what it needs of the others."""

    name: str
    version: str
    expression: str  # SPDX; "" where the package names its licence in words only
    licence: str  # the same, or those words
    needs: tuple[str, ...]


def packages(path: Iterable[str] | None = None) -> tuple[Package, ...]:
    """Return kubedigest, and then everything that it needs directly or indirectly, by name.

    Parameters
    ----------
    path
        Folders of packages; default: those of this interpreter. What an extra asks for and is not
        there is left out.
    """
    all_found = distributions() if path is None else distributions(path=list(path))
    found: dict[str, Distribution] = {}
    for one in all_found:
        found.setdefault(canonicalize_name(one.name), one)
    wanted: dict[str, set[str]] = {"kubedigest": set(EXTRAS)}
    edges: dict[str, set[str]] = {}
    waiting = [("kubedigest", extra) for extra in ("", *EXTRAS)]
    while waiting:
        name, extra = waiting.pop()
        if (distribution := found.get(name)) is None:
            continue
        needs = edges.setdefault(name, set())
        for requirement in map(Requirement, distribution.requires or ()):
            other = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            if other == name or other not in found:
                continue
            needs.add(other)
            for asked in {"", *requirement.extras} - wanted.setdefault(other, set()):
                wanted[other].add(asked)
                waiting.append((other, asked))
    return tuple(
        _package(name, found[name], needs)
        for name, needs in sorted(edges.items(), key=lambda item: (item[0] != "kubedigest", item))
    )


def _package(name: str, distribution: Distribution, needs: set[str]) -> Package:
    about = distribution.metadata.json
    expression = str(about.get("license_expression", ""))
    words = [
        one.removeprefix(_CLASSIFIER)
        for one in about.get("classifier", ())
        if one.startswith(_CLASSIFIER)
    ]
    field = str(about.get("license", "")).strip()
    # some write the whole text of the licence there
    short = field if field and "\n" not in field and len(field) <= 60 else ""
    return Package(
        name=name,
        version=distribution.version,
        expression=expression,
        licence=expression or " and ".join(sorted(words)) or short or "not said",
        needs=tuple(sorted(needs)),
    )
