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
# # A month in review
#
# The nights are what one remembers. The month shows what one stopped noticing. Four questions for
# the meeting on Monday: is it getting better, when does it hurt, what grows, and what did we not
# see at all?
#
# The data is the demo's; the two clusters and everything in them are made up.

# %%
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import pandas as pd

import kubedigest as kd

connection = kd.demo(at="2026-11-22T08:00", timezone="Europe/Berlin")
month = kd.load_failures(connection, since="2026-10-23", until="2026-11-22")
window = kd.window_of(month)
print(f"{window.title}: {month['failures'].sum():,} failures")

# %% [markdown]
# These are 30 days and 721 hours: on 25 October the clocks went back. A bucket of 1,440 minutes is
# a day on the local clock, so that day has 25 hours and the others 24.
#
# ## Is it getting better?
#
# Failures are a bad measure of how a day was: one broken release counts more than a quiet week.
# Episodes are closer to what people felt.

# %%
DAY_MINUTES = 1440
days = kd.local(kd.time_histogram(month, width_minutes=DAY_MINUTES)).set_index("start")
begun = kd.local(kd.episodes(month))
daily = pd.DataFrame(
    {
        "failures": days["failures"],
        "episodes": begun.groupby(begun["start"].dt.normalize()).size(),
    }
).fillna(0)
daily.index = daily.index.strftime("%d %b")
daily.tail(3)

# %%
figure, (above, below) = plt.subplots(
    2, 1, num="month-days", figsize=(8.5, 4.6), sharex=True, layout="constrained"
)
daily["failures"].plot.bar(ax=above, color="#2f6f9f", width=0.8)
daily["episodes"].plot.bar(ax=below, color="#c0392b", width=0.8)
above.set_title("Failures a day: yesterday hides all the others", loc="left", fontsize=11)
below.set_title("Episodes a day: it has been getting worse for weeks", loc="left", fontsize=11)
above.yaxis.set_major_formatter("{x:,.0f}")
below.set_xlabel("")
below.set_xticks(range(0, len(daily), 3), daily.index[::3], rotation=0)
for axes in (above, below):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The upper picture says that yesterday was bad, which everybody knows. The lower one says that for
# weeks something has been going wrong more and more often, and that yesterday was no exception.
#
# ## When does it hurt?
#
# The heat map counts failures by weekday and hour of the local clock. Yesterday would drown it, so
# it is left out: a window inside the frame's own is all that it takes.

# %%
usual = kd.Window.between(window.start, days.index[-1].to_pydatetime(), window.timezone)
cells = kd.heat_map(month, usual)
grid = kd.grid(cells, "rate_per_hour")
grid.round(1)

# %%
figure, axes = plt.subplots(num="month-week", figsize=(8.5, 3), layout="constrained")
image = axes.imshow(grid, cmap="Reds", aspect="auto", vmin=0)
axes.set_yticks(range(len(grid.index)), grid.index)
axes.set_xticks(range(0, 24, 3), [f"{hour:02d}:00" for hour in range(0, 24, 3)])
axes.set_title("Failures per hour of the week (Berlin), without yesterday", loc="left", fontsize=11)
figure.colorbar(image, ax=axes, label="failures per hour")

# %% [markdown]
# The column at 01:00 is the nightly load: invoices wait for room. At 20:00 the load test in
# `staging` runs into its quota every third day. Neither is an accident, and both could be ended.
#
# ## What grows?
#
# `kd.trends` compares the last complete week with the one before and with what is usual for a week:
# on episodes, by exact tests, with the rate of false alarms held at five per cent. With so few
# workloads nobody can tell how much weeks differ anyway, and it says `insufficient` rather than
# `rising`. What has more than doubled against both is plain to see, and worth a look.

# %%
week, week_before, four_weeks = kd.load_periods(connection, "weekly")
compared = kd.trends(week, week_before, four_weeks)
doubled = (compared["ratio"] > 2) & (compared["failures"] > 2 * compared["weekday_failures"])
growing = compared[doubled & (compared["episodes"] >= 20)]
growing[["cluster", "workload", "reason", "episodes", "previous_episodes", "p_value", "verdict"]]

# %% [markdown]
# Two rows, and one story: the database `timeseries` crashes, because the kernel of its node kills
# it for want of memory. Nobody has complained: on any single day it looks like the day before.

# %%
mine = month[month["workload"] == "timeseries"]
ends = [window.end - pd.Timedelta(weeks=back) for back in range(4)]
weeks = [kd.Window.between(end - pd.Timedelta(weeks=1), end, window.timezone) for end in ends]
by_week = pd.concat(
    kd.failure_frequency(mine, week, by=["workload"]).assign(until=week.end) for week in weeks
)
by_week["minutes_between"] = (by_week["mean_time_between_failures"] / 60).round()
by_week[["until", "failures", "episodes", "rate_per_hour", "minutes_between"]]

# %%
figure, axes = plt.subplots(num="month-leak", figsize=(8.5, 3), layout="constrained")
by_day = kd.local(kd.time_histogram(mine, width_minutes=DAY_MINUTES))
edges = mdates.date2num([*by_day["start"], by_day["end"].iloc[-1]])
axes.stairs(by_day["failures"], edges, color="#c0392b", fill=True)
axes.set_title("timeseries: failures a day, more every week", loc="left", fontsize=11)
axes.set_ylim(0, None)
axes.xaxis.set_major_locator(mdates.WeekdayLocator(mdates.SU, tz=window.zone))
axes.xaxis.set_major_formatter(mdates.DateFormatter("%a %d %b", tz=window.zone))
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The steps are a week apart, and each is two to three times as high as the one before. The minutes
# between crashes in the table above tell what next week will be like.

# %% [markdown]
# ## What did we not see?
#
# Twice nobody watched `prod-eu`. A report that is silent about that would call these hours good.

# %%
known = kd.local(kd.cluster_coverage(kd.coverage(kd.load_coverage(connection, window))))
known.loc[known["state"] == "gap", ["cluster", "start", "end", "hours"]]

# %%
pd.Series(month.attrs["watched_share"], name="watched share").map("{:.2%}".format)

# %%
connection.close()
