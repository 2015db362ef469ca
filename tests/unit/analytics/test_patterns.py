"""Messages without their values, and how well that groups real ones."""

import csv
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.patterns import LOOKED_AT_CHARACTERS, fold


def pattern(message, **names):
    """Return only the pattern."""
    return fold(message, **names).pattern


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('secret "tls-1" not found', 'secret "*" not found'),
        ("couldn't find key 'a' in Secret/tls", "couldn't find key '*' in Secret/*"),
        ('failed to "X" for "Y" with Z: "a b"', 'failed to "*" for "*" with Z: "a b"'),
        ("dial tcp 10.128.0.55:8080: connect", "dial tcp *: connect"),
        ("from 10.0.0.0/23 or fd00::1 to it", "from * or * to it"),
        ("sandbox 321da3d1-2435-4987-bdd9-cc69dd3617ba gone", "sandbox * gone"),
        ("container cff6df8c234e52aed25ba1f3b507e37368da is", "container * is"),
        ("Back-off 5m0s, then 1.154s and 40 ms", "Back-off *, then * and * ms"),
        ("using 12671572Ki of 10Mi, 85% or 1024 bytes", "using * of *, * or * bytes"),
        ("at 2021-09-13T14:52:48.123Z it broke", "at * it broke"),
        ("Scaled up replica set web-7d9f8b6c5d to 3", "Scaled up replica set * to *"),
        ("Created pod: fluentd-vdlfx", "Created pod: *"),
        ("node ip-10-0-1-2.ec2.internal is ready", "node * is ready"),
        ("Started container istio-proxy", "Started container *"),
        ("Created container proxy", "Created container *"),
        ("assigned kube-system/coredns-x to it", "assigned */* to it"),
        ("the pod didn't tolerate it", "the pod didn't tolerate it"),
        ("get pods.metrics.k8s.io failed", "get pods.metrics.k8s.io failed"),
        ("Add eth0 [10.128.0.13/23] from sdn", "Add * [*] from sdn"),
        ("failed: [it's no list]", "failed: [it's no list]"),
        ("(combined from similar events): exit code 137", "exit code *"),
        ("  two lines\nof text  ", "two lines"),
        ("", ""),
    ],
)
def test_what_is_a_value(message, expected):
    """Names, addresses, identifiers, times and measures; words of the sentence stay."""
    assert pattern(message) == expected


def test_the_event_names_its_values():
    """The object by its whole name, also beside an underscore; its namespace beside a joint."""
    names = {"object_name": "api", "namespace": "default"}
    found = fold("container web of api in pod api_default(9d), default/api", **names)
    assert found.pattern == "container web of * in pod *_*(*), */*"
    assert found.values == ("api", "api", "default", "9d", "default", "api")
    assert pattern("the default of apis", **names) == "the default of apis"


def test_lists_fold_in_any_order():
    """The volumes of a pod come as the map gives them."""
    one = fold("unmounted volumes=[config tls data], unattached volumes=[]")
    other = fold("unmounted volumes=[data tls config], unattached volumes=[]")
    assert one == other
    assert one.values[0] == "config data tls"
    assert fold("volumes [a b]") == fold("volumes [b, a]")


def test_clauses_of_the_scheduler_fold_in_any_order():
    """The counts and their order change from try to try; what is missing does not."""
    one = "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) had taint {a: b}, that it has."
    other = "0/7 nodes are available: 2 node(s) had taint {a: b}, that it has, 5 Insufficient cpu.."
    assert pattern(one) == pattern(other)
    assert fold(one).values == ("0", "4", "1", "3")
    assert pattern(one) != pattern("0/4 nodes are available: 4 Insufficient cpu.")


def test_the_scheduler_says_what_is_wrong():
    """Taints, resources and rules look like names and stay; numbers and quoted names do not."""
    text = (
        "0/6 nodes are available: 1 Insufficient hugepages-2Mi, "
        "1 node(s) had taint {node.kubernetes.io/not-ready: }, "
        "1 node(s) had taint {node.kubernetes.io/disk-pressure: }, "
        "3 node(s) didn't match pod affinity/anti-affinity rules."
    )
    found = fold(text, object_name="rules", namespace="affinity")
    assert found.pattern == (
        "*/* nodes are available: * Insufficient hugepages-2Mi, "
        "* node(s) didn't match pod affinity/anti-affinity rules, "
        "* node(s) had taint {node.kubernetes.io/disk-pressure: }, "
        "* node(s) had taint {node.kubernetes.io/not-ready: }"
    )
    assert not any(found.named)
    claim = fold('0/2 nodes are available: persistentvolumeclaim "data-0" not found')
    assert claim.pattern.endswith('persistentvolumeclaim "*" not found')
    taint = pattern("0/2 nodes are available: 2 node(s) had taint {ToBeDeleted: 1636478510}")
    assert taint.endswith("{ToBeDeleted: *}")


def test_every_wildcard_has_its_value():
    """Names are told from measures, which are not worth showing."""
    found = fold('pulled image "busybox" in 1.2s on node-3')
    assert found.values == ("busybox", "1.2s", "node-3")
    assert found.named == (True, False, True)


@settings(deadline=None)
@given(st.text(max_size=2000), st.text(max_size=20), st.text(max_size=20))
def test_any_text_folds(message, object_name, namespace):
    """Whatever it says: one line, as many values as kinds, and the same every time."""
    found = fold(message, object_name=object_name, namespace=namespace)
    assert len(found.values) == len(found.named) <= found.pattern.count("*")
    assert "\n" not in found.pattern
    assert len(found.pattern) <= LOOKED_AT_CHARACTERS + 2 * len(found.values)
    assert fold(message, object_name=object_name, namespace=namespace) == found


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["[a-1 ", "1:", "a-", "{(", '"', "'a", "0.0.", "\\", "=[x ", "1/1 n, 1 "]))
def test_hostile_repetition_takes_no_time(piece):
    """A kilobyte of the same piece is folded in well under a second, whatever the piece."""
    fold("0/1 nodes are available: " + piece * 5_000)


def pairs(groups):
    """Count the pairs of lines that share a group."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


@pytest.mark.shared_data
def test_real_messages_are_grouped_as_their_sources_say(shared_data):
    """Of pairs with one reason: none from two templates, 7 in 10 of one template are together.

    The others say what is not the same, such as other clauses of the scheduler or other status
    texts of an operator; 393 lines of one such template are left out, since all of them differ.
    """
    with (shared_data / "messages.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    gold = [row for row in rows if row["template"] not in {"", "ocp.operator-status"}]
    folded = [pattern(row["message"].replace("\\n", "\n")) for row in gold]
    reasons = [row["reason"] for row in gold]
    templates = [row["template"] for row in gold]
    together = pairs(zip(reasons, templates, folded, strict=True))
    precision = together / pairs(zip(reasons, folded, strict=True))
    recall = together / pairs(zip(reasons, templates, strict=True))
    assert len(gold) > 3_500
    assert precision > 0.999
    assert recall > 0.7
