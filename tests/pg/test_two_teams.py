"""Two teams share a cluster; what the channel of one gets says nothing of the other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Engine

from analytics.digest import Digest
from analytics.mute_store import add_mute
from analytics.mutes import Mute
from analytics.window import Window
from collector.progress import Mark, Span, Stream
from collector.store import Store
from kubedigest.configuration import Configuration
from kubedigest.digesting import ChannelDigests, channel_digest, make_digest
from reports.channels import CHANNELS, open_channel
from reports.channels.channel import Letter
from reports.channels.settings import AnyChannelSettings, ChannelSettings
from reports.formats import FORMATS
from tests.effort import examples
from tests.factories import T0, observe

DAY = timedelta(days=1)
END = T0 + 10 * DAY
NOW = END + timedelta(hours=9)
CONFIGURATION = Configuration(timezone="UTC")
FOREIGN = ("team-b", "bank", "annex-7", "not ours")
WORDY = [name for name in FORMATS if name != "table"]  # which has rows, and nothing about them

NEEDED = {
    "wecom_app": {"corp_id": "c", "corp_secret": "s", "agent_id": 1, "to_user": "@all"},
    "email": {"host": "mail.example.com", "sender": "a@example.com", "to": ["b@example.com"]},
    "apprise": {"url": "json://example.com"},
}


def settings_of(type_: str, **more: object) -> ChannelSettings:
    """Return the settings of a channel of a type, for team-a unless told otherwise."""
    needed = NEEDED.get(type_, {"url": "https://chat.example.com/hook"})
    whole = {"type": type_, "include": {"clusters": ["prod"], "namespaces": ["team-a*"]}}
    return TypeAdapter[ChannelSettings](AnyChannelSettings).validate_python(
        {**whole, **needed, **more}
    )


@pytest.fixture
def shared(engine: Engine) -> Engine:
    """Fill a store: both teams fail on the last two days, team-b in another cluster too."""
    start = 9 * 24 * 60
    seen = []
    for number, (cluster, namespace, workload) in enumerate(
        (("prod", "team-a-web", "web"), ("prod", "team-b", "bank"), ("annex-7", "team-b", "bank"))
    ):
        what = {"cluster": cluster, "namespace": namespace, "workload": workload}
        what |= {"object": f"{workload}-0", "object_namespace": namespace}
        for day in (0, 1):
            birth = T0 + timedelta(minutes=start - day * 1440 + 60)
            seen.append(
                observe(
                    20 + number, start - day * 1440 + 300, name=f"{workload}.{number}.{day}",
                    birth=birth, message=f"{workload} in {namespace} is down", **what,
                )
            )  # fmt: skip
        only = {"reason": "FailedMount", "birth": T0 + timedelta(minutes=start + 30)}
        seen.append(observe(1, start + 30, name=f"{workload}.{number}.m", **only, **what))
    span = Span("watched", T0 + 5 * DAY, END - timedelta(hours=3))
    gap = Span("gap", END - timedelta(hours=3), END)
    streams = (
        Stream(cluster="prod"),
        Stream(cluster="prod", namespace="team-b"),
        Stream(cluster="annex-7"),
        Stream(cluster="prod", field_selector="metadata.namespace=team-b"),
        Stream(cluster="prod", field_selector="metadata.namespace!=team-b"),
    )
    marks = [
        Mark(stream=stream, resource_version="7", proved=END, spans=(span, gap))
        for stream in streams
    ]
    with Store(engine) as store:
        store.write(seen, marks)
    for patterns, why in (
        ({"namespace": "team-b"}, "not ours"),
        ({"cluster": "annex-7"}, "not ours"),
        ({"reason": "failedmount"}, "everybody's disks"),
    ):
        mute = {"because": why, "by": "ann", "created": END, "expires": NOW + DAY}
        add_mute(engine, Mute(id=0, **patterns, **mute))
    return engine


def digest_for(engine: Engine, settings: ChannelSettings) -> Digest:
    """Build the digest that a channel is to get."""
    window = Window.daily(NOW, "UTC")
    return channel_digest(engine, window, CONFIGURATION, settings, now=NOW)


def assert_of_team_a(text: str, place: str) -> None:
    """Demand what is team-a's, and nothing that is not."""
    assert "web" in text, place
    for name in FOREIGN:
        assert name not in text, f"{place}: {name}"


def test_the_whole_names_both(shared: Engine) -> None:
    """Else the other tests would prove nothing."""
    digest = make_digest(shared, Window.daily(NOW, "UTC"), CONFIGURATION, now=NOW)
    assert [row.name for row in digest.rows] == ["web"]  # bank is muted
    for name in WORDY:
        text = FORMATS[name].render(digest)
        for foreign in FOREIGN[:1] + FOREIGN[2:]:
            assert foreign in text, f"{name}: {foreign}"


def test_no_format_names_the_other_team(shared: Engine) -> None:
    """Rows, gone, messages, coverage, gaps and mutes."""
    digest = digest_for(shared, settings_of("slack"))
    assert (digest.failures, digest.muted.failures, digest.clusters) == (20, 1, ("prod",))
    assert [mute.because for mute in digest.muted.mutes] == ["everybody's disks"]
    assert digest.quality.gaps != ()
    for name, form in FORMATS.items():
        text = form.render(digest)
        assert_of_team_a(text, name)
        if name not in WORDY:
            continue
        assert "team-a*" in text.replace("\\", ""), name
        assert "disks" in text, name


@pytest.mark.parametrize("type_", list(CHANNELS)[: examples(4)])
def test_no_channel_names_the_other_team(shared: Engine, type_: str) -> None:
    """In any message that it composes, in the payload's own encoding."""
    settings = settings_of(type_)
    channel = open_channel(settings)
    letter = Letter(digest=digest_for(shared, settings), id="d-1")
    messages = channel.compose(letter)
    assert messages
    texts = [message.body.decode("utf-8", "replace") for message in messages]
    assert "muted" in "".join(texts)
    assert_of_team_a("".join(texts), type_)
    for message in messages:
        preview = channel.preview(message, letter, NOW)
        assert not [name for name in FOREIGN if name in preview]


def test_what_is_left_out_is_not_named(shared: Engine) -> None:
    """A channel that gets all but team-b does not say whom it is spared."""
    left = {"namespaces": ["team-b"], "clusters": ["annex-7"]}
    digest = digest_for(shared, settings_of("slack", include={}, exclude=left))
    for name, form in FORMATS.items():
        assert_of_team_a(form.render(digest), name)


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({}, True),
        ({"per_minute": 3}, True),
        ({"language": "zh"}, True),
        ({"top": 3}, False),
        ({"minimum_severity": "critical"}, False),
        ({"exclude": {"reasons": ["x"]}}, False),
    ],
)
def test_channels_that_are_told_the_same_share_a_digest(
    shared: Engine, more: dict[str, object], same: bool
) -> None:
    """Which is built once in a run."""
    digests, window = ChannelDigests(shared, NOW), Window.daily(NOW, "UTC")
    first = digests.of(window, CONFIGURATION, settings_of("slack"))
    other = digests.of(window, CONFIGURATION, settings_of("wecom", **more))
    assert (first is other) is same
    assert digests.of(window.previous(), CONFIGURATION, settings_of("slack")) is not first


def test_a_channel_shows_its_top(shared: Engine) -> None:
    """And the rest adds up."""
    digest = digest_for(shared, settings_of("slack", include={}, top=1))
    assert (len(digest.rows), digest.residual.rows) == (1, 0)
