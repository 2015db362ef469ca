"""Messages without their values, and how well that groups real ones."""

import csv
from collections import Counter
from hashlib import md5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.patterns import LOOKED_AT_CHARACTERS, SCHEDULER, fold


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
        ("assigned kube-system/coredns-x to it", "assigned */* to *"),
        ("moved web-1 to the-other-node", "moved * to *"),
        ("the pod didn't tolerate it", "the pod didn't tolerate it"),
        ("get pods.metrics.k8s.io failed", "get pods.metrics.k8s.io failed"),
        ("Add eth0 [10.128.0.13/23] from sdn", "Add * [*] from sdn"),
        ("failed: [it's no list]", "failed: [it's no list]"),
        ("Successfully assigned default/web to minikube", "Successfully assigned */* to *"),
        ("Successfully assigned default/web-1 to kind-a", "Successfully assigned */* to *"),
        (
            "error looking up service account shop/web: no",
            "error looking up service account */*: no",
        ),
        ("leases default/web-1, configmaps/web-1", "leases */*, configmaps/*"),
        ("see /var/lib/kubelet/pods", "see /var/lib/kubelet/pods"),
        ("restarting container main in pod a-0_default(9)", "restarting container * in pod *_*(*)"),
        ("the container runtime in use", "the container runtime in use"),
        (
            "clusteroperator/etcd set from [] to [{operator 4.8}]",
            "clusteroperator/* set from [] to *",
        ),
        ("Status for node/a changed: Ready set to True", "Status for node/* changed: *"),
        ("ip-10-0-1-2_321da3d1-2435-4987-bdd9-cc69dd3617ba leads", "* leads"),
        ("exceeded quota: cpu-quota, used: cpu=1,pods=2", "exceeded quota: *, used: *"),
        ("Get http://10.0.0.1:80/a?b=c: dial tcp", "Get *: dial tcp"),
        ("role system:node:web and system:masters", "role * and *"),
        ("in 1.5s (2s including waiting). Image size: 3 bytes", "in *"),
        ("in 1.5s (retried)", "in * (retried)"),
        ('got {"a": {"b": [1]}} from map[a:b]', "got * from *"),
        ("all of *.example.com", "all of *.example.com"),
        ("(combined from similar events): exit code 137", "exit code *"),
        ("  two lines\nof text  ", "two lines"),
        ("", ""),
    ],
)
def test_what_is_a_value(message, expected):
    """Names, addresses, identifiers, times and measures; words of the sentence stay."""
    assert pattern(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # what has a dash, beside a slash
        ("pods/web-front is", "pods/* is"),
        ("pods/Web-Front is", "pods/Web-Front is"),
        ("pods/a-b-C is", "pods/a-b-C is"),
        ("at (/web-front)", "at (/*)"),
        ("at ((/web-front)", "at ((/*)"),
        # what follows a kind and a slash: kinds of Kubernetes' own begin like no abbreviation
        ("over TCP/web", "over TCP/web"),
        ("PersistentVolumeClaim/data is", "PersistentVolumeClaim/* is"),
        ("NoExecute/web is", "NoExecute/* is"),
        # what follows a kind, "to" at the end of a sentence about a name, and -n
        ("container istio-proxy waits", "container * waits"),
        ("namespace team-front is", "namespace * is"),
        ("went to the-other-node", "went to the-other-node"),
        ("moved web-1 to the-other-node now", "moved * to the-other-node now"),
        ("moved web-1 at the-end", "moved * at the-end"),
        ("scaled web-1 to zero", "scaled * to zero"),
        ("x assigned web-1 to host now", "x assigned * to host now"),
        ("kubectl -n shop-front get", "kubectl -n * get"),
        ("kubectl -n shop get", "kubectl -n shop get"),
        # a namespace before a name, but neither a kind nor the folder of a path
        ("default/web-front is", "*/* is"),
        ("default/web is", "default/web is"),
        ("a default/web-Front is", "a default/web-Front is"),
        ("a default/a-b-C is", "a default/a-b-C is"),
        ("default/web1 is", "*/* is"),
        ("default/5m is", "default/* is"),
        ('pod "x" web-front', 'pod "*" *'),
        ("TCP/web-1 is", "TCP/* is"),
        ("see node/web-1", "see node/*"),
        ("see default/web-1/log gone", "see default/*/log gone"),
        ("in (/var/web-1)", "in (/var/*)"),
        ("in ((/var/web-1)", "in ((/var/*)"),
        ("at default/", "at default/"),
        ("pod default/web is", "pod */* is"),
        ("pod default/'x' is", "pod */'*' is"),
        ("pod default/(web", "pod default/(web"),
    ],
)
def test_where_a_name_stands(message, expected):
    """Words that look like any other are names in some places and in others not."""
    assert pattern(message) == expected


def test_which_values_name_something():
    """The object, what has changed, and a quoted word; not the numbers of the scheduler."""
    assert fold("pod api is", object_name="api").named == (True,)
    changed = fold("Status for node/a changed: Ready")
    assert (changed.values, changed.named) == (("a", "Ready"), (True, True))
    scheduled = fold("0/2 " + SCHEDULER + "2 Insufficient cpu, claim 'a'")
    assert scheduled.values == ("0", "2", "2", "a")
    assert scheduled.named == (False, False, False, True)


def test_names_at_both_ends():
    """The first piece has none before it, the last none behind it."""
    names = frozenset({"default"})
    assert pattern("default is behind /", names=names) == "default is behind /"
    assert pattern("in default/", names=names) == "in */"


