"""One message -> its pattern and the values behind each wildcard. Stateless: nothing is learnt."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from analytics.pieces import PIECE, value_of

SIMILAR = "(combined from similar events): "
LOOKED_AT_CHARACTERS = 1_000
CACHED_MESSAGES = 10_000

# a name follows these words: where it has a dash, or after a slash, or before one
KINDS = frozenset(
    {"container", "pod", "node", "volume", "secret", "configmap", "set", "deployment", "job"}
    | {"replicaset", "statefulset", "daemonset", "service", "persistentvolumeclaim", "namespace"}
    | {"serviceaccount", "account", "clusteroperator", "quota", "assigned"}
)
# between these and a kind on one side and the name on the other stands nothing else
VERBS = frozenset({"Created", "Started", "Stopping", "Killing", "exceeded"})
TOWARDS = frozenset({"to", "on"})
NAMED_AFTER = KINDS | TOWARDS
DASHED = re.compile(r"[a-z0-9.]+(-[a-z0-9.]+)+")
JOINTS = frozenset({"/", "_"})  # of namespace/name and name_namespace
IN_POD = [" ", "in", " ", "pod"]
PLAIN = frozenset({" ", ": ", ", "})
CHANGES = re.compile(r" (?:changed|updated|diff): ")
CLAUSE = re.compile(r", (?=[\d*])")
COUNTED = re.compile(r"\d[\w.]*|\*")
SCHEDULER = "nodes are available: "


class Folded(NamedTuple):
    """A message without its values."""

    pattern: str  # a wildcard * for each value, and no other *
    values: tuple[str, ...]  # one for each wildcard
    named: tuple[bool, ...]  # it is a name or an address, and not just a measure

    @property
    def message(self) -> str:
        """What was folded: the pattern with the values put back."""
        first, *others = self.pattern.split("*")
        pairs = zip(self.values, others, strict=True)
        return first + "".join(value + text for value, text in pairs)


def fold(message: str, *, object_name: str = "", names: frozenset[str] = frozenset()) -> Folded:
    """Replace the values in a message by wildcards.

    Parameters
    ----------
    message
        Of an event. Of its first line at most 1,000 characters are looked at.
    object_name
        Of the involved object: a value wherever it stands as a word of its own.
    names
        What else the event names: namespace, workload, host, values of labels. These are values
        where they look unlike a plain word or are joined to something by ``/`` or ``_``, since
        "default", "web" and "server" are words too.

    Returns
    -------
    Folded
        Values are the event's own names, quoted words, lists of names (in any order the same), IP
        addresses, times, UUIDs and hashes, numbers with their units, dumps of JSON and of Go
        structures, what stands behind "changed: ", and words that look like names of objects or
        stand where one stands. The prefix of combined events is cut. The clauses of the scheduler
        are sorted; of its unquoted words only measures are values, since taints, resources and
        rules look like names and are what it complains of.

    Examples
    --------
    >>> fold("Back-off 40s restarting failed container=web pod=web-0_shop(9a1f)",
    ...     object_name="web-0", names=frozenset({"shop"})).pattern
    'Back-off * restarting failed container=web pod=*_*(*)'
    >>> fold('secret "tls" not found').values
    ('tls',)
    """
    first_line = message.removeprefix(SIMILAR).strip().partition("\n")[0]
    return _fold(first_line[:LOOKED_AT_CHARACTERS].rstrip(". "), object_name, names)


@lru_cache(CACHED_MESSAGES)
def _fold(text: str, object_name: str, names: frozenset[str]) -> Folded:
    if SCHEDULER in text:
        return _fold_scheduler(_sorted_clauses(text))
    changes = CHANGES.search(text)
    sentence = text[: changes.end()] if changes else text
    found = _fold_sentence(PIECE.findall(sentence), object_name, names)
    if not changes:
        return found
    diff = text[changes.end() :]
    return Folded(f"{found.pattern}*", (*found.values, diff), (*found.named, True))


def _fold_sentence(pieces: list[str], object_name: str, names: frozenset[str]) -> Folded:
    values, named = [], []
    before = word = ""  # the last two words, * for a value
    for place, piece in enumerate(pieces):
        if piece in PLAIN:
            continue
        found = value_of(piece)
        if found is None and piece[0].isalnum():
            if piece == object_name or _is_name(pieces, place, word, before, names):
                found = ("*", piece, True)
            else:
                before, word = word, piece
        if found is not None:
            pieces[place], value, is_name = found
            values.append(value)
            named.append(is_name)
            if found[0] == "*":
                before, word = word, "*"
    return Folded("".join(pieces), tuple(values), tuple(named))


def _is_name(pieces: list[str], place: int, word: str, before: str, names: frozenset[str]) -> bool:
    """Tell whether a plain piece is one of the event's names, or stands where a name stands."""
    piece = pieces[place]
    glue = pieces[place - 1] if place else " "
    following = pieces[place + 1] if place + 1 < len(pieces) else ""
    joined = glue[-1:] in JOINTS or following in JOINTS
    if not joined and piece.isalpha() and word not in NAMED_AFTER:
        return False
    dashed = "-" in piece and DASHED.fullmatch(piece) is not None
    if piece in names or (joined and dashed):
        return joined or not piece.isalpha()
    if glue in {" ", ": "} and following != "/":
        return _stands_as_name(pieces, place, word, before, dashed=dashed)
    if glue == "/":
        kind = before if word == "*" else word  # of "kind namespace/name", or of "kind/name"
        return kind in KINDS or (word[:1].isupper() and word[1:2].islower())
    if glue == "_":
        return word == "*"
    return following == "/" and glue[-1:] != "/" and _is_namespace(pieces, place, word)


def _stands_as_name(pieces: list[str], place: int, word: str, before: str, *, dashed: bool) -> bool:
    """Tell it from the words before: "Created container x", "-n x", "assigned y to x"."""
    if word in KINDS:
        return dashed or before in VERBS or pieces[place + 1 : place + 5] == IN_POD
    if word in TOWARDS:
        last = before == "*" and place + 1 == len(pieces)
        return last and (dashed or "assigned" in pieces)
    return word == "n" and dashed


def _is_namespace(pieces: list[str], place: int, word: str) -> bool:
    """Tell "default/web-1" and "pod default/web" from a path and from "pods/web-1"."""
    piece, name = pieces[place], pieces[place + 2 : place + 3]
    if not piece.islower() or piece in KINDS or piece[:-1] in KINDS:
        return False
    if not name or pieces[place + 3 : place + 4] == ["/"]:
        return False
    value = value_of(name[0])
    if word in KINDS:
        return name[0][0].isalnum() or value is not None
    return DASHED.fullmatch(name[0]) is not None if value is None else value[2]


def _fold_scheduler(text: str) -> Folded:
    """Fold only quoted words and measures."""
    pieces = PIECE.findall(text)
    values, named = [], []
    for place, piece in enumerate(pieces):
        found = value_of(piece)
        if found is not None and not (piece[0].isalnum() and found[2]):
            pieces[place], value, is_name = found
            values.append(value)
            named.append(is_name)
    return Folded("".join(pieces), tuple(values), tuple(named))


def _sorted_clauses(text: str) -> str:
    """Order the clauses of "3 Insufficient cpu, 1 node(s) had ..." by their words."""
    sentences = []
    for sentence in text.split(". "):
        head, found, rest = sentence.partition(SCHEDULER)
        clauses = sorted(CLAUSE.split(rest), key=lambda clause: (COUNTED.sub("*", clause), clause))
        sentences.append(head + found + ", ".join(clauses))
    return ". ".join(sentences)
