"""The demo's events look like an API server's, add up, and tell the promised story."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubedigest.demo_events import Demo, make_demo

NOW = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 21, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)
COMMON = ["kind", "apiVersion", "metadata", "involvedObject", "reason", "message", "source"]
LEGACY = [
    *(*COMMON, "firstTimestamp", "lastTimestamp", "count", "type", "eventTime"),
    *("reportingComponent", "reportingInstance"),
]
SERIES = [
    *(*COMMON, "firstTimestamp", "lastTimestamp", "type", "eventTime", "series", "action"),
    *("reportingComponent", "reportingInstance"),
]
Event = dict[str, Any]  # Any: decoded JSON
Frames = dict[str, list[tuple[str, Event]]]


@pytest.fixture(scope="module")
def demo() -> Demo:
    """Return the demo as it is shown."""
    return make_demo(NOW)


@pytest.fixture(scope="module")
def frames(demo: Demo) -> Frames:
    """Return every frame of it, decoded."""
    return {cluster: list(_decoded(demo, cluster)) for cluster in demo.clusters}


def _decoded(demo: Demo, cluster: str) -> Iterator[tuple[str, Event]]:
    for line in demo.frames(cluster):
        frame = json.loads(line)
        yield frame["type"], frame["object"]


def _birth(event: Event) -> str:
    return str(event["eventTime"] or event["firstTimestamp"])


def _time(event: Event) -> datetime:
    series = event.get("series", {}).get("lastObservedTime")
    return datetime.fromisoformat(series or event["lastTimestamp"] or event["eventTime"])


def _cumulative(event: Event) -> int:
    return int(event.get("count") or event.get("series", {}).get("count", 1))


def _identity(event: Event) -> tuple[str, str, str]:
    metadata = event["metadata"]
    return metadata["namespace"], metadata["name"], _birth(event)


def _sightings(frames: Frames, cluster: str, pattern: str) -> list[Event]:
    """Return the ADDED and MODIFIED objects whose object's name fits the pattern."""
    return [
        event
        for kind, event in frames[cluster]
        if kind != "DELETED" and re.fullmatch(pattern, event["involvedObject"]["name"])
    ]


def test_same_arguments_give_the_same_bytes_and_another_seed_other_bytes() -> None:
    """The demo is a function of its arguments."""
    first, again, other = (make_demo(NOW, seed=n, weeks=1) for n in (3, 3, 4))
    for cluster in first.clusters:
        assert list(first.frames(cluster)) == list(again.frames(cluster))
        assert list(first.frames(cluster)) != list(other.frames(cluster))
    assert first.expected == again.expected


def test_now_without_a_zone_is_refused() -> None:
    """A naive time cannot say which day is yesterday."""
    with pytest.raises(ValueError, match="time zone"):
        make_demo(NOW.replace(tzinfo=None))


def test_size_is_that_of_a_short_import(frames: Frames) -> None:
    """Both clusters together have between 15,000 and 25,000 frames."""
    assert 15_000 <= sum(map(len, frames.values())) <= 25_000


def test_every_frame_is_one_line_and_has_the_shape_of_its_reporter(demo: Demo) -> None:
    """Only the scheduler writes series; all others count, with times in whole seconds."""
    for cluster in demo.clusters:
        for line in demo.frames(cluster):
            assert line.endswith(b"}\n")
            assert line.count(b"\n") == 1
            frame = json.loads(line)
            assert list(frame) == ["type", "object"]
            _check_shape(frame["object"])


def _check_shape(event: Event) -> None:
    scheduler = event["reportingComponent"] == "default-scheduler"
    expected = SERIES if scheduler else LEGACY
    if scheduler and "series" not in event:
        expected = [field for field in SERIES if field != "series"]
    assert list(event) == expected
    assert set(event["metadata"]) == {
        *("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    }
    assert event["involvedObject"].get("namespace", "default") == event["metadata"]["namespace"]
    assert len(event["message"]) <= 1024
    if scheduler:
        assert event["source"] == {}
        assert event["firstTimestamp"] is event["lastTimestamp"] is None
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["eventTime"])
        assert "series" not in event or event["series"]["count"] >= 2
    else:
        assert event["eventTime"] is None
        assert event["count"] >= 1
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["firstTimestamp"])
        assert event["firstTimestamp"] <= event["lastTimestamp"]


