"""What events mean."""

import csv
import json
from importlib import resources

import pytest

from analytics.catalogue import MEANINGS, Catalogue
from analytics.errors import CatalogueError

CATALOGUE = Catalogue.load()


@pytest.mark.parametrize(
    ("reason", "component", "type_", "meaning"),
    [
        ("BackOff", "kubelet", "Warning", "failure"),
        ("BackOff", "kubelet", "Normal", "failure"),
        ("Unhealthy", "kubelet", "Warning", "failure"),
        ("FastControllerResync", "any-operator", "Warning", "noise"),
        ("NodeNotReady", "kubelet", "Normal", "failure"),
        ("NodeHasDiskPressure", "kubelet", "Normal", "failure"),
        ("NodeHasInsufficientMemory", "kubelet", "Normal", "failure"),
        ("Preempted", "default-scheduler", "Normal", "failure"),
        ("FailedBinding", "persistentvolume-controller", "Normal", "failure"),
        ("NotTriggerScaleUp", "cluster-autoscaler", "Normal", "failure"),
        ("NodeControllerEviction", "node-controller", "Normal", "failure"),
        ("FailingOver", "cloudnative-pg", "Normal", "failure"),
        ("NodeReady", "kubelet", "Normal", "recovery"),
        ("NodeHasSufficientMemory", "kubelet", "Normal", "recovery"),
        ("Completed", "job-controller", "Normal", "recovery"),
        ("Killing", "kubelet", "Normal", "notice"),
        ("Evicted", "kubelet", "Warning", "failure"),
        ("Evicted", "karpenter", "Normal", "noise"),
        ("Evicted", "", "Normal", "noise"),
        ("Evicted", "", "Warning", "failure"),
        ("PolicyViolation", "kyverno-scan", "Warning", "notice"),
        ("RELOAD", "nginx-ingress-controller", "Normal", "noise"),
        ("RELOAD", "nginx-ingress-controller", "Warning", "failure"),
        ("Scheduled", "default-scheduler", "Normal", "noise"),
        ("SomethingOfOurs", "our-operator", "Warning", "failure"),
        ("SomethingOfOurs", "our-operator", "Normal", "noise"),
        ("SATokenSignerControllerStuck", "sa-token-signer-controller", "Normal", "failure"),
        ("FailedToResolveEnv", "virtual-kubelet", "Normal", "failure"),
        ("ConfigMapCreateFailed", "our-operator", "Normal", "failure"),
        ("FailedThing", "", "", "failure"),
        ("ImagePullBackOff", "", "", "failure"),
        ("SomeError", "", "", "failure"),
        ("SomethingOfOurs", "", "", "noise"),
        ("", "", "", "noise"),
    ],
)
def test_meaning(reason, component, type_, meaning):
    """Known reasons mean what their authors wrote them for; unknown ones follow their type."""
    assert CATALOGUE.meaning(reason, component, type_) == meaning


def test_the_most_specific_entry_wins():
    """A component says more than a type, both together more than either."""
    catalogue = Catalogue(
        {
            ("R", "", ""): "noise",
            ("R", "", "Warning"): "notice",
            ("R", "c", ""): "recovery",
            ("R", "c", "Warning"): "failure",
        }
    )
    assert catalogue.meaning("R", "c", "Warning") == "failure"
    assert catalogue.meaning("R", "c", "Normal") == "recovery"
    assert catalogue.meaning("R", "d", "Warning") == "notice"
    assert catalogue.meaning("R", "d", "Normal") == "noise"


def test_an_override_replaces_the_entries_it_covers():
    """Naming a reason is enough, although the shipped entry names a component."""
    changed = CATALOGUE.with_overrides([{"reason": "Evicted", "meaning": "notice"}])
    assert changed.meaning("Evicted", "karpenter", "Normal") == "notice"
    assert CATALOGUE.meaning("Evicted", "karpenter", "Normal") == "noise"


