"""What failures share, worked out by hand and on made-up clusters without any hot spot."""

import random
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.catalogue import Catalogue
from analytics.errors import FrameError
from analytics.frames import HOTSPOTS
from analytics.hotspots import hotspots
from tests.effort import examples

FINE = {"type": "Normal", "reason": "Pulled"}


def pod(workload, host, *, fails, time="10:00", **over):
    """Return the event of a pod, a failure or not."""
    name = {"workload": workload, "object": f"{workload}-{host}", "host": host}
    return {"time": time, **name, **({} if fails else FINE), **over}


def cluster(name="prod", sizes=(5, 5), failing=(5, 0)):
    """Return an event of each workload on each node, so many of them failing."""
    return [
        pod(f"w{node}-{number}", f"node-{node}", fails=number < bad, cluster=name)
        for node, (size, bad) in enumerate(zip(sizes, failing, strict=True))
        for number in range(size)
    ]


def test_every_figure_of_a_hot_node(points, day):
    """5 of 5 workloads fail on one node, 1 of 10 on others: by chance it would be 2 of 5.

    All 6 failing of 15: C(6, 5) C(9, 0) / C(15, 5) = 6 / 3003. The test is one of two: a node
    with 5 of 6 could be hot too.
    """
    rows = cluster(sizes=(5, 10), failing=(5, 1))
    rows[0]["occurrences"] = 15
    found = hotspots(points(*rows), day, by=["host"])
    hot, other = found.to_dict("records")
    assert (hot["cluster"], hot["shared"], hot["name"]) == ("prod", "host", "node-0")
    assert (hot["failures"], hot["share"], hot["objects"]) == (19, 19 / 20, 5)
    assert (hot["workloads"], hot["failing_workloads"]) == (5, 5)
    assert (hot["expected_workloads"], hot["ratio"]) == (2.0, 2.5)
    assert hot["p_value"] == pytest.approx(6 / 3003)
    assert hot["verdict"] == "hot"
    assert (other["name"], other["failing_workloads"]) == ("node-1", 1)
    assert other["expected_workloads"] == 4.0
    # at best 6 of 6 on the larger node: C(10, 6) / C(15, 6) = 210 / 5005 = 0.04, so it is tested
    assert other["verdict"] == "even"
    assert other["p_value"] == pytest.approx(1.0)
    assert hot["q_value"] == pytest.approx(2 * 6 / 3003)


def test_a_crashing_deployment_is_no_hot_node(points, day):
    """Fifty failing replicas, ten a node, are one workload on each of five nodes."""
    rows = [
        pod("web", f"node-{n % 5}", fails=True, object=f"web-{n}", occurrences=100)
        for n in range(50)
    ]
    rows += [pod(f"w{n}", f"node-{n % 5}", fails=False) for n in range(50)]
    found = hotspots(points(*rows), day, by=["host"])
    assert found["objects"].tolist() == [10] * 5
    assert found["failing_workloads"].tolist() == [1] * 5
    assert found["ratio"].tolist() == [1.0] * 5
    assert "hot" not in set(found["verdict"])


def test_a_loud_workload_is_no_hot_spot(points, day):
    """A million failures of one workload count as one failing workload."""
    rows = cluster(sizes=(10, 10), failing=(1, 1))
    rows[0] |= {"previous_time": "09:00", "occurrences": 10**6}
    found = hotspots(points(*rows), day, by=["host"])
    assert found["verdict"].tolist() == ["insufficient"] * 2
    assert found["share"].round(3).tolist() == [1.0, 0.0]


def test_two_of_two_are_too_few(points, day):
    """Of a hundred workloads two fail, both on a node of two: a coincidence of no consequence."""
    found = hotspots(points(*cluster(sizes=(2, 98), failing=(2, 0))), day, by=["host"])
    assert found["verdict"].tolist() == ["insufficient"]
    assert found["q_value"].isna().all()


def test_three_of_three_are_enough(points, day):
    """Of twenty workloads three fail, all on a node of three: 1 of C(20, 3) = 1140 ways."""
    found = hotspots(points(*cluster(sizes=(3, 17), failing=(3, 0))), day, by=["host"])
    assert found["verdict"].tolist() == ["hot"]
    assert found["p_value"].tolist() == pytest.approx([1 / 1140])


def test_one_in_fourteen_is_not_tested(points, day):
    """Three of four at best, of three failing of eight: 5 of C(8, 4) = 70 ways are too many."""
    found = hotspots(points(*cluster(sizes=(4, 4), failing=(3, 0))), day, by=["host"])
    assert found["verdict"].tolist() == ["insufficient"]


def test_two_that_fail_are_never_hot(points, day):
    """However unlikely: two of three, of three failing of a hundred, 292 of 161,700 ways.

    The other node is too large to be tested: three of its 97 would surprise nobody.
    """
    found = hotspots(points(*cluster(sizes=(3, 97), failing=(2, 1))), day, by=["host"])
    assert found["verdict"].tolist() == ["even", "insufficient"]
    assert found["q_value"].tolist()[0] == pytest.approx(292 / 161_700)


