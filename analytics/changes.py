"""A history -> what is new, worse, better or gone: `comparison.compare` fed from a source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from analytics.burstiness import block_edges, block_length, positions
from analytics.comparison import Period, candidates, compare
from analytics.exposure import Exposure, Watched
from analytics.frames import EPISODE_BLOCKS, PERIOD_COUNTS, TRENDS
from analytics.grouping import PROBLEM, group
from analytics.history import History
from analytics.key_counts import Counted, watched_starts
from analytics.source import Source
from analytics.spread import Integers, microsecond, timestamps

NUMBERED = ("cluster", "number")


def changes(found: History, *, by: Sequence[str] = PROBLEM) -> pd.DataFrame:
    """Compare each group with the period before and with the same weekday of four weeks.

    Parameters
    ----------
    found
        From `history.history`.
    by
        Columns of KEYS, ``cluster`` among them.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*, as from `trends.trends`; ``previous_failures`` of a
        cluster of which nothing is known is 0.
    """
    counted = [one.failing for one in (found.now, found.previous, *found.weeks)]
    return compare_counted(
        [found.source] * len(counted),
        counted,
        by=by,
        covered=[found.covered, *found.weeks_covered],
        clocks=clocks_of(found.exposed, len(counted)),
        known=found.earlier,
        unseen=[name for name, one in found.exposed.items() if not one.whole],
    )


def compare_counted(
    sources: Sequence[Source],
    counted: Sequence[Counted],
    *,
    by: Sequence[str],
    covered: Sequence[Collection[str]],
    clocks: Sequence[Mapping[str, Watched]],
    known: pd.DataFrame,
    unseen: Collection[str],
) -> pd.DataFrame:
    """Do what `changes` does, from the failing keys of each period.

    Parameters
    ----------
    sources, counted
        The window, the previous period and the weeks, each with the source of its keys.
    by
        Columns of KEYS, or such that the sources have besides.
    covered
        Clusters of which each of the earlier periods can be compared; without ``cluster`` among
        *by*, "" where all can.
    clocks
        When clusters were watched in each period; others count as watched all the time. Without
        ``cluster`` among *by* not used.
    known
        KEYS that failed in the four weeks before the previous period.
    unseen
        As for `comparison.compare`.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*.
    """
    every, names, known = _numbered(counted, known, by)
    clocks = clocks if "cluster" in by else [{} for _ in clocks]
    periods = [
        Period(
            window=one.window,
            counts=period_counts(source, one, NUMBERED, clock),
            covered=clusters,
            clocks=clock,
        )
        for source, one, clusters, clock in zip(sources, every, [(), *covered], clocks, strict=True)
    ]
    now, previous, *weeks = periods
    groups = candidates(now, previous, weeks, by=NUMBERED)
    blocks = episode_blocks(sources, every, clocks, NUMBERED, groups)
    compared = compare(now, previous, weeks, by=NUMBERED, blocks=blocks, known=known, unseen=unseen)
    named = names.iloc[compared["number"].to_numpy()].reset_index(drop=True)
    return TRENDS.check(named.join(compared.drop(columns=list(NUMBERED))))


def clocks_of(exposed: Mapping[str, Exposure], periods: int) -> list[dict[str, Watched]]:
    """Return when clusters were watched in the window, the previous period and the weeks."""
    found: list[dict[str, Watched]] = [{} for _ in range(periods)]
    for name, known in exposed.items():
        for number, clock in enumerate((known.now, known.before, *known.weeks)[:periods]):
            found[number][name] = clock
    return found


def _numbered(
    counted: Sequence[Counted], known: pd.DataFrame, by: Sequence[str]
) -> tuple[list[Counted], pd.DataFrame, pd.DataFrame]:
    """Give each group a number, in the order of its texts: comparing texts takes longer.

    Returns the keys of each period with NUMBERED columns, the texts of the groups, and the groups
    that are *known*.
    """
    frames = [*(one.keys for one in counted), known]
    texts = pd.concat([frame[list(by)].astype("str") for frame in frames], ignore_index=True)
    groups = group(texts, by)
    ends = np.cumsum([len(frame) for frame in frames])
    numbers = np.split(groups.number, ends[:-1])
    names = groups.keys["cluster"] if "cluster" in by else pd.Series([""] * len(groups.keys))
    cluster = names.astype("str").array
    *keyed, among = (
        pd.DataFrame({"cluster": cluster[number], "number": number}) for number in numbers
    )
    every = [Counted(one.window, one.cells, keys) for one, keys in zip(counted, keyed, strict=True)]
    return every, groups.keys, among.drop_duplicates()


def period_counts(
    source: Source, counted: Counted, by: Sequence[str], clocks: Mapping[str, Watched]
) -> pd.DataFrame:
    """Count failures and episodes of each group in one period, and what of them was seen.

    Parameters
    ----------
    source
        Where *counted* came from.
    counted
        The failing keys of the period.
    by
        Columns of their KEYS.
    clocks
        When clusters were watched; others count as watched all the time.

    Returns
    -------
    pd.DataFrame
        PERIOD_COUNTS contract after the columns *by*.
    """
    groups = group(counted.keys, by)
    starts = watched_starts(source, counted, clocks)
    cells = counted.cells
    figures = {
        "failures": cells["occurrences"].to_numpy(),
        "episodes": cells["begun"].to_numpy() + cells["continued"].to_numpy(),
        "seen_failures": starts.failures,
        "seen_episodes": starts.episodes,
    }
    keys = groups.keys if len(cells) else groups.keys.iloc[:0]
    totals = {name: np.zeros(len(keys), dtype=np.int64) for name in figures}
    for name, values in figures.items():
        np.add.at(totals[name], groups.number, values)
    return PERIOD_COUNTS.check(keys.assign(**totals))


def episode_blocks(
    sources: Sequence[Source],
    counted: Sequence[Counted],
    clocks: Sequence[Mapping[str, Watched]],
    by: Sequence[str],
    groups: pd.DataFrame,
) -> pd.DataFrame:
    """Count the episodes that began in each block of time while somebody watched.

    Parameters
    ----------
    sources, counted, clocks
        Of each period, the window first; it decides on the length of the blocks.
    by
        Columns of KEYS.
    groups
        The groups (columns *by*) to count, from `comparison.candidates`.

    Returns
    -------
    pd.DataFrame
        EPISODE_BLOCKS contract after the columns *by*.
    """
    dtypes = {name: str(groups[name].dtype) for name in by}
    dtypes |= {column.name: column.dtype for column in EPISODE_BLOCKS.columns}
    length = block_length(counted[0].window)
    parts = [EPISODE_BLOCKS.empty().join(groups.iloc[:0])]
    for number, (source, one, clock) in enumerate(zip(sources, counted, clocks, strict=True)):
        some = one.where(positions(one.keys[list(by)], groups) >= 0)
        found = _blocks(source, some, clock, block_edges(one.window, length))
        named = some.keys[list(by)].iloc[found.pop("row").to_numpy()]
        parts.append(found.assign(period=number, **{name: named[name].array for name in by}))
    joined = pd.concat(parts, ignore_index=True).astype(dtypes)
    summed = joined.groupby([*by, "period", "block"])["episodes"].sum().reset_index()
    return EPISODE_BLOCKS.check(summed.astype(dtypes))


def _blocks(
    source: Source, counted: Counted, clocks: Mapping[str, Watched], blocks: Integers
) -> pd.DataFrame:
    """Return ``row`` (of *counted*), ``block`` and ``episodes`` that began while watched."""
    cluster = counted.keys["cluster"].astype("str").to_numpy()
    keys = counted.cells["key"].to_numpy()
    parts = [pd.DataFrame({"row": keys[:0], "block": timestamps(keys[:0]), "episodes": keys[:0]})]
    for name in np.unique(cluster):
        rows = np.flatnonzero(cluster == name)
        clock = clocks.get(str(name)) or Watched.all_of(counted.window)
        bounds = microsecond(counted.window.start), microsecond(counted.window.end)
        edges = np.unique(np.concatenate([blocks, clock.edges, bounds]).clip(*bounds))
        cells = source.cells(timestamps(edges), keys[rows])
        # what the window cuts begins with it: the first cell of a key has one start more
        is_first = np.diff(cells["key"].to_numpy(), prepend=-1) != 0
        start = edges[cells["bucket"].to_numpy()]
        begun = cells["begun"].to_numpy() + (cells["continued"].to_numpy() & is_first)
        seen = (begun > 0) & clock.saw(start)
        place = np.searchsorted(keys[rows], cells["key"].to_numpy()[seen])
        block = blocks[np.searchsorted(blocks, start[seen], side="right") - 1]
        found = {"row": rows[place], "block": timestamps(block), "episodes": begun[seen]}
        parts.append(pd.DataFrame(found))
    return pd.concat(parts, ignore_index=True)
