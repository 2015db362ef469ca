"""A message cut into pieces, and what each piece is by its own shape."""

from __future__ import annotations

import re
from functools import lru_cache

CACHED_PIECES = 50_000

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DIGEST = r"sha256:[0-9a-f]++"
_DURATION = r"(?:\d++(?:\.\d++)?(?:h|ms|us|µs|ns|m|s))++"

# what may be a value, and what lies in between; every alternative is linear in what it reads
PIECE = re.compile(
    rf"""
    [A-Za-z]++(?=[\ ,]|:\ ) | [\ ]    # most words and spaces; first, to be fast
    | (?=[\\"])\\?"[^\s"\\]*+\\?"     # a quoted word, also escaped
    | '[^\s']++'(?![\w*])
    | [a-z]++://[^\s"'\\*{{}}]*[\w/]   # a URL, the ID of a container with its runtime
    | \{{(?=\\?")(?:.*\}}|.*)          # a dump of JSON, to the last brace
    | (?:map|(?<==))\[[^\[\]*]*+\]    # a dump of a map, a list
    | \[\{{[^\[\]]*+(?<=\}})\]        # a dump of structures
    | \[(?:\*|[\w.:/%@-]++(?:,?\s++[\w.:/%@-]++)*+)\]
    | \d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:[:/]\d+)?(?![\w-])      # an IPv4 address
    | \d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\w.:+-]*         # a time
    | [0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}(?![\w*])  # an IPv6 address
    # "1s (2s including waiting). Image size: 3 bytes"
    | (?=\d){_DURATION}\ \({_DURATION}[\ a-z]*+\)(?:\.\ [A-Z][\ a-z]*+:\ \d++\ bytes)?
    # the amounts of a quota
    | (?:(?<=requested:\ )|(?<=used:\ )|(?<=limited:\ ))
      [a-z][\w./-]*+=[\w.]++(?:,[\w./-]++=[\w.]++)*+
    | system(?::[\w.-]++)++           # a user or a role of Kubernetes' own
    # a word with its dots and dashes, and the UUID of a leader or the digest of an image behind it
    | [^\W_]++(?:[.'+-][^\W_]++)*+%?(?:_{_UUID}(?!\w)|@{_DIGEST}|(?<=sha256):[0-9a-f]++)?
    | [^\w"'\[\{{\\*]+ | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}([:/]\d+)?|(?=.*\d)[0-9A-Fa-f]*(:[0-9A-Fa-f]*){2,7}")
_MEASURE = re.compile(
    rf"{_UUID}|(?=[a-f]*\d)[0-9a-f]{{12,}}|0x[0-9a-f]+|\d{{4}}-\d\d-\d\d[T ].*"
    rf"|{_DURATION}(\ \(.*)?|[x-]?\d+([.,]\d+)*([KMGTPE]i?B?|kB|[a-z]{{1,2}}|%)?|\*|[^\s=]+=\S+",
    re.DOTALL,
)
# a name with a digit, with the suffix of five that Kubernetes generates, or with more behind it
_NAME = re.compile(
    r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9.+-]*|[a-z0-9.-]+-[bcdfghjklmnpqrstvwxz2456789]{5}"
    rf"|[^_]+_{_UUID}|system:.*|([^@]+@)?{_DIGEST}|[a-z]+://.*"
)


@lru_cache(CACHED_PIECES)
def value_of(piece: str) -> tuple[str, str, bool] | None:
    """Return what stands for a piece, its value, and whether it names something; None for text."""
    if len(piece) > 1 and piece[0] in "\\\"'":
        quote = '\\"' if piece[0] == "\\" else piece[0]
        close = '\\"' if piece.endswith('\\"') else piece[-1]
        return f"{quote}*{close}", piece[len(quote) : len(piece) - len(close)], True
    if (len(piece) > 1 and piece[0] in "[{") or piece.startswith("map["):
        return _of_brackets(piece)
    if _MEASURE.fullmatch(piece):
        return "*", piece, False
    if _ADDRESS.fullmatch(piece):
        return "*", piece, True
    if _NAME.fullmatch(piece.replace("k8s", "kubernetes")):  # whose 8 makes no name
        return "*", piece, True
    return None


def _of_brackets(piece: str) -> tuple[str, str, bool]:
    if piece[0] != "[" or piece[1] == "{":
        return "*", piece, True
    return "[*]", " ".join(sorted(piece[1:-1].replace(",", " ").split())), True
