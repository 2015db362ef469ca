"""The rules for Prometheus: on metrics that exist, and saying what they are meant to say."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Metric

from collector.metrics import Metrics
from collector.progress import Stream
from collector.receiver_metrics import ReceiverMetrics
from reports.live.live_metrics import LiveMetrics
from tests.deploy.manifests import DEPLOY, ROOT, written

ALERTS = DEPLOY / "alerts.yaml"
CASES = ROOT / "tests/deploy/alerts_test.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
]
OF_THE_TARGET = {"pod", "instance"}
# of kube-state-metrics, with their labels
OF_JOBS = {
    "kube_job_failed": {"namespace", "job_name", "condition"},
    "kube_cronjob_status_last_successful_time": {"namespace", "cronjob"},
}
SELECTOR = re.compile(r"\b(kube\w+?_\w+)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~?|!=|!~)"([^"]*)"')


def exposed() -> dict[str, list[dict[str, str]]]:
    """Return the series that all parts show, by name, once everything has happened."""
    metrics = Metrics(version="1", now=lambda: datetime.now(UTC))
    stream = Stream(cluster="lab")
    metrics.follow(stream)
    metrics.covered(stream, state="gap", seconds=1)
    receiver = ReceiverMetrics(metrics.registry)
    receiver.watch(
        waiting=lambda: 0,
        size_bytes=lambda: 0,
        oldest_age_seconds=lambda: 0,
        connections=lambda: 0,
    )
    notifier = LiveMetrics(["ops"], version="1")
    families: list[Metric] = [*metrics.registry.collect(), *notifier.registry.collect()]
    found: dict[str, list[dict[str, str]]] = {}
    for sample in (sample for family in families for sample in family.samples):
        found.setdefault(sample.name, []).append(sample.labels)
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    """Name, labels and, of ours, the values of labels."""
    ours = exposed()
    named = SELECTOR.findall(rule["expr"])
    assert named
    grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", rule["expr"]))))
    for name, matchers in named:
        asked = {label: value for label, _, value in MATCHER.findall(matchers)}
        assert len(asked) == matchers.count('"') // 2
        if name in OF_JOBS:
            assert set(asked) | grouped <= OF_JOBS[name]
            continue
        assert name in ours, f"{name} is no metric"
        for label, value in asked.items():
            shown = {series[label] for series in ours[name]}
            assert set(value.split("|")) <= shown, f"{name} never has {label}={value}"
        assert grouped <= set(ours[name][0]) | OF_THE_TARGET


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    """In two texts whose labels are those that the expression leaves."""
    assert rule["labels"]["severity"] in {"warning", "critical"}
    summary, description = rule["annotations"]["summary"], rule["annotations"]["description"]
    assert summary.endswith(".")
    assert description
    grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", rule["expr"]))))
    assert set(re.findall(r"\$labels\.(\w+)", summary + description)) <= grouped


def test_the_jobs_that_are_watched_are_those_of_the_manifests() -> None:
    """Names in the rules are names of CronJobs."""
    jobs = {one["metadata"]["name"] for one in written("base/*.yaml") if one["kind"] == "CronJob"}
    expressions = " ".join(rule["expr"] for rule in RULES)
    assert set(re.findall(r'cronjob="([^"]+)"', expressions)) <= jobs
    [pattern] = re.findall(r'job_name=~"([^"]+)"', expressions)
    matched = {job for job in jobs if re.fullmatch(pattern, f"{job}-29000000")}
    assert matched == {"kubedigest-daily", "kubedigest-weekly"}


def test_the_rules_say_what_they_are_meant_to_say(tmp_path: Path) -> None:
    """Series go in, alerts come out; every rule has its case."""
    cases = CASES.read_text()
    for rule in RULES:
        assert f'alertname="{rule["alert"]}", alertstate="firing"' in cases
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("the rules are not run: there is no promtool")
    for path in (ALERTS, CASES):
        shutil.copy(path, tmp_path)
    done = subprocess.run(
        [promtool, "test", "rules", CASES.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
