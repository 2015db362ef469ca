"""Hot spots, what recovered, and the links of a row, in words."""

from __future__ import annotations

from dataclasses import replace

from reports.markdown import render_markdown
from reports.recovered import recovered_rows
from reports.text import render_text
from reports.whereabouts import where_view
from tests.unit.reports.digests import busy, quiet, recovery, two_clusters


def test_a_hot_spot_is_a_sentence():
    """How many of the failing workloads, and how many would be there by chance."""
    [node, namespace] = where_view(busy()).places
    assert node.place == "node ip-10-0-195-177.eu-central-1.compute.internal"
    assert node.share == "9 of 12 failing workloads"
    assert node.expected == "11 workloads seen there, of which 3.1 would be expected to fail"
    assert namespace.kind == "namespace"
    assert where_view(busy()).more == "… 1 more place"


def test_none_hot_and_too_few_to_tell_differ():
    """And so does a report that did not look at nodes; a quiet day has no such section."""
    even = replace(busy(), hot_spots=(), more_hot_spots=0)
    assert where_view(even).words == (
        "No hot spot: 17 places tested, and failures are spread evenly."
    )
    few = replace(even, places_tested=0)
    assert where_view(few).words.startswith("No hot spot can be told")
    assert where_view(two_clusters()).words.endswith("Nodes were not looked at.")
    assert where_view(quiet()) is None


def test_a_recovery_says_which_failures_came_before():
    """In the period, or before it."""
    one = replace(busy(), recovered=(recovery(failures=1), recovery(failures=0)))
    first, second = recovered_rows(one, dated=False)
    assert (first.occurrences, first.when) == ("2×", "03:46")
    assert first.after == "after 1 failure, at 03:44"
    assert second.after == "after failures the day before"
    assert quiet().recovered
    assert "Recovered" in render_text(quiet())


def test_a_link_that_fits_no_line_is_left_out_of_the_text():
    """One that is broken leads nowhere; markdown has both."""
    text, markdown = render_text(busy()), render_markdown(busy())
    assert "Logs: https://logs.example.com/?ns=shop&name=checkout\n" in text
    assert "grafana" not in text
    assert "[Logs](<https://logs.example.com/?ns=shop&name=checkout>)" in markdown
    assert "[Dashboard](<https://grafana.example.com/" in markdown