def test_event_names_end_in_the_nanoseconds_of_their_birth(frames: Frames) -> None:
    """A name is the object's name, a dot and the hex UnixNano of the first occurrence."""
    for cluster in frames:
        for _, event in frames[cluster]:
            name, _, suffix = event["metadata"]["name"].rpartition(".")
            born = datetime.fromisoformat(_birth(event))
            assert name == event["involvedObject"]["name"]
            assert (
                timedelta()
                <= datetime.fromtimestamp(int(suffix, 16) / 1e9, UTC) - born
                < timedelta(seconds=1)
            )


def test_pods_are_named_by_the_rules_of_kubernetes(frames: Frames) -> None:
    """Hashes and suffixes use only the letters that Kubernetes draws them from."""
    suffix = "[bcdfghjklmnpqrstvwxz2456789]{5}"
    forms = "|".join(
        (
            rf"[a-z-]+-[456789bcdf]{{7,10}}-{suffix}",  # Deployment
            rf"(invoice-run|price-import|nightly-export|refresh-fixtures)-\d{{8}}-{suffix}",
            rf"log-agent-{suffix}",  # DaemonSet
            r"(ledger-db|search-index|timeseries)-[012]",  # StatefulSet
        )
    )
    for cluster in frames:
        pods = {e["involvedObject"]["name"] for _, e in frames[cluster] if _kind(e) == "Pod"}
        assert [pod for pod in pods if not re.fullmatch(forms, pod)] == []


def _kind(event: Event) -> str:
    return str(event["involvedObject"]["kind"])


def test_frames_come_in_the_order_of_their_resource_versions(frames: Frames) -> None:
    """A watch delivers changes in the order in which the server made them."""
    for cluster in frames:
        versions = [int(event["metadata"]["resourceVersion"]) for _, event in frames[cluster]]
        assert all(before < after for before, after in pairwise(versions))


def test_counts_never_fall_and_a_deleted_frame_repeats_the_last_one(frames: Frames) -> None:
    """Counts are cumulative; only a create or an update brings an occurrence."""
    for cluster in frames:
        counts: dict[tuple[str, str, str], int] = {}
        for change, event in frames[cluster]:
            before, after = counts.get(_identity(event), 0), _cumulative(event)
            assert after == before if change == "DELETED" else after > before
            counts[_identity(event)] = after


def test_watch_envelopes_tell_the_life_of_every_event(frames: Frames) -> None:
    """ADDED comes first and after each DELETED, with a new uid; MODIFIED in between."""
    for cluster in frames:
        living: dict[tuple[str, str, str], str] = {}
        gone: dict[tuple[str, str, str], str] = {}
        for change, event in frames[cluster]:
            key, uid = _identity(event), event["metadata"]["uid"]
            if change == "ADDED":
                assert key not in living
                assert gone.get(key) != uid
                living[key] = uid
            else:
                assert living[key] == uid
            if change == "DELETED":
                gone[key] = living.pop(key)


def test_expected_counts_are_the_last_cumulative_of_every_event(demo: Demo, frames: Frames) -> None:
    """What the demo promises per cluster and reason is what its frames show."""
    highest: dict[tuple[str, str, tuple[str, str, str]], int] = defaultdict(int)
    for cluster in frames:
        for _, event in frames[cluster]:
            key = (cluster, event["reason"], _identity(event))
            highest[key] = max(highest[key], _cumulative(event))
    totals: Counter[tuple[str, str]] = Counter()
    for (cluster, reason, _), count in highest.items():
        totals[cluster, reason] += count
    assert demo.expected == dict(totals)
    assert demo.expected_total == sum(highest.values())