def test_events_without_a_workload(points, day):
    """Failures that nobody is known of have nothing to be compared with; a kind is enough."""
    nobody = {"time": "10:00", "workload": "", "workload_kind": ""}
    found = hotspots(points(nobody), day, by=["host"])
    assert found[["failures", "workloads", "expected_workloads"]].to_numpy().tolist() == [[1, 0, 0]]
    assert found["ratio"].isna().all()
    found = hotspots(points(nobody | {"workload_kind": "Deployment"}), day, by=["host"])
    assert found["workloads"].tolist() == [1]


def test_ties_go_by_cluster_and_place(points, day):
    """The same in both clusters, and the same node as namespace."""
    rows = cluster("b", (3,), (1,)) + cluster("a", (3,), (1,))
    found = hotspots(points(*rows), day, by=["namespace", "host"])
    assert found[["cluster", "shared"]].to_numpy().tolist() == [
        ["a", "host"],
        ["a", "namespace"],
        ["b", "host"],
        ["b", "namespace"],
    ]


def test_the_order_of_places(points, day):
    """Hot ones first, then by more than expected, failures, cluster, kind of place and name."""
    rows = cluster("b", sizes=(5, 5, 5, 5), failing=(5, 1, 1, 1))
    rows += cluster("a", sizes=(2, 2, 2), failing=(1, 1, 0))
    rows[10]["occurrences"] = rows[15]["occurrences"] = 7  # the failing ones of b's last two nodes
    found = hotspots(points(*rows), day, by=["namespace", "host"])
    assert found[["verdict", "cluster", "name"]].to_numpy().tolist() == [
        ["hot", "b", "node-0"],
        ["insufficient", "a", "node-0"],
        ["insufficient", "a", "node-1"],
        ["insufficient", "b", "shop"],
        ["insufficient", "a", "shop"],
        ["even", "b", "node-2"],
        ["even", "b", "node-3"],
        ["even", "b", "node-1"],
    ]
    assert found.index.tolist() == list(range(8))


def test_the_only_node_is_never_hot(points, day):
    """There is nothing to compare it with."""
    found = hotspots(points(*cluster(sizes=(20,), failing=(20,))), day, by=["host"])
    assert found["verdict"].tolist() == ["insufficient"]


def test_a_cluster_that_fails_everywhere_has_no_hot_spot(points, day):
    """Nor does it make the nodes of another cluster look better or worse."""
    rows = cluster("bad", sizes=(8, 8), failing=(8, 8)) + cluster("good", (8, 8), (0, 6))
    found = hotspots(points(*rows), day, by=["host"])
    hot = found[found["verdict"] == "hot"]
    assert hot[["cluster", "name"]].to_numpy().tolist() == [["good", "node-1"]]


def test_an_image_that_several_workloads_cannot_pull(points, day):
    """Four workloads share the image, and six others are fine with theirs."""
    rows = [pod(f"a{n}", f"node-{n}", fails=True) for n in range(4)]
    rows += [pod(f"b{n}", f"node-{n}", fails=False) for n in range(6)]
    messages = ['Back-off pulling image "gone:1"'] * 4 + ['Pulling image "fine:1"'] * 6
    found = hotspots(points(*rows).assign(message=messages), day)
    hot = found[found["verdict"] == "hot"]
    assert hot[["shared", "name"]].to_numpy().tolist() == [["image", "gone:1"]]
    assert hot["p_value"].tolist() == pytest.approx([1 / 210])


def test_a_namespace_out_of_quota(points, day):
    """Six of seven workloads fail there and one of thirteen elsewhere."""
    rows = [
        pod(f"w{n}", f"node-{n}", fails=n < 7, namespace=space, object_namespace=space)
        for n, space in enumerate(["team-a"] * 6 + ["team-b"] + ["team-a"] + ["team-b"] * 12)
    ]
    found = hotspots(points(*rows), day, by=["namespace"])
    assert found.iloc[0][["name", "verdict"]].tolist() == ["team-a", "hot"]
    assert found.iloc[0][["workloads", "failing_workloads"]].tolist() == [7, 6]


def test_points_outside_of_the_window_tell_of_workloads(points, day):
    """On the day alone 4 of 4 fail; that 16 more live there and are fine was seen before."""
    today = cluster(sizes=(4, 6), failing=(4, 0))
    earlier = [pod(f"x{n}", "node-0", fails=True, time="19 10:00") for n in range(16)]
    assert hotspots(points(*today), day, by=["host"])["verdict"].tolist() == ["hot"]
    found = hotspots(points(*today, *earlier), day, by=["host"])
    assert found[["workloads", "failing_workloads", "failures"]].to_numpy().tolist() == [[20, 4, 4]]
    assert "hot" not in set(found["verdict"])


