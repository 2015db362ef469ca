# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A bad night
#
# You are on call in San Francisco for clusters in Europe. While it is working day over there, your
# phone rings again and again. In the morning somebody asks: what was that, how many problems were
# it, and which of them are over?
#
# The data is the demo's; the two clusters and everything in them are made up.

# %%
import matplotlib.dates as mdates
import matplotlib.pyplot as plt

import kubedigest as kd

connection = kd.demo(at="2026-11-22T08:00", timezone="Europe/Berlin")
NIGHT = {
    "since": "2026-11-20T22:00",
    "until": "2026-11-21T08:00",
    "timezone": "America/Los_Angeles",
}

# %% [markdown]
# Times without an offset are meant in `timezone`. Everything below counts the night's ten hours,
# whichever zone they are written in.

# %%
night = kd.load_failures(connection, **NIGHT)
window = kd.window_of(night)
print(window.title)
print(f"{night['failures'].sum():,} failures; watched:", night.attrs["watched_share"])

# %% [markdown]
# Both clusters were watched all night. So what is not in the data did not happen.
#
# ## Thousands of failures, a dozen problems
#
# A failure that is repeated every few seconds is one *episode*: a run without a gap longer than ten
# minutes. That turns thousands of failures into something one can read.

# %%
episodes = kd.local(kd.episodes(night))
episodes["minutes"] = (episodes["end"] - episodes["start"]).dt.total_seconds() // 60
len(episodes)

# %%
problems = (
    episodes.groupby(kd.PROBLEM, as_index=False)
    .agg(
        start=("start", "min"),
        episodes=("start", "size"),
        failures=("failures", "sum"),
        longest_minutes=("minutes", "max"),
    )
    .sort_values("start", ignore_index=True)
)
problems[["workload", "reason", "start", "episodes", "failures", "longest_minutes"]]

# %% [markdown]
# ## What was new
#
# Most clusters complain every night. `kd.load_periods` reads the window and the same time before
# it; `kd.trends` compares *episodes* by an exact test, and says `insufficient` where there is too
# little to tell. What was there before is not what rang your phone.

# %%
points, before, weeks = kd.load_periods(connection, **NIGHT)
compared = kd.trends(points, before, weeks)
compared["verdict"].value_counts()

# %%
new = compared[compared["verdict"] == "new"].reset_index(drop=True)
new[["cluster", "workload", "reason", "failures", "episodes"]]

# %% [markdown]
# ## The night as a picture
#
# One line per new problem, one bar per episode.

# %%
timeline = episodes.merge(new[kd.PROBLEM], on=kd.PROBLEM)
timeline["label"] = timeline["workload"] + " · " + timeline["reason"]
labels = list(timeline.groupby("label")["start"].min().sort_values().index)

figure, axes = plt.subplots(num="bad-night-timeline", figsize=(8.5, 4.2), layout="constrained")
least = window.hours / 24 / 150  # a single failure has no length, and is drawn all the same
for row in timeline.itertuples():
    start, end = mdates.date2num(row.start), mdates.date2num(row.end)
    axes.barh(labels.index(row.label), max(end - start, least), left=start, color="#c0392b")
axes.set_yticks(range(len(labels)), labels)
axes.invert_yaxis()
axes.xaxis.set_major_locator(mdates.HourLocator(interval=2, tz=window.zone))
axes.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M", tz=window.zone))
axes.set_xlim(mdates.date2num(window.start), mdates.date2num(window.end))
axes.set_title("New problems of the night (San Francisco time)", loc="left", fontsize=11)
axes.grid(axis="x", color="#dddddd")
axes.set_axisbelow(True)
axes.spines[["top", "right", "left"]].set_visible(False)

# %% [markdown]
# Now it can be told in a few sentences. At half past midnight a volume could not be attached, and
# its pod has waited for it since. At half past one the ingress failed its probes for ten minutes.
# At two the autoscaler lost its metrics. Shortly after five two releases of the payments team went
# wrong at once: one image that does not exist, one version that crashes. Both were over an hour and
# a half later.
#
# ## What the noisiest of them said

# %%
groups = kd.message_groups(kd.load_messages(connection, new.head(5)))
for row in groups.itertuples():
    print(f"{row.failures:>5}  {row.workload}, {row.reason}: {row.pattern}")
    for value, count in row.values:
        print(f"       * {value} ({count})")

# %% [markdown]
# The pattern says what went wrong, the values behind its wildcard say where: the image
# `checkout-api:2.32.0` was never pushed.
#
# ## Is it a node?
#
# When many workloads fail at once, somebody will suspect a node. `kd.hotspots` counts *workloads*
# in places, and asks whether more of them fail there than chance would bring. It needs every event,
# since what did not fail is the other half of the answer, and weeks of them, to know who lives
# where.

# %%
everything = kd.load_points(connection, "35d")
hot = kd.hotspots(everything, window, by=["host", "namespace"])
hot[["cluster", "shared", "name", "failing_workloads", "expected_workloads", "verdict"]].head(6)

# %%
hot["verdict"].value_counts()

# %% [markdown]
# No place is hot: with so many workloads failing, three of them on one node are what chance brings.
# There is no node to drain, and the search goes on in the workloads themselves.
#
# ## What is still burning
#
# Load up to now, and look who failed within the last quarter of an hour.

# %%
recent = kd.load_failures(connection, "15m")
burning = kd.failure_frequency(recent, by=kd.PROBLEM)
burning[["cluster", "namespace", "workload", "reason", "failures", "last"]]

# %% [markdown]
# The two releases are over. `search-index` still waits for its volume, and `timeseries` crashes as
# it does every day. The next notebook, `03_a_month_in_review.py`, shows why the second of these is
# the one to worry about.

# %%
connection.close()
