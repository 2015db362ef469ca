"""Foreign text in markdown: whatever GitHub would act on stands in a code span."""

from __future__ import annotations

import re
from itertools import groupby

# Backslashes stop neither a mention nor a mail address from becoming a link on GitHub: both are
# looked for after the text has been parsed. Only code is left alone, so a word with any of these
# becomes code. A colon may end a word or stand in a time of day.
_ACTIVE = re.compile(
    r"""[\\`*_{}\[\]<>\#!|~^$@&=]|(?<!\d):(?!$)|:(?!\d|$)|//|www\.|^[-+]$|^\d+[.)]$""",
    re.IGNORECASE | re.VERBOSE,
)


def code(text: str) -> str:
    """Return printable *text* as a code span that nothing in it can end; "" for a blank one.

    >>> print(code("a `b`"))
    `` a `b` ``
    """
    text = text.strip()
    if not text:
        return ""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(text: str) -> str:
    """Return printable *text* with every word that markdown or GitHub would act on as code.

    >>> print(prose("2 clusters: 3 failures, ask @all about <b>"))
    2 clusters: 3 failures, ask `@all` about `<b>`
    """
    words = groupby(text.split(), key=lambda word: bool(_ACTIVE.search(word)))
    return " ".join(code(" ".join(run)) if active else " ".join(run) for active, run in words)
