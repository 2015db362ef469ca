"""Groups of messages and the values behind their wildcards."""

import pandas as pd
import pytest

from analytics.errors import FrameError
from analytics.frames import MESSAGE_GROUPS, MESSAGES
from analytics.messages import message_groups

ROW = {
    "cluster": "prod",
    "namespace": "shop",
    "workload_kind": "Deployment",
    "workload": "api",
    "reason": "FailedMount",
    "component": "kubelet",
    "type": "Warning",
    "object_namespace": "shop",
    "object": "api-1",
    "occurrences": 1,
}


def messages(*rows):
    """Build a MESSAGES frame from rows of what differs."""
    full = [ROW | row for row in rows]
    known = [
        column
        for column in MESSAGES.columns
        if not column.optional or any(column.name in row for row in full)
    ]
    frame = pd.DataFrame(full, columns=[column.name for column in known])
    return MESSAGES.check(frame.astype({column.name: column.dtype for column in known}))


def test_values_behind_the_wildcard():
    """Ten failures on four nodes: the three that fail most, with what they have."""
    counts = {"node-3": 6, "node-1": 2, "node-2": 1, "node-9": 1}
    rows = [{"message": f"no disk on {node}", "occurrences": n} for node, n in counts.items()]
    [found] = message_groups(messages(*rows), by=("reason",)).to_dict("records")
    assert found == {
        "reason": "FailedMount",
        "pattern": "no disk on *",
        "failures": 10,
        "messages": 4,
        "values": (("node-3", 6), ("node-1", 2), ("node-2", 1)),
        "distinct_values": 4,
        "sample": "no disk on node-3",
    }


def test_names_go_before_measures():
    """Every duration differs, and none tells anything; but one value alone tells nothing either."""
    rows = [{"message": f'pulled "img-{n % 2}" in {n}.5s'} for n in range(6)]
    found = message_groups(messages(*rows))
    assert found["values"][0] == (("img-0", 3), ("img-1", 3))
    alone = message_groups(messages(*({"message": f'pulled "img" in {n}s'} for n in range(2))))
    assert alone["values"][0] == (("0s", 1), ("1s", 1))


def test_a_name_goes_before_a_bare_number():
    """The 0 of "0/4" and an exit code tell less than the one claim, or the one duration."""
    claim = '0/4 nodes are available: persistentvolumeclaim "data" not found'
    assert message_groups(messages({"message": claim}))["values"][0] == (("data", 1),)
    wait = "exit code 1, back-off 40s"
    assert message_groups(messages({"message": wait}))["values"][0] == (("40s", 1),)
    mixed = [{"message": f"exit {code} after {wait}"} for code, wait in ((3, "1"), (4, "2s"))]
    assert message_groups(messages(*mixed))["values"][0] == (("1", 1), ("2s", 1))
    tries = [{"message": f"0/{n} nodes are available: {n} Insufficient cpu"} for n in (4, 5)]
    assert message_groups(messages(*tries))["values"][0] == (("4", 1), ("5", 1))


def test_the_objects_themselves_are_a_wildcard():
    """Each pod names itself; together they are one message of three pods."""
    rows = [{"object": pod, "message": f"pod {pod}_shop is stuck"} for pod in ("a", "b", "b", "c")]
    found = message_groups(messages(*rows))
    assert found["pattern"].tolist() == ["pod *_* is stuck"]
    assert found["values"][0] == (("b", 2), ("a", 1), ("c", 1))


def test_the_workload_is_a_wildcard_where_it_is_told_from_a_word():
    """Two workloads share a message that names them; where it reads like prose it stays."""
    rows = [
        {"workload": name, "object": f"{name}-1", "message": f"{name} is over its budget"}
        for name in ("web-front", "web-back")
    ]
    found = message_groups(messages(*rows), by=("reason",))
    assert found["pattern"].tolist() == ["* is over its budget"]
    assert found["values"][0] == (("web-back", 1), ("web-front", 1))
    plain = message_groups(messages({"message": "the api is over its budget"}))
    assert plain["pattern"].tolist() == ["the api is over its budget"]


def test_the_host_and_the_labels_are_wildcards():
    """Without a digit in it no shape tells the name of a node or of a release from a word."""
    rows = [
        {
            "host": f"worker-{which}",
            "labels": f'{{"app": "web", "release": "shop-{which}"}}',
            "message": f"worker-{which} cannot run shop-{which}, says web of web/worker-{which}",
        }
        for which in ("east", "west")
    ]
    found = message_groups(messages(*rows))
    assert found["pattern"].tolist() == ["* cannot run *, says web of */*"]
    assert found["values"][0] == (("worker-east", 1), ("worker-west", 1))
    unnamed = [{"message": row["message"]} for row in rows]
    assert len(message_groups(messages(*unnamed))) == 2
    hosts_only = [{name: row[name] for name in ("host", "message")} for row in rows]
    assert found["pattern"].tolist() != message_groups(messages(*hosts_only))["pattern"].tolist()


@pytest.mark.parametrize("labels", ["", "{", "[1]", "null", '{"a": {"b": "shop-east"}, "n": 7}'])
def test_labels_that_name_nothing(labels):
    """Whatever stands there, it is only worth its texts."""
    rows = [{"labels": labels, "message": "shop-east is late"}]
    assert message_groups(messages(*rows))["pattern"].tolist() == ["shop-east is late"]


def test_groups_are_sorted_by_failures_and_parted_by_the_columns():
    """Ties follow the pattern, not the order of rows."""
    rows = [
        {"message": "b"},
        {"message": "a"},
        {"message": "c", "occurrences": 2},
        {"message": "c", "workload": "aaa"},
    ]
    found = message_groups(messages(*rows))
    assert found["workload"].tolist() == ["aaa", "api", "api", "api"]
    assert found["pattern"].tolist() == ["c", "c", "a", "b"]
    assert found["failures"].sum() == 5
    backwards = message_groups(messages(*reversed(rows)))
    pd.testing.assert_frame_equal(found, backwards)


def test_a_message_without_values():
    """There is no wildcard to look behind."""
    found = message_groups(messages({"message": "Job was suspended"}))
    assert (found["values"][0], found["distinct_values"][0]) == ((), 0)


def test_the_sample_is_the_newest():
    """The first row of a group, since the newest come first."""
    rows = [{"message": "exit code 2"}, {"message": "exit code 1", "occurrences": 9}]
    assert message_groups(messages(*rows))["sample"].tolist() == ["exit code 2"]


def test_nothing_in_nothing_out():
    """An empty frame keeps the columns; another frame is refused."""
    assert len(MESSAGE_GROUPS.check(message_groups(messages()))) == 0
    assert len(MESSAGE_GROUPS.check(message_groups(MESSAGES.empty()))) == 0
    with pytest.raises(FrameError, match="'object' is missing"):
        message_groups(messages().drop(columns="object"))