def test_a_thousand_characters_are_looked_at():
    """The rest of a long line is left out of the pattern."""
    assert pattern("x" * 2000) == "x" * 1000


def test_the_event_names_its_values():
    """The object by its whole name, also beside an underscore; its namespace beside a joint."""
    names = {"object_name": "api", "names": frozenset({"default"})}
    found = fold("container web of api in pod api_default(9d), default/api", **names)
    assert found.pattern == "container web of * in pod *_*(*), */*"
    assert found.values == ("api", "api", "default", "9d", "default", "api")
    assert pattern("the default of apis", **names) == "the default of apis"


def test_workload_host_and_labels_are_named_too():
    """A name with a dash is told from prose wherever it stands, a word only beside a joint."""
    names = frozenset({"web-front", "worker-a", "front"})
    text = "web-front lost worker-a, the front door and front/door"
    assert pattern(text, names=names) == "* lost *, the front door and */door"
    assert pattern(text) == "web-front lost worker-a, the front door and front/door"


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
    found = fold(text, object_name="rules", names=frozenset({"affinity"}))
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


VOCABULARY = """
pod container in to on assigned Created web-1 api default 10.0.0.1 5 4s web-front / _ : -n = ( )
* :: ' changed: {"a } used: cpu=1 system:a 321da3d1-2435-4987-bdd9-cc69dd3617ba service account
"""
WORDS = st.sampled_from(VOCABULARY.split())
BETWEEN = st.sampled_from([" ", " ", " ", "", ": ", ", ", '"'])
SENTENCES = st.lists(WORDS | BETWEEN, max_size=16).map("".join) | st.text(max_size=300)
LISTS = st.lists(st.from_regex(r"[a-z]{1,4}(-[a-z0-9]{1,4})?", fullmatch=True), min_size=1)


@settings(deadline=None)
@given(st.text(max_size=2000), st.text(max_size=20), st.text(max_size=20))
def test_any_text_folds(message, object_name, namespace):
    """Whatever it says: one line, and for each wildcard one value."""
    found = fold(message, object_name=object_name, names=frozenset({namespace}))
    assert len(found.values) == len(found.named) == found.pattern.count("*")
    assert "\n" not in found.pattern
    assert len(found.pattern) <= LOOKED_AT_CHARACTERS + len(found.values)


@settings(deadline=None)
@given(SENTENCES)
def test_folding_a_pattern_changes_nothing(message):
    """What is left of a message has no values of its own."""
    once = pattern(message)
    assert pattern(once) == once


@settings(deadline=None)
@given(SENTENCES.filter(lambda text: "[" not in text and "\n" not in text))
def test_a_message_is_its_pattern_with_the_values_put_back(message):
    """Nothing is lost but the ends."""
    assert fold(message, object_name="api").message == message.strip().rstrip(". ")


@given(LISTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(names, random):
    """Neither that of a list nor that of the scheduler's clauses."""
    mixed = random.sample(names, len(names))
    text = "unmounted volumes=[{}]: timed out"
    assert fold(text.format(" ".join(names))) == fold(text.format(", ".join(mixed)))
    one = "0/9 " + SCHEDULER + ", ".join(f"1 {name}" for name in names)
    other = "0/9 " + SCHEDULER + ", ".join(f"1 {name}" for name in mixed)
    assert fold(one) == fold(other)


HOSTILE = [
    "[a-1 ",
    "1:",
    "a-",
    "{(",
    '"',
    "'a",
    "0.0.",
    "\\",
    "=[x ",
    "1/1 n, 1 ",
    "1s (1s a",
    "1h",
]
HOSTILE += [
    '{"',
    '{"}',
    "[{a}",
    "map[",
    "system:",
    "used: a=b,",
    "a_",
    "a/",
    " changed: ",
    "\0",
    "é_",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", ["", "0/1 " + SCHEDULER])
def test_hostile_repetition_takes_no_time(piece, start):
    """Of 256 KB of the same piece the first thousand characters are looked at, and no others."""
    long = start + piece * (256 * 1024 // len(piece))
    found = fold(long)
    assert found == fold(long[:LOOKED_AT_CHARACTERS])
    assert len(found.message) <= LOOKED_AT_CHARACTERS


def pairs(groups):
    """Count the pairs of lines that share a group."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def half(template):
    """Return which half of the templates this one is in."""
    return md5(template.encode(), usedforsecurity=False).digest()[0] % 2


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "part", "least_recall"),
    [
        ("messages.tsv", 0, 0.965),
        ("messages.tsv", 1, 0.97),
        ("messages_cloud-opsbench.tsv", 0, 0.98),
        ("messages_cloud-opsbench.tsv", 1, 0.99),
    ],
)
def test_real_messages_are_grouped_as_their_sources_say(shared_data, name, part, least_recall):
    """Of pairs with one reason: none from two templates, almost all of one template together.

    The others say what is not the same, such as other causes of a failed probe, or other clauses
    of the scheduler.
    """
    with (shared_data / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    gold = [row for row in rows if row["template"] and half(row["template"]) == part]
    folded = [pattern(row["message"].replace("\\n", "\n")) for row in gold]
    reasons = [row["reason"] for row in gold]
    templates = [row["template"] for row in gold]
    together = pairs(zip(reasons, templates, folded, strict=True))
    precision = together / pairs(zip(reasons, folded, strict=True))
    recall = together / pairs(zip(reasons, templates, strict=True))
    assert len(gold) > 600
    assert precision == 1
    assert recall > least_recall
