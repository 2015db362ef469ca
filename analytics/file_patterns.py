"""Patterns as of file names, for single texts."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

# words of Kubernetes that people type in any case; names of things are told by their case too
ANY_CASE = frozenset({"workload_kind", "reason"})


@lru_cache(maxsize=4096)
def file_pattern(pattern: str, column: str) -> re.Pattern[str]:
    """Return what matches the whole of a text of *column*.

    Parameters
    ----------
    pattern
        ``*`` stands for any text, also none, ``?`` for one character, ``[abc]`` for one of these.
    column
        What the text is; kinds and reasons match in any case, all else as it is written.

    Examples
    --------
    >>> file_pattern("back*", "reason").match("BackOff") is not None
    True
    >>> file_pattern("Team-*", "namespace").match("team-a") is not None
    False
    """
    return re.compile(translate(pattern), re.IGNORECASE if column in ANY_CASE else re.NOFLAG)