def test_an_override_for_a_type_leaves_the_other_type():
    """Only Warnings of the reason change."""
    entry = {"reason": "BackOff", "type": "Normal", "meaning": "noise"}
    changed = CATALOGUE.with_overrides([entry])
    assert changed.meaning("BackOff", "kubelet", "Normal") == "noise"
    assert changed.meaning("BackOff", "kubelet", "Warning") == "failure"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"meaning": "noise"}, "entry 1: the reason is missing"),
        ({"reason": "R", "meaning": "bad"}, "'bad' is not one of failure, recovery, notice, noise"),
        ({"reason": "R"}, "meaning '' is not one of"),
        ({"reason": "R", "meaning": "noise", "colour": "red"}, "unknown field 'colour'"),
        ({"reason": "R", "meaning": "failure", "role": "bad"}, "'bad' is not one of cause, node,"),
        (
            {"reason": "R", "meaning": "noise", "role": "cause"},
            "for failures, and the meaning is noise",
        ),
    ],
)
def test_a_wrong_entry_is_named(entry, sentence):
    """The user reads which entry is wrong and what would be right."""
    with pytest.raises(CatalogueError, match=sentence):
        CATALOGUE.with_overrides([entry])


@pytest.mark.parametrize(
    ("reason", "role"),
    [
        ("FailedScheduling", "cause"),
        ("BackOff", "cause"),
        ("OOMKilling", "cause"),
        ("NodeNotReady", "node"),
        ("Unhealthy", "symptom"),
        ("NotTriggerScaleUp", "symptom"),
        ("FailedGetResourceMetric", "unclear"),
        ("SomethingOfOurs", "unclear"),
    ],
)
def test_role(reason, role):
    """What stops something is told from what only shows it; of an unknown reason nobody knows."""
    assert CATALOGUE.role(reason) == role


def test_a_role_is_overridden_by_reason():
    """It holds for every component; an entry without one changes the meaning and nothing else."""
    rules = [
        {"reason": "BackOff", "type": "Normal", "meaning": "failure", "role": "symptom"},
        {"reason": "FailedMount", "meaning": "notice"},
        {"reason": "OfOurOwn", "meaning": "failure", "role": "cause"},
        {"reason": "OfOurOwn", "component": "c", "meaning": "failure", "role": "unclear"},
    ]
    changed = CATALOGUE.with_overrides(rules)
    reasons = ("BackOff", "FailedMount", "OfOurOwn", "Unhealthy")
    roles = ["symptom", "cause", "unclear", "symptom"]
    assert [changed.role(reason) for reason in reasons] == roles
    assert CATALOGUE.role("BackOff") == "cause"
    empty = [{"reason": "BackOff", "meaning": "failure", "role": ""}]
    assert changed.with_overrides(empty).role("BackOff") == "symptom"


@pytest.mark.parametrize(
    "entry",
    [
        {"reason": "R", "meaning": "x" * 100},
        {"reason": "x" * 100, "meaning": "bad"},
        {"reason": "R", "meaning": "noise", "x" * 100: "red"},
    ],
)
def test_foreign_text_in_an_error_is_cut(entry):
    """64 characters tell which entry it is."""
    with pytest.raises(CatalogueError, match=f"'{'x' * 64}'"):
        CATALOGUE.with_overrides([entry])


def test_the_entry_and_the_first_wrong_field_are_named():
    """The second entry has two; the order in which they stand does not matter."""
    entries = [
        {"reason": "R", "meaning": "noise"},
        {"reason": "R", "meaning": "noise", "size": "1", "colour": "red"},
    ]
    with pytest.raises(CatalogueError, match="entry 2: unknown field 'colour'"):
        CATALOGUE.with_overrides(entries)


def test_an_override_leaves_what_it_does_not_cover():
    """Another reason, and the same reason of another component."""
    catalogue = Catalogue({("R", "c", ""): "notice", ("S", "", ""): "notice"})
    changed = catalogue.with_overrides([{"reason": "R", "component": "d", "meaning": "noise"}])
    assert changed.entries == {
        ("R", "c", ""): "notice",
        ("S", "", ""): "notice",
        ("R", "d", ""): "noise",
    }