def test_outages_are_silent_and_no_count_reaches_across_them(demo: Demo, frames: Frames) -> None:
    """Production has a gap of three hours last week and one of 1 h 40 min yesterday."""
    assert [(c, str(end - start)) for c, (start, end) in demo.outages] == [
        ("prod-eu", "3:03:00"),
        ("prod-eu", "1:42:00"),
    ]
    assert YESTERDAY <= demo.outages[1][1][0] < TODAY
    for cluster, (start, end) in demo.outages:
        events = [e for change, e in frames[cluster] if change != "DELETED"]
        assert not [e for e in events if start <= _time(e) < end]
        spans: dict[tuple[str, str, str], list[datetime]] = defaultdict(list)
        for event in events:
            spans[_identity(event)] += [datetime.fromisoformat(_birth(event)), _time(event)]
        assert not [s for s in spans.values() if min(s) < start and max(s) >= end]


def test_nothing_but_the_outages_is_silent_for_an_hour(demo: Demo, frames: Frames) -> None:
    """Outside the outages something is said at least every hour, so that a gap stands out."""
    for cluster in frames:
        times = sorted(_time(e) for change, e in frames[cluster] if change != "DELETED")
        silences = [(a, b) for a, b in pairwise([*times, NOW]) if b - a >= timedelta(minutes=55)]
        assert len(silences) == sum(name == cluster for name, _ in demo.outages)


def test_frames_lie_between_the_first_day_and_now(frames: Frames) -> None:
    """Five weeks before today's midnight is the earliest, now the latest."""
    for cluster in frames:
        times = [_time(event) for _, event in frames[cluster]]
        assert TODAY - timedelta(weeks=5) <= min(times) < TODAY - timedelta(weeks=5, hours=-3)
        assert NOW - timedelta(hours=1) < max(times) <= NOW


def test_yesterday_at_least_ten_workloads_warn(frames: Frames) -> None:
    """The day that the digest is about has something to show, in both clusters."""
    failing = set()
    for cluster in frames:
        for _, event in frames[cluster]:
            if event["type"] == "Warning" and YESTERDAY <= _time(event) < TODAY:
                name = re.sub(r"(-[4-9bcdf]{7,10}|-\d{8})?(-\w{5}|-\d)?$", "", _object_name(event))
                failing.add((cluster, event["metadata"]["namespace"], name, event["reason"]))
    noise = {key for key in failing if key[-1] == "DNSConfigForming"}
    assert len({key[:3] for key in failing - noise}) >= 10
    assert {key[0] for key in failing - noise} == {"prod-eu", "staging"}


def _object_name(event: Event) -> str:
    return str(event["involvedObject"]["name"])


def test_bad_release_fails_yesterday_afternoon_and_is_taken_back(frames: Frames) -> None:
    """The missing image fails for 91 minutes and the spam filter makes its counts jump."""
    pulls = [
        event
        for event in _sightings(frames, "prod-eu", "checkout-api-.*")
        if event["reason"] == "BackOff" and YESTERDAY <= _time(event) < TODAY
    ]
    assert len({_object_name(event) for event in pulls}) == 2
    assert {event["type"] for event in pulls} == {"Normal"}
    assert min(map(_time, pulls)) > YESTERDAY + timedelta(hours=14)
    assert max(map(_time, pulls)) < YESTERDAY + timedelta(hours=15, minutes=40)
    one = [_cumulative(e) for e in pulls if _identity(e) == _identity(pulls[0])]
    steps = [after - before for before, after in pairwise(one)]
    assert 1 in steps
    assert max(steps) > 10


