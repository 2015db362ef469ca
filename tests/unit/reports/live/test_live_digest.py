"""Live messages in every channel: they say what happened, and hostile text is inert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.language import language, speaking
from reports.channels import CHANNELS, open_channel
from reports.channels.channel import Letter
from reports.channels.settings import CHANNEL_MODELS
from reports.live.live_digest import live_digest, over_digest
from reports.live.live_store import DueGroup
from reports.sinks.live_event import LiveEvent
from reports.stored_digest import from_json, to_json
from tests.live_notifications import NOW
from tests.unit.reports.hostile import HOSTILE_TEXTS

SETTINGS: dict[str, dict[str, Any]] = {
    "email": {"host": "h", "sender": "a@b.example", "to": ["c@d.example"]},
    "wecom_app": {"corp_id": "c", "corp_secret": "s", "agent_id": 1, "to_user": "@all"},
    "apprise": {"url": "json://localhost"},
}
HTTP = {"url": "https://chat.example/x"}


def group(number: int, waiting: int = 1, told: int = 0, **over: Any) -> DueGroup:
    """Return failures of one workload."""
    values = {
        "received": NOW,
        "cluster": "prod",
        "namespace": "shop",
        "workload_kind": "Deployment",
        "workload": f"web-{number}",
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off restarting failed container",
        **over,
    }
    return DueGroup(
        group_hash=str(number),
        latest=LiveEvent(**values),
        critical=False,
        opened=NOW,
        last_time=NOW + timedelta(seconds=9),
        total=waiting + told,
        waiting=waiting,
        waiting_since=NOW,
        told=told,
        told_time=NOW if told else None,
    )


STORM = [group(1, 120, 3), group(2, 5), *(group(number, 2) for number in range(3, 200))]


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_makes_one_message(name: str, tongue: str) -> None:
    """Of one failure, of a storm, of an end and of hostile texts, also from the ledger."""
    model = CHANNEL_MODELS[name]
    channel = open_channel(model.model_validate({"type": name, **SETTINGS.get(name, HTTP)}))
    with speaking(language(tongue)):
        digests = [
            live_digest([group(1)], NOW, "Asia/Shanghai", top=10, version="1"),
            live_digest(STORM, NOW, "Asia/Kathmandu", top=10, version="1"),
            over_digest(STORM, NOW, "UTC", timedelta(minutes=15), version="1"),
            *(
                live_digest(
                    [group(1, cluster=text, workload=text, reason=text, message=text)],
                    NOW,
                    "UTC",
                    top=10,
                    version="1",
                )
                for text in HOSTILE_TEXTS
            ),
        ]
        for digest in digests:
            assert from_json(to_json(digest)) == digest
            for is_resend in (False, True):
                letter = Letter(digest=digest, id="abc123", is_resend=is_resend)
                messages = channel.compose(letter)
                assert len(messages) == 1
                shown = channel.preview(messages[0], letter, NOW)
                assert "NaN" not in shown
                assert "<script" not in shown or name in ("webhook", "email")


def test_what_a_storm_says() -> None:
    """The sums are those of all groups; the rows that are not shown are in the residual."""
    digest = live_digest(STORM, NOW, "UTC", top=10, version="1")
    assert (digest.failures, digest.workloads) == (519, 199)
    assert sum(row.failures for row in digest.rows) + digest.residual.failures == 519
    assert digest.verdict == (
        "519 occurrences of 199 workloads; look first at shop/Deployment web-1, BackOff (120)."
    )
    assert [row.trend for row in digest.rows[:2]] == ["steady", "new"]
    assert digest.rows[0].previous_failures == 3
    assert digest.rows[0].kubectl == "kubectl -n shop describe deployment/web-1"


def test_one_failure_names_its_cluster_and_how_often() -> None:
    """A notification shows nothing but this line."""
    one = live_digest([group(7, 3, 4)], NOW, "UTC", top=10, version="1")
    assert one.verdict == "BackOff ×3: prod shop/Deployment web-7 (4 told before)"
    node = group(1, namespace="", workload_kind="Node", workload="n1", reason="NodeNotReady")
    assert live_digest([node], NOW, "UTC", top=1, version="1").verdict == (
        "NodeNotReady: prod Node n1"
    )


def test_two_clusters_are_named_in_rows() -> None:
    """And in the commands to copy."""
    digest = live_digest([group(1), group(2, cluster="lab")], NOW, "UTC", top=9, version="1")
    assert digest.clusters == ("lab", "prod")
    assert digest.rows[1].kubectl == "kubectl --context lab -n shop describe deployment/web-2"
