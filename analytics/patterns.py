"""One message -> its pattern and the values behind each wildcard. Stateless: nothing is learnt."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

SIMILAR = "(combined from similar events): "
LOOKED_AT_CHARACTERS = 1_000
CACHED_PIECES = 50_000

# what may be a value, and what lies in between
PIECE = re.compile(
    r"""
    [A-Za-z]++(?=[\ ,]|:\ )                       # most words; first, to be fast
    | \\?"[^\s"\\]*\\?"                           # a quoted word, also escaped
    | '[^\s']+'(?!\w)
    | (?<==)\[[^\[\]]*\]                          # a list
    | \[[\w.:/%@-]++(?:,?\s+[\w.:/%@-]++)*\]
    | \d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?(?![\w-])  # an IPv4 address
    | \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\w.:+-]*    # a time
    | [0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?!\w)  # an IPv6 address
    | [^\W_]++(?:[.'+-][^\W_]++)*+%?              # a word with its dots and dashes
    | [^\w"'\[\\]+ | .
    """,
    re.VERBOSE | re.DOTALL,
)
ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}([:/]\d+)?|(?=.*\d)[0-9A-Fa-f]*(:[0-9A-Fa-f]*){2,7}")
MEASURE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|(?=[a-f]*\d)[0-9a-f]{12,}|0x[0-9a-f]+|\d{4}-\d\d-\d\d[T ].*"
    r"|(\d+(\.\d+)?(h|ms|us|µs|ns|m|s))+|[x-]?\d+([.,]\d+)*([KMGTPE]i?B?|kB|[a-z]{1,2}|%)?"
)
# a name with a digit, or with the suffix of five that Kubernetes generates
NAME = re.compile(
    r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9.+-]*|[a-z0-9.-]+-[bcdfghjklmnpqrstvwxz2456789]{5}"
)
DASHED = re.compile(r"[a-z0-9.]+(-[a-z0-9.]+)+")
KINDS = frozenset({"container", "pod", "node", "volume", "secret", "configmap", "set"})
CONTAINER_VERBS = frozenset({"Created", "Started", "Stopping", "Killing"})
JOINTS = frozenset({"/", "_"})  # of namespace/name and name_namespace
JOINT_PIECES = (["/"], ["_"])
PLAIN = frozenset({" ", ": ", ", "})
CLAUSE = re.compile(r", (?=\d)")
DIGITS = re.compile(r"\d+")
SCHEDULER = "nodes are available: "


class Folded(NamedTuple):
    """A message without its values."""

    pattern: str  # a wildcard * for each value
    values: tuple[str, ...]  # one for each wildcard
    named: tuple[bool, ...]  # it is a name or an address, and not just a measure


def fold(message: str, *, object_name: str = "", namespace: str = "") -> Folded:
    """Replace the values in a message by wildcards.

    Parameters
    ----------
    message
        Of an event. Of its first line at most 1,000 characters are looked at.
    object_name, namespace
        Of the involved object: what the event itself names is a value, whatever it looks like.

    Returns
    -------
    Folded
        Values are the event's own names, quoted words, lists of names (in any order the same), IP
        addresses, times, UUIDs and hashes, numbers with their units, and words that look like
        names of objects or stand where one stands. The prefix of combined events is cut. The
        clauses of the scheduler are sorted; of its unquoted words only measures are values, since
        taints, resources and rules look like names and are what it complains of.

    Examples
    --------
    >>> fold("Back-off 40s restarting failed container=web pod=web-0_shop(9a1f)",
    ...     object_name="web-0", namespace="shop").pattern
    'Back-off * restarting failed container=web pod=*_*(*)'
    >>> fold('secret "tls" not found').values
    ('tls',)
    """
    first_line = message.removeprefix(SIMILAR).strip().partition("\n")[0]
    text = first_line[:LOOKED_AT_CHARACTERS].rstrip(". ")
    scheduler = SCHEDULER in text
    if scheduler:
        text = _sorted_clauses(text)
    shown = PIECE.findall(text)
    values, named = [], []
    before = word = ""  # the last two words
    for place, piece in enumerate(shown):
        if piece in PLAIN:
            continue
        found = _value(piece)
        if piece[0].isalnum():
            if scheduler:
                found = found if MEASURE.fullmatch(piece) else None
            elif found is None and _is_name(shown, place, word, before, object_name, namespace):
                found = ("*", piece, True)
            before, word = word, piece
        if found is not None:
            shown[place] = found[0]
            values.append(found[1])
            named.append(found[2])
    return Folded("".join(shown), tuple(values), tuple(named))


@lru_cache(CACHED_PIECES)
def _value(piece: str) -> tuple[str, str, bool] | None:
    """Return what stands for a piece, its value, and whether it names something."""
    if piece[0] in "\\\"'" and len(piece) > 1:
        value = piece.strip("\\\"'")
        return piece.replace(value, "*", 1) if value else '"*"', value, True
    if piece[0] == "[" and len(piece) > 1:
        return "[*]", " ".join(sorted(piece[1:-1].replace(",", " ").split())), True
    if ADDRESS.fullmatch(piece):
        return "*", piece, True
    if MEASURE.fullmatch(piece):
        return "*", piece, False
    if NAME.fullmatch(piece) and NAME.fullmatch(piece.replace("k8s", "kubernetes")):
        return "*", piece, True
    return None


def _is_name(
    pieces: list[str], place: int, word: str, before: str, object_name: str, namespace: str
) -> bool:
    """Tell whether a plain piece is the event's own name, or stands where a name stands."""
    piece = pieces[place]
    if piece == object_name:
        return True
    glue = pieces[place - 1] if place else ""
    if glue == " " and word not in KINDS and piece.isalpha() and piece != namespace:
        return False  # most words
    joined = glue[-1:] in JOINTS or pieces[place + 1 : place + 2] in JOINT_PIECES
    dashed = "-" in piece and DASHED.fullmatch(piece) is not None
    if joined and (dashed or piece == namespace):
        return True
    if glue == "/":
        return word[:1].isupper() and word[1:2].islower()
    if word in KINDS:
        return (dashed or before in CONTAINER_VERBS) and glue in {" ", ": "}
    return word == "n" and dashed


def _sorted_clauses(text: str) -> str:
    """Order the clauses of "3 Insufficient cpu, 1 node(s) had ..." by their words."""
    sentences = []
    for sentence in text.split(". "):
        head, found, rest = sentence.partition(SCHEDULER)
        clauses = sorted(CLAUSE.split(rest), key=lambda clause: (DIGITS.sub("", clause), clause))
        sentences.append(head + found + ", ".join(clauses))
    return ". ".join(sentences)