def test_crash_loop_outlives_the_time_to_live(frames: Frames) -> None:
    """The loader's event is deleted, then comes back with a new uid and the next count."""
    loop = [
        (change, event)
        for change, event in frames["prod-eu"]
        if _object_name(event).startswith("etl-loader-") and event["reason"] == "BackOff"
    ]
    again = [
        (before, after)
        for (change, before), (_, after) in pairwise(loop)
        if change == "DELETED" and _identity(before) == _identity(after)
    ]
    assert len(again) > 50
    for before, after in again:
        assert _cumulative(after) == _cumulative(before) + 1
        assert after["metadata"]["uid"] != before["metadata"]["uid"]
        assert after["firstTimestamp"] == before["firstTimestamp"]


def test_memory_leak_grows_every_week_and_fires_at_the_end(frames: Frames) -> None:
    """The time series database crashes more often in every week, also around midnight."""
    times = [
        _time(event)
        for event in _sightings(frames, "prod-eu", "timeseries-1")
        if event["reason"] == "BackOff"
    ]
    weeks = Counter((TODAY - moment).days // 7 for moment in times if moment < TODAY)
    assert weeks[0] > weeks[1] > weeks[2] > weeks[3] > weeks[4] > 0
    assert [t for t in times if TODAY - timedelta(minutes=15) <= t < TODAY]
    assert [t for t in times if NOW - timedelta(minutes=20) <= t]


def test_node_fails_nine_days_ago_and_recovers(frames: Frames) -> None:
    """NodeNotReady on a node, its pods warned and moved, and NodeReady after forty minutes."""
    lost = [e for c, e in frames["prod-eu"] if c == "ADDED" and e["reason"] == "NodeNotReady"]
    node = next(e for e in lost if _kind(e) == "Node")
    assert len([e for e in lost if _kind(e) == "Pod"]) >= 4
    assert (TODAY - _time(node)).days == 8
    ready = [
        e
        for e in _sightings(frames, "prod-eu", _object_name(node))
        if e["reason"] == "NodeReady" and _time(e) > _time(node)
    ]
    assert timedelta(minutes=40) <= _time(ready[0]) - _time(node) < timedelta(minutes=41)


def test_messages_hold_chinese_text_as_it_is(demo: Demo) -> None:
    """An API server sends UTF-8, not escapes."""
    assert any("库存同步失败".encode() in line for line in demo.frames("prod-eu"))


def test_hosts_and_addresses_are_reserved_ones(frames: Frames) -> None:
    """Host names end in example.com, addresses lie in the private pod network."""
    text = "\n".join({event["message"] for cluster in frames for _, event in frames[cluster]})
    hosts = set(re.findall(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|io|net|org|cn)\b", text))
    hosts -= {"storageclass.storage.k8s.io", "pods.metrics.k8s.io"}
    assert all(host.endswith("example.com") for host in hosts)
    assert not re.search("amazon|aws|google|azure|microsoft|alibaba|aliyun|redhat", text.lower())
    addresses = set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text))
    assert addresses
    assert all(address.startswith("10.244.") for address in addresses)


def test_weekends_are_quieter_than_weekdays(frames: Frames) -> None:
    """Releases follow the working week."""
    days = Counter(
        _time(event).weekday() >= 5
        for change, event in frames["prod-eu"]
        if change == "ADDED" and event["reason"] == "ScalingReplicaSet"
    )
    assert days[True] / 2 < days[False] / 5 / 2


@settings(max_examples=5, deadline=None)
@given(
    minutes=st.integers(0, 15 * 365 * 24 * 60),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]),
    seed=st.integers(0, 1000),
)
def test_any_now_in_any_zone_adds_up(minutes: int, zone: str, seed: int) -> None:
    """At any time of day, also next to a change of the clocks, frames and totals agree."""
    now = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    demo = make_demo(now, seed=seed, weeks=1)
    highest: dict[tuple[str, tuple[str, str, str]], int] = {}
    for cluster in demo.clusters:
        for _, event in _decoded(demo, cluster):
            assert _time(event) <= now
            key = (cluster, _identity(event))
            highest[key] = max(highest.get(key, 0), _cumulative(event))
    assert demo.expected_total == sum(highest.values())
