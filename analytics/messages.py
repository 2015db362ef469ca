"""Messages that differ only in values, as groups."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import pandas as pd

from analytics.frames import MESSAGE_GROUPS, MESSAGES
from analytics.grouping import PROBLEM
from analytics.patterns import Folded, fold

SHOWN_VALUES = 3
NAMES = ("object_namespace", "workload", "host")  # what an event names beside its object
CACHED_LABELS = 1_000


def message_groups(messages: pd.DataFrame, *, by: Sequence[str] = PROBLEM) -> pd.DataFrame:
    """Fold messages and count the failures of each pattern.

    Parameters
    ----------
    messages
        MESSAGES contract, only what means a failure, the newest first. Without ``host`` and
        ``labels`` their values are told by their shape alone.
    by
        Columns of MESSAGES; messages of different groups are never folded together.

    Returns
    -------
    pd.DataFrame
        MESSAGE_GROUPS contract after the columns *by*, sorted by these, then most failures first,
        ties by pattern. ``pattern`` has a wildcard ``*`` for each value (see `patterns.fold`).
        ``messages`` counts distinct messages as they were written. ``values`` are the three most
        frequent values behind the wildcard that varies most, with their failures; names and
        addresses go before times, hashes and numbers, which vary without telling anything; of
        wildcards with one value each, a name goes first and a bare number last.
        ``distinct_values`` counts all values of that wildcard, 0 where there is no wildcard.
        ``sample`` is the newest message.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> message_groups(MESSAGES.empty(), by=("reason",)).columns.tolist()[:3]
    ['reason', 'pattern', 'failures']
    """
    MESSAGES.check(messages)
    named = [name for name in (*NAMES, "object", "labels") if name in messages.columns]
    text = list(dict.fromkeys([*by, *named, "message"]))
    distinct = messages.groupby(text, sort=False)["occurrences"].sum().reset_index()
    folded = _folded(distinct)
    patterns = pd.Series([one.pattern for one in folded], index=distinct.index, dtype="str")
    groups = distinct.assign(pattern=patterns).groupby([*by, "pattern"], sort=False)
    found = groups.agg(
        failures=("occurrences", "sum"),
        messages=("message", "nunique"),
        sample=("message", "first"),
    ).reset_index()
    members: list[list[tuple[Folded, int]]] = [[] for _ in range(len(found))]
    # ngroup counts up in the order of the rows of agg: that of first appearance
    for number, one, failures in zip(groups.ngroup(), folded, distinct["occurrences"], strict=True):
        members[number].append((one, failures))
    behind = [_behind_wildcard(group) for group in members]
    found["values"] = pd.Series([_top(values) for values in behind])
    found["distinct_values"] = pd.Series([len(values) for values in behind], dtype="int64")
    found = found.sort_values(
        [*by, "failures", "pattern"], ascending=[*(True for _ in by), False, True]
    )
    columns = [*by, *(column.name for column in MESSAGE_GROUPS.columns)]
    return MESSAGE_GROUPS.check(found[columns].reset_index(drop=True))


def _folded(distinct: pd.DataFrame) -> list[Folded]:
    """Fold each message, with what its event names."""
    named = ["message", "object", *(name for name in NAMES if name in distinct.columns)]
    columns = [distinct[name].tolist() for name in named]
    labels = distinct["labels"].tolist() if "labels" in distinct.columns else [""] * len(distinct)
    return [
        fold(message, object_name=name, names=_label_values(values).union(others))
        for values, message, name, *others in zip(labels, *columns, strict=True)
    ]


@lru_cache(CACHED_LABELS)
def _label_values(labels: str) -> frozenset[str]:
    """Return the values of a JSON object of labels; any tenant may write them, so no text fails."""
    try:
        read = json.loads(labels) if labels else {}
    except (ValueError, RecursionError):
        return frozenset()
    values = read.values() if isinstance(read, dict) else ()
    return frozenset(value for value in values if isinstance(value, str))


def _behind_wildcard(group: Iterable[tuple[Folded, int]]) -> Counter[str]:
    """Return the values of the wildcard that varies most, with their failures."""
    slots: list[Counter[str]] = []
    named: list[bool] = []
    for one, failures in group:
        for place, value in enumerate(one.values):
            if place == len(slots):
                slots.append(Counter())
                named.append(one.named[place])
            slots[place][value] += failures
    ranks = [
        (name and len(slot) > 1, len(slot), name, not all(value.isdigit() for value in slot))
        for slot, name in zip(slots, named, strict=True)
    ]
    return slots[ranks.index(max(ranks))] if slots else Counter()


def _top(values: Counter[str]) -> tuple[tuple[str, int], ...]:
    ordered = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    return tuple((value, int(failures)) for value, failures in ordered[:SHOWN_VALUES])