def test_what_is_not_counted_tells_nothing(points, day):
    """Neither a suspect count nor an event without an object or workload."""
    nobody = {"workload": "", "workload_kind": "", "object": "", "kind": "", "host": "node-1"}
    rows = cluster(failing=(3, 0))
    rows += [pod(f"s{n}", "node-1", fails=True, counted=False, suspect=True) for n in range(9)]
    rows += [nobody | {"time": "10:00"}]
    found = hotspots(points(*rows), day, by=["host"]).set_index("name")
    assert found["workloads"].to_dict() == {"node-0": 5, "node-1": 5}
    assert found["failing_workloads"].to_dict() == {"node-0": 3, "node-1": 0}
    assert found["failures"].to_dict() == {"node-0": 3, "node-1": 1}
    assert found["share"].to_dict() == {"node-0": 0.75, "node-1": 0.25}


def test_a_catalogue_of_the_user_decides_what_fails(points, day):
    """With Pulled called a failure and BackOff noise, the other node is the hot one."""
    entries = [
        {"reason": "Pulled", "meaning": "failure"},
        {"reason": "BackOff", "meaning": "noise"},
    ]
    catalogue = Catalogue.load().with_overrides(entries)
    found = hotspots(points(*cluster()), day, by=["host"], catalogue=catalogue)
    assert found[["name", "verdict"]].to_numpy().tolist() == [["node-1", "hot"]]


def test_columns_of_ones_own(points, day):
    """A rack that the notebook has joined; one that nobody has is named."""
    frame = points(*cluster())
    racks = frame["host"].map({"node-0": "r1", "node-1": "r2"})
    found = hotspots(frame.assign(rack=racks), day, by=["rack"])
    assert found[["shared", "name", "verdict"]].to_numpy().tolist() == [["rack", "r1", "hot"]]
    with pytest.raises(FrameError, match="no column 'rack'"):
        hotspots(frame, day, by=["rack"])


@pytest.mark.parametrize("by", [(), ("host",), ("host", "image", "namespace", "zone")])
def test_nothing_in_nothing_out(points, day, by):
    """Without points, and without failures, there is no row, and every column has its type."""
    for frame in (points(), points(pod("web", "node-0", fails=False))):
        assert len(HOTSPOTS.check(hotspots(frame, day, by=by))) == 0
    full = hotspots(points(*cluster()), day, by=["host"])
    assert hotspots(points(), day, by=by).dtypes.to_dict() == full.dtypes.to_dict()


def test_without_a_hot_spot_none_is_found(points, day):
    """Of 40 clusters whose workloads fail by chance, all replicas together, next to none has one.

    Each cluster is asked alone, so a rate of 5 % would give 2 on average; the test errs on the
    side of silence.
    """
    dice = random.Random(20261121)
    frames = []
    for number in range(40):
        rate = dice.choice([0.1, 0.3, 0.5])
        rows = []
        for name in range(20):
            bad = dice.random() < rate
            hosts = dice.sample(range(6), dice.choice([1, 1, 2, 4]))
            rows += [pod(f"w{name}", f"node-{host}", fails=bad) for host in hosts]
        frames.append([row | {"cluster": f"c{number}"} for row in rows])
    every = points(*(row for rows in frames for row in rows))
    asked = [
        hotspots(part, day, by=["host"]) for _, part in every.groupby("cluster", observed=True)
    ]
    assert sum((found["verdict"] == "hot").any() for found in asked) <= 2


row = st.fixed_dictionaries(
    {
        "time": st.sampled_from(["20 10:00", "10:00", "22 10:00"]),
        "cluster": st.sampled_from(["a", "b"]),
        "host": st.sampled_from(["", "n1", "n2", "n3"]),
        "workload": st.sampled_from(["", *"pqrstuvw"]),
        "workload_kind": st.sampled_from(["", "Deployment"]),
        "object": st.sampled_from(["", "x", "y"]),
        "type": st.sampled_from(["Normal", "Warning"]),
        "counted": st.booleans(),
        "occurrences": st.integers(0, 3),
    }
)


@settings(max_examples=examples(8), deadline=None)
@given(st.lists(row, max_size=25), st.randoms(use_true_random=False))
def test_figures_hold_together(points, day, rows, dice):
    """For any points, in any order, and whatever else is asked about at the same time."""
    frame = points(*rows)
    before = frame.copy(deep=True)
    found = hotspots(frame, day, by=["host", "namespace"])
    pd.testing.assert_frame_equal(frame, before)
    order = dice.sample(range(len(frame)), len(frame))
    pd.testing.assert_frame_equal(hotspots(frame.iloc[order], day, by=["namespace", "host"]), found)
    assert (found["failing_workloads"] <= found["workloads"]).all()
    assert (found["failures"] > 0).all()
    assert found["share"].between(0, 1).all()
    assert (found["verdict"] == "insufficient").tolist() == found["q_value"].isna().tolist()
    assert (found["q_value"].dropna() >= found["p_value"].dropna() - 1e-12).all()
    shifted = frame.assign(
        **{name: frame[name] + timedelta(days=100) for name in ("time", "birth", "previous_time")}
    )
    assert len(hotspots(shifted, day)) == 0
