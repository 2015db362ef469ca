"""The parameters of one string, read twice: as Go reads them, and as they were meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reports.sinks.go_url import Address, Pair, pairs
from reports.sinks.rules import OneOf, pattern_problem
from reports.sinks.sink import Parameter, Trap

_NEAR = {
    "namespace": "namespaces",
    "kind": "kinds",
    "reasons": "reason",
    "levels": "level",
    "headers": "header",
    "labels": "label",
    "custom_body_config_map": "custom_body_configmap",
}
_SHOWN_CHARACTERS = 60


class Asked:
    """What a string asks for, and what there is to say about it."""

    def __init__(self, letter: Address, meant: Address, known: Sequence[str]) -> None:
        self.letter, self.meant, self.known = letter, meant, tuple(known)
        self.parameters: list[Parameter] = []
        self.traps: list[Trap] = []
        self.problems: list[str] = []
        self._letter = [pair for pair in pairs(letter.query or "") if not pair.is_dropped]
        self._meant = [_without_entity(pair) for pair in pairs(meant.query or "")]
        for pair in self._meant:
            if pair.is_dropped and pair.name in self.known:
                self.trap(
                    pair.name,
                    "kube-eventer drops it whole, for a ; or a % that escapes nothing; "
                    "write %3B or %25",
                )
            if pair.name in _NEAR and _NEAR[pair.name] in self.known:
                self.trap(pair.name, f"there is no such parameter; {_NEAR[pair.name]} is one")
            if any(f"?{name}=" in pair.raw for name in self.known):
                self.trap("URL", "there is a second ? in it; parameters are joined by &")
        if letter.fragment or meant.fragment:
            self.trap("URL", "what stands behind # is no part of the query; write %23")

    def trap(self, parameter: str, sentence: str) -> None:
        """Note down where the behaviour differs; the sentence holds no secret."""
        found = Trap(parameter[:_SHOWN_CHARACTERS], sentence)
        if found not in self.traps:
            self.traps.append(found)

    def say(self, name: str, given: str, kube_eventer: str, kubedigest: str) -> None:
        """Note down what one parameter does; no secrets."""
        self.parameters.append(
            Parameter(name=name, given=given, kube_eventer=kube_eventer, kubedigest=kubedigest)
        )

    def letters(self, name: str) -> list[str]:
        """Return the values that Go finds, decoded."""
        return [pair.value for pair in self._letter if pair.name == name]

    def meanings(self, name: str) -> list[str]:
        """Return the values as they were meant: also of pairs that Go drops."""
        return [pair.value for pair in self._meant if pair.name == name]

    def shown(self, name: str) -> str:
        """Return the values as they were given; only for parameters that are no secrets."""
        return " and ".join(pair.meant for pair in self._meant if pair.name == name)

    def first(self, name: str) -> str | None:
        """Return the value as it was meant, and say where only the first of several counts."""
        found = self.meanings(name)
        if len(found) > 1:
            self.trap(name, f"it is given {len(found)} times, and only the first counts")
        return found[0] if found else None

    def letter_first(self, name: str) -> str | None:
        """Return the value that kube-eventer takes."""
        return next(iter(self.letters(name)), None)

    def letter_items(self, name: str) -> tuple[str, ...] | None:
        """Return the items as Go splits them; none of an empty value, None without one."""
        found = self.letter_first(name)
        return None if found is None else tuple(found.split(",")) if found else ()

    def items(self, name: str) -> tuple[str, ...]:
        """Return the items as they were meant, and note down what happens to them in Go."""
        values = [pair.meant for pair in self._meant if pair.name == name]
        if len(values) > 1:
            self.trap(
                name, f"it is given {len(values)} times, and kube-eventer only reads the first"
            )
        found = tuple(item for value in values for item in _parts(value))
        letter = self.letter_items(name)
        if letter:
            self._note_items(name, letter, values[0] if values else "")
        return found

    def _note_items(self, name: str, letter: Sequence[str], value: str) -> None:
        if "," in value and any(item != item.strip() for item in value.split(",")):
            self.trap(name, "kube-eventer does not trim the items; one with a blank fits nothing")
        if "" in letter:
            anything = name == "reason"
            what = "lets everything through" if anything else "fits nothing"
            self.trap(name, f"there is an empty item between its commas, which {what}")
        if len(letter) > len(_parts(value)) + letter.count(""):
            self.trap(name, "kube-eventer cuts at every comma, also inside of {1,3}")
        if "+" in value.lstrip("+ "):
            self.trap(name, "kube-eventer reads its + as a blank; write %2B")

    def patterns(self, name: str) -> tuple[str, ...]:
        """Return the items that are patterns; a bad one is a problem."""
        found = self.items(name)
        for item in found:
            if (reason := pattern_problem(item)) is not None:
                shown = item[:_SHOWN_CHARACTERS]
                self.problems.append(f"{name}: the pattern {shown} cannot be compiled: {reason}")
        for item in self.letter_items(name) or ():
            if name == "reason" and pattern_problem(item) is not None:
                self.trap(
                    name,
                    "kube-eventer cannot compile one of its patterns, logs that for every event, "
                    "and the pattern fits nothing",
                )
        return found

    def types(self) -> OneOf | None:
        """Return the types as the documentation has them: without a level, Warning."""
        given = self.first("level")
        known = {"warning": "Warning", "normal": "Normal"}.get((given or "warning").strip().lower())
        if given is not None and given not in ("Warning", "Normal"):
            self.trap("level", f"there is no level {given[:20]!r}: Warning or Normal, spelt so")
        return OneOf(("Normal", "Warning") if known == "Normal" else ("Warning",))


def words(rule: OneOf | None, nothing: str = "no filter") -> str:
    """Say what a rule lets through."""
    if rule is None:
        return nothing
    if not rule.texts:
        return "nothing passes"
    shown = " or ".join(
        text if text.strip() == text and text else repr(text) for text in rule.texts
    )
    return {
        "equal": shown,
        "equal but for case": f"{shown} in any case",
        "whole": f"{shown} as a pattern of the whole name",
        "anywhere": f"{shown} as a pattern anywhere",
    }[rule.how]


def _without_entity(pair: Pair) -> Pair:
    """Read &amp; as it was meant where a string was copied from a web page."""
    if not pair.raw.startswith("amp;"):
        return pair
    found = next(pairs(pair.raw.removeprefix("amp;")), pair)
    return Pair(found.name, found.value, found.meant, True, found.raw)


def _parts(value: str) -> list[str]:
    """Split at the commas that stand outside of brackets; trimmed, and without empty ones."""
    parts, depth = [""], 0
    for sign in re.findall(r"\\.|.", value, re.DOTALL):
        depth += (sign in "([{") - (sign in ")]}" and depth > 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    trimmed = (part.strip().lstrip("+ ") for part in parts)
    return [part for part in trimmed if part]
