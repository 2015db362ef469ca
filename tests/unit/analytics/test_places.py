"""Where points lie."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import FrameError
from analytics.places import place
from tests.effort import examples

ZONE = "topology.kubernetes.io/zone"


def places(frame, column):
    """Return the places as a list, "" where one is missing."""
    return [text if isinstance(text, str) else "" for text in place(frame, column)]


def test_a_pod_lies_on_the_node_that_its_kubelet_names(points):
    """A controller's event about the pod takes the host of the kubelet's."""
    frame = points(
        {"time": "01:00", "object": "a", "host": "node-1"},
        {"time": "02:00", "object": "a", "host": ""},
        {"time": "02:00", "object": "b", "host": ""},
    )
    assert places(frame, "host") == ["node-1", "node-1", ""]


def test_a_pod_of_two_hosts_lies_on_neither(points):
    """web-0 has moved: nobody knows where the event without a host belongs."""
    hosts = ("node-1", "node-2", "")
    frame = points(*({"time": "01:00", "object": "web-0", "host": host} for host in hosts))
    assert places(frame, "host") == ["node-1", "node-2", ""]


def test_the_same_pod_name_in_another_cluster_tells_nothing(points):
    """Objects are told apart by cluster, kind, namespace and name."""
    row = {"time": "01:00", "object": "web-0"}
    frame = points(
        row,
        row | {"host": "", "cluster": "test"},
        row | {"host": "", "object_namespace": "b"},
        row | {"host": "", "kind": "Job"},
    )
    assert places(frame, "host") == ["node-1", "", "", ""]


def test_events_about_nothing_tell_each_other_nothing(points):
    """Without kind and name there is no object, neither an own one nor that of another cluster."""
    nothing = {"time": "01:00", "kind": "", "object": ""}
    frame = points(
        {"time": "01:00", "cluster": "a", "object": "z"},
        nothing | {"cluster": "b", "host": ""},
        nothing | {"cluster": "b", "host": "node-2"},
        nothing | {"cluster": "a", "host": ""},
    )
    assert places(frame, "host") == ["node-1", "", "node-2", ""]
    assert places(frame.iloc[[0, 1]], "host") == ["node-1", ""]
    unnamed = nothing | {"object": "x"}
    assert places(points(unnamed, unnamed | {"host": ""}), "host") == ["node-1", "node-1"]


def test_a_node_lies_on_itself_and_in_no_namespace(points):
    """Its events are stored in the namespace "default", which has nothing to do with it."""
    node = {"kind": "Node", "object": "node-9", "object_namespace": "", "namespace": "default"}
    frame = points(node | {"time": "01:00", "host": ""}, {"time": "01:00"})
    assert places(frame, "host") == ["node-9", "node-1"]
    assert places(frame, "namespace") == ["", "shop"]


def test_settled_hours_keep_their_namespace(points):
    """Retention has folded the objects, so that no object says it has none."""
    row = {"time": "01:00", "kind": "", "object": "", "object_namespace": "", "name": ""}
    assert places(points(row), "namespace") == ["shop"]


def test_images_come_from_messages(points):
    """A pod of one image has it in all of its events, one of two only where it is named."""
    frame = points(*({"time": "01:00", "object": name} for name in "aabbb")).assign(
        message=[
            'Back-off pulling image "x:1"',
            "Error: ErrImagePull",
            'Pulling image "x:1"',
            'Pulling image "y:1"',
            "Error: ImagePullBackOff",
        ]
    )
    assert places(frame, "image") == ["x:1", "x:1", "x:1", "y:1", ""]
    assert places(frame.assign(image="z"), "image") == ["z"] * 5
    assert places(frame.drop(columns="message"), "image") == [""] * 5


def test_zones_come_from_labels_of_the_event_the_object_or_the_host(points):
    """An old label counts too; a label that is no text of an object is none."""
    frame = points(
        {"time": "01:00", "object": "a", "host": "node-1"},
        {"time": "01:00", "object": "a", "host": "node-1"},
        {"time": "01:00", "object": "b", "host": "node-1"},
        {"time": "01:00", "object": "c", "host": "node-2"},
        {"time": "01:00", "object": "d", "host": ""},
    ).assign(
        labels=[
            json.dumps({ZONE: "eu-1a", "app.kubernetes.io/managed-by": "Helm"}),
            None,
            "",
            '{"failure-domain.beta.kubernetes.io/zone": "eu-1b"}',
            "[not JSON",
        ]
    )
    assert places(frame, "zone") == ["eu-1a", "eu-1a", "eu-1a", "eu-1b", ""]
    assert places(frame, "controller") == ["Helm", "Helm", "", "", ""]


def test_the_zone_of_a_host_that_the_object_tells(points):
    """Pod b says its host once and its zone never; hosts that nobody knows share nothing."""
    frame = points(
        {"time": "01:00", "object": "a", "host": "node-1"},
        {"time": "01:00", "object": "b", "host": "node-1"},
        {"time": "01:00", "object": "b", "host": ""},
        {"time": "01:00", "object": "c", "host": ""},
        {"time": "01:00", "object": "d", "host": ""},
    ).assign(labels=[json.dumps({ZONE: "eu-1a"}), "", "", json.dumps({ZONE: "eu-1b"}), ""])
    assert places(frame, "zone") == ["eu-1a", "eu-1a", "eu-1a", "eu-1b", ""]
    assert places(frame.set_index(np.array([9, 3, 7, 5, 1])), "zone")[2] == "eu-1a"


@pytest.mark.parametrize("labels", ["[]", "null", "3", '{"a": 1}', "[" * 100_000, "\ud800"])
def test_labels_that_are_none(points, labels):
    """Whatever stands there, nothing is raised."""
    frame = points({"time": "01:00"}).assign(labels=[labels])
    assert places(frame, "zone") == [""]


def test_any_other_column(points):
    """As it is, with what is missing missing; one that there is not is named."""
    frame = points({"time": "01:00"}, {"time": "01:00", "component": ""}).assign(team=["a", None])
    assert places(frame, "component") == ["kubelet", ""]
    assert places(frame, "team") == ["a", ""]
    assert places(frame.assign(rack=[1, 2]), "rack") == ["1", "2"]
    assert places(frame.assign(rack=[1.5, None]), "rack") == ["1.5", ""]
    with pytest.raises(FrameError, match="no column 'rack'"):
        place(frame, "rack")


row = st.fixed_dictionaries(
    {
        "time": st.just("01:00"),
        "cluster": st.sampled_from(["a", "b"]),
        "object": st.sampled_from(["", "x", "y"]),
        "kind": st.sampled_from(["", "Pod", "Node"]),
        "host": st.sampled_from(["", "x", "node-1"]),
    }
)


@settings(max_examples=examples(12), deadline=None)
@given(st.lists(row, max_size=8))
def test_what_is_told_is_kept(points, rows):
    """Filling in never changes a host, and never invents one."""
    frame = points(*rows)
    found = places(frame, "host")
    for told, filled in zip(rows, found, strict=True):
        assert not told["host"] or filled == told["host"]
    assert set(found) <= {"", *(r["host"] for r in rows), *(r["object"] for r in rows)}
