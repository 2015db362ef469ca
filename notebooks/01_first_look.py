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
# # A first look
#
# What broke yesterday, where, and at which hour? This notebook needs no cluster and no server: it
# runs on the demo, five weeks of made-up events of two clusters, `prod-eu` and `staging`. For your
# own events, replace `kd.demo(...)` by `kd.connect()`; the rest stays as it is.

# %%
import matplotlib.pyplot as plt

import kubedigest as kd

connection = kd.demo(at="2026-11-22T08:00", timezone="Europe/Berlin")
connection

# %% [markdown]
# `at` is what counts as now, so that this page shows the same figures whenever it is run. It is the
# Sunday morning of 22 November 2026 in Berlin.
#
# ## Failures
#
# `"daily"` is the last complete day in that zone; `"weekly"`, `"24h"`, `"90m"`, or `since=` and
# `until=` work too. A row is one *point*: at `time`, the event had been seen `occurrences` times
# more than at `previous_time`. Kubernetes reports bursts like that, and a point can stand for
# hundreds of failures.

# %%
failures = kd.load_failures(connection, "daily")
failures[["cluster", "namespace", "workload", "reason", "previous_time", "time", "failures"]].tail()

# %% [markdown]
# `failures` is how many of a point's occurrences lie inside the window. Its sum is the one total
# that every answer below adds up to. Times are in UTC; names are categories, which keeps millions
# of rows small. What the reason catalogue calls noise, notice or recovery is not in this frame;
# `kd.load_points` reads everything.

# %%
total = int(failures["failures"].sum())
total

# %% [markdown]
# The frame knows its window, so no function has to be told again. It also knows how much of it was
# watched: of `prod-eu` a part is missing.

# %%
window = kd.window_of(failures)
print(window.title, window.timezone, failures.attrs["watched_share"], sep="\n")

# %%
kd.cluster_coverage(kd.coverage(kd.load_coverage(connection, window)))

# %% [markdown]
# From 03:51 to 05:33 UTC nobody watched `prod-eu`. "No failures" then would mean nothing, and
# `rate_per_hour` below divides by the hours that were watched.
#
# ## What failed most
#
# One row per workload, most failures first. `episodes` says how many separate times it happened: a
# crash loop of two hours is one episode, whatever it counts. `objects` are the pods, nodes or
# claims that were concerned.

# %%
by_workload = kd.failure_frequency(failures, by=kd.WORKLOAD)
by_workload.head(5)

# %% [markdown]
# `kd.table` shows the same with bars, local times, and a small picture of the day in each row.

# %%
kd.table(by_workload.head(8), failures)

# %% [markdown]
# Any columns make a grouping: `by=["cluster", "reason"]`, `by=["host"]`, `by=["component"]`. The
# sums are always the same total.

# %%
by_reason = kd.failure_frequency(failures, by=["cluster", "reason"])
by_reason[["cluster", "reason", "failures", "episodes", "objects", "share"]].head(6)

# %% [markdown]
# ## When
#
# Buckets without a failure are there with 0, and a day on which clocks change has 23 or 25 of them.
# `kd.local` turns UTC into the clock of the window's zone.

# %%
by_hour = kd.local(kd.time_histogram(failures, by=["cluster"]))
hours = by_hour.pivot(index="start", columns="cluster", values="failures")
hours.idxmax(), hours.max()

# %%
figure, axes = plt.subplots(num="first-look-hours", figsize=(8, 3.2), layout="constrained")
hours.plot(ax=axes, drawstyle="steps-post", color=["#c0392b", "#2f6f9f"])
axes.set_title("Failures per hour, Saturday 21 November (Berlin)", loc="left", fontsize=11)
axes.set(xlabel="", ylim=(0, None))
axes.yaxis.set_major_formatter("{x:,.0f}")
axes.legend(title="", frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## What it said
#
# Messages that differ only in names and numbers are one pattern. They are read for the rows that
# are shown, here for the three worst problems (a problem is a workload with a reason).

# %%
worst = kd.failure_frequency(failures, by=kd.PROBLEM).head(3)
groups = kd.message_groups(kd.load_messages(connection, worst))
groups[["workload", "reason", "pattern", "failures"]]

# %% [markdown]
# The next notebook, `02_a_bad_night.py`, follows one night from the first page to the cause.

# %%
connection.close()
