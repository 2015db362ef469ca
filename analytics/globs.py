"""Patterns as of file names, over the texts of a frame."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.file_patterns import file_pattern

Flags = npt.NDArray[np.bool_]


def matching(frame: pd.DataFrame, column: str, patterns: Sequence[str]) -> Flags:
    """Tell of each row whether one of *patterns* matches the whole of its text.

    Parameters
    ----------
    frame
        Any frame with *column*, of texts or categories.
    column
        Kinds and reasons match in any case, all else as it is written.
    patterns
        ``*`` stands for any text, also none, ``?`` for one character, ``[abc]`` for one of these.

    Examples
    --------
    >>> frame = pd.DataFrame({"namespace": ["team-a-web", "team-b", ""]})
    >>> matching(frame, "namespace", ["team-a-*"]).tolist()
    [True, False, False]
    """
    wanted = [file_pattern(pattern, column) for pattern in patterns]
    texts = frame[column].astype("category").cat
    matches = [any(one.match(str(text)) for one in wanted) for text in texts.categories]
    # a missing value has the code -1, and no text
    return np.array([*matches, False], dtype=np.bool_)[texts.codes.to_numpy()]


def exactly(text: str) -> str:
    """Return the pattern that only *text* matches, in names of any case.

    >>> exactly("a*b"), exactly("team-a")
    ('a[*]b', 'team-a')
    """
    return re.sub(r"([*?[])", r"[\1]", text)


def says_nothing(pattern: str) -> bool:
    """Tell whether a pattern asks for no particular text: absent, or nothing but wildcards."""
    return not pattern.strip("*?")