def test_classify_looks_each_row_up(points):
    """Rows keep their place and index, whatever the order of the categories."""
    frame = points(
        {"time": "01:00", "reason": "Pulled", "type": "Normal"},
        {"time": "01:00"},
        {"time": "01:00", "reason": "NodeReady", "type": "Normal"},
        {"time": "01:00"},
    ).iloc[[2, 0, 1, 3]]
    meaning = CATALOGUE.classify(frame)
    assert (meaning.name, meaning.index.tolist()) == ("meaning", [2, 0, 1, 3])
    assert meaning.tolist() == ["recovery", "noise", "failure", "failure"]
    assert meaning.cat.categories.tolist() == list(MEANINGS)


def test_classify_an_empty_frame(points):
    """Nothing in, nothing out, with the same categories."""
    meaning = CATALOGUE.classify(points())
    assert len(meaning) == 0
    assert meaning.cat.categories.tolist() == list(MEANINGS)


def test_the_shipped_file_is_sorted_and_unambiguous():
    """One row a (reason, component, type), in order, so that changes are easy to review."""
    lines = resources.files("analytics").joinpath("reasons.csv").read_text().splitlines()
    keys = [tuple(row[:3]) for row in csv.reader(lines[1:])]
    assert keys == sorted(set(keys))
    assert len(keys) == len(CATALOGUE.entries) > 400


def test_the_shipped_roles_are_one_a_reason():
    """A report knows a group's reason, not the component and type of each event in it."""
    lines = resources.files("analytics").joinpath("reasons.csv").read_text().splitlines()
    roles = {(row["reason"], row["role"]) for row in csv.DictReader(lines) if row["role"]}
    assert len(roles) == len(CATALOGUE.roles) > 50
    assert {role for _, role in roles} == {"cause", "node", "symptom"}


@pytest.mark.shared_data
def test_what_is_known_of_reasons(shared_data):
    """Each reason that was read from its source means what was found there.

    What was found to depend (mixed) is a notice: worth knowing, and no failure as such. Where a
    rule of ours departs, it says something changed that a person may want to know.
    """
    path = shared_data.parent / "reasons.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = [
        (row["meaning"], CATALOGUE.meaning(row["reason"], row["component"], type_), row["reason"])
        for row in rows
        for type_ in ("Normal", "Warning")
        if type_ in row["type"]
    ]
    assert len(found) > 450
    assert {was for was, _, _ in found} == {"failure", "noise", "recovery", "mixed"}
    assert not [
        one for one in found if (one[0] == "failure") != (one[1] == "failure") and one[0] != "mixed"
    ]
    assert {ours for was, ours, reason in found if was == "mixed" and reason != "RELOAD"} == {
        "notice"
    }
    assert {reason for was, ours, reason in found if was == "noise" and ours == "notice"} == {
        "NodeNotSchedulable",
        "RemovingNode",
        "RolloutPaused",
        "ScaledObjectPaused",
        "SpotRebalanceRecommendation",
        "Suspended",
    }


@pytest.mark.shared_data
def test_no_real_normal_event_that_reads_like_a_failure_is_noise(shared_data):
    """Of 9,429 of them, those with such a reason tell of what did not work."""
    reasons = set()
    for file in (shared_data / "events").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            reason = event.get("reason") or ""
            if event.get("type") == "Normal" and reason.endswith(("Failed", "Error", "BackOff")):
                reasons.add(reason)
                assert CATALOGUE.meaning(reason, "", "Normal") == "failure"
    assert reasons >= {"BackOff", "ConfigMapCreateFailed"}


@pytest.mark.shared_data
def test_a_third_of_real_warnings_is_noise(shared_data):
    """On 1,718 real Warnings from four clusters the catalogue calls 30 to 40 % noise."""
    lines = [
        line
        for file in (shared_data / "events").glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    warnings = [event for event in map(json.loads, lines) if event.get("type") == "Warning"]
    meanings = [
        CATALOGUE.meaning(event["reason"], event.get("source", {}).get("component", ""), "Warning")
        for event in warnings
    ]
    assert len(meanings) > 1_500
    assert 0.30 < meanings.count("noise") / len(meanings) < 0.40
