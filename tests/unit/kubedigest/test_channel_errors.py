"""What people write about channels, what they are told, and that no secret is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kubedigest.channel_errors import fallback_mistake
from kubedigest.configuration import Configuration, load
from kubedigest.configuration_errors import sentence
from kubedigest.errors import UsageError
from reports.channels.settings import CHANNEL_MODELS, ChannelSettings

TYPES = (
    "slack, dingtalk, wecom, wecom_app, feishu, teams, worktile, bearychat, webhook, email, apprise"
)
MAPPING = "must be a mapping such as {type: slack, url: {env: SLACK_URL}}"
URL = "https://hooks.example.com/T0/canary"
SLACK = f"type: slack, url: '{URL}'"
ZONES = "use an IANA name such as Europe/Berlin, Asia/Shanghai or UTC"
SOURCES = "is a text, {env: NAME} or {file: PATH}"
PART_KEYS = "clusters, kinds, namespaces, reasons"


def told(folder: Path, text: str, environment: dict[str, str] | None = None) -> str:
    """Return the sentence about a configuration, without where it stands."""
    path = folder / "config.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        load(path, environment or {})
    where = f"the configuration {path}"
    assert str(refused.value).startswith(where)
    return str(refused.value).removeprefix(where)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ", key 'channels': must be a mapping of names to channels, such as {ops: "
              "{type: slack, url: {env: SLACK_URL}}}"),
        ("{a: https://x/canary}", f", channel 'a': {MAPPING}"),
        ("{a: }", f", channel 'a': {MAPPING}"),
        ("{a: {url: canary}}", f", channel 'a', key 'type': is missing; known types: {TYPES}"),
        ("{a: {type: slak}}",
         f", channel 'a', key 'type': there is no 'slak'; known types: {TYPES}"),
        ("{a: {type: 'https://x/canary'}}",
         f", channel 'a', key 'type': is none; known types: {TYPES}"),
        ("{A b: {type: slack}}",
         ", the name of a channel takes up to 63 of a-z, 0-9 and -, and no - at an end"),
        ("{5: {type: slack}}", ", the name of a channel must be a text; put quotes around it"),
        ("{'https://x/canary': {type: slack, canary: 1}}",
         ", the name of a channel takes up to 63 of a-z, 0-9 and -, and no - at an end"),
        ("{a: {type: slack}}", ", channel 'a', key 'url': is missing"),
        ("{a: {type: slack, url: 5}}",
         ", channel 'a', key 'url': must be a text; put quotes around it"),
        ("{a: {type: slack, url: [canary]}}",
         ", channel 'a', key 'url': must be a text; put quotes around it"),
        ("{a: {type: slack, url: ''}}", ", channel 'a', key 'url': must not be empty"),
        ("{a: {type: slack, url: hooks.canary}}",
         ", channel 'a', key 'url': is no address; it begins with https://"),
        ("{a: {type: slack, url: {env: NOWHERE}}}",
         ", channel 'a', key 'url': the environment variable NOWHERE is not set"),
        ("{a: {type: slack, url: {env: 'https://x/canary'}}}",
         ", channel 'a', key 'url': env takes the name of an environment variable, and not the "
         "secret itself"),
        ("{a: {type: slack, url: {file: /nowhere/url}}}",
         ", channel 'a', key 'url': the file '/nowhere/url' cannot be read"),
        ("{a: {type: slack, url: {file: 'https://x/canary'}}}",
         ", channel 'a', key 'url': file takes the path of a file, and not the secret itself"),
        ("{a: {type: slack, url: {env: A, file: b}}}",
         f", channel 'a', key 'url': {SOURCES}; it takes one of env and file"),
        ("{a: {type: slack, url: {value: canary}}}", f", channel 'a', key 'url': {SOURCES}"),
        ("{a: {type: slack, url: {}}}", f", channel 'a', key 'url': {SOURCES}"),
        (f"{{a: {{{SLACK}, include: {{namespace: [x]}}}}}}",
         f", channel 'a', include has the unknown key 'namespace'; known keys: {PART_KEYS}"),
        (f"{{a: {{{SLACK}, include: {{namespaces: x}}}}}}",
         ", channel 'a', include, key 'namespaces': must be a list"),
        (f"{{a: {{{SLACK}, exclude: {{reasons: [x, '']}}}}}}",
         ", channel 'a', exclude, key 'reasons': a pattern takes printable characters, and at "
         "least one"),
        (f"{{a: {{{SLACK}, include: {{reasons: [5]}}}}}}",
         ", channel 'a', include, key 'reasons': must be a text; put quotes around it"),
        (f"{{a: {{{SLACK}, include: [x]}}}}", ", channel 'a', key 'include': must be a mapping"),
        (f"{{a: {{{SLACK}, timezone: Mars}}}}",
         f", channel 'a', key 'timezone': 'Mars' is not a time zone; {ZONES}"),
        (f"{{a: {{{SLACK}, language: Klingon}}}}",
         ", channel 'a', key 'language': there is no language 'Klingon'; use en, zh, or the path "
         "of a catalogue file (.po)"),
        (f"{{a: {{{SLACK}, top: 0}}}}", ", channel 'a', key 'top': must be at least 1"),
        (f"{{a: {{{SLACK}, timeout_seconds: 0}}}}",
         ", channel 'a', key 'timeout_seconds': must be more than 0"),
        (f"{{a: {{{SLACK}, timeout_seconds: soon}}}}",
         ", channel 'a', key 'timeout_seconds': must be a number"),
        (f"{{a: {{{SLACK}, minimum_severity: low}}}}",
         ", channel 'a', key 'minimum_severity': must be 'notice', 'warning' or 'critical'"),
        (f"{{a: {{{SLACK}, template: 5}}}}",
         ", channel 'a', key 'template': must be the path of a file"),
        (f"{{a: {{{SLACK}, fallback: b}}}}",
         ", key 'channels': the fallback 'b' of 'a' is no channel; channels: a"),
        (f"{{a: {{{SLACK}, fallback: a}}}}",
         ", key 'channels': 'a' is its own fallback; name another channel"),
        ("{a: {type: email, host: h, sender: a@b, to: []}}",
         ", channel 'a', key 'to': must not be empty"),
        (f"{{a: {{type: webhook, url: '{URL}', headers: {{X-Key: 5}}}}}}",
         ", channel 'a', headers, key 'X-Key': must be a text; put quotes around it"),
        (f"{{a: {{type: webhook, url: '{URL}', headers: 5}}}}",
         ", channel 'a', key 'headers': must be a mapping"),
        (f"{{a: {{type: webhook, url: '{URL}', secrets: ['']}}}}",
         ", channel 'a', key 'secrets': must not be empty"),
    ],
)  # fmt: skip
def test_the_sentence_is_for_who_wrote_it(tmp_path: Path, text: str, expected: str) -> None:
    """What is wrong, where, and what is possible; never a value."""
    assert told(tmp_path, f"channels: {text}") == expected


def test_a_key_that_nobody_knows_comes_with_those_that_are_known(tmp_path: Path) -> None:
    """Of the type that was chosen, and before what is missing because of it."""
    found = told(tmp_path, "channels: {a: {type: slack, ulr: x}}")
    assert found.startswith(", channel 'a' has the unknown key 'ulr'; known keys: allow_http, ")
    assert ", url" in found
    assert "keyword" not in found


@pytest.mark.parametrize(
    "text",
    ["channels: {a: {type: slack, url:%s}}", "timezone: UTC\nchannels: {a: {%s: 5}}", "url:%s: 5"],
)
def test_a_secret_that_became_a_key_is_not_shown(tmp_path: Path, text: str) -> None:
    """A colon without a space after it makes one of both."""
    found = told(tmp_path, text % URL)
    assert "canary" not in found


def test_an_entry_that_nobody_knows_is_named_where_it_is_a_word(tmp_path: Path) -> None:
    """Else it is only said that there is one."""
    found = told(tmp_path, f"channels: {{a: {{type: slack, url:{URL}}}}}")
    assert found.startswith(", channel 'a' has an unknown key; known keys: ")


def test_a_circle_of_fallbacks_is_shown(tmp_path: Path) -> None:
    """Also where it begins behind another channel."""
    text = "channels:\n" + "".join(
        f"  {name}: {{{SLACK}, fallback: {other}}}\n"
        for name, other in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    assert told(tmp_path, text) == (
        ", key 'channels': the fallbacks go in a circle: b -> c -> b; one of them has to go without"
    )


def test_fallbacks_in_a_row_are_fine() -> None:
    """The last one goes without."""
    channels = {
        name: ChannelSettings(type="x", fallback=other)
        for name, other in (("a", "b"), ("b", "c"), ("c", None), ("d", "b"))
    }
    assert fallback_mistake(channels) == ""
    assert fallback_mistake({}) == ""


def test_a_secret_comes_from_where_it_is_kept(tmp_path: Path) -> None:
    """The environment that is given counts, and a file goes without its last line feed."""
    secret = tmp_path / "url"
    secret.write_text("https://hooks.example.com/from-file\n")
    path = tmp_path / "config.yaml"
    path.write_text(
        "channels:\n"
        "  a: {type: slack, url: {env: A_URL}}\n"
        f"  b: {{type: slack, url: {{file: {secret}}}}}\n"
        "  c: {type: webhook, url: {env: A_URL}, secrets: [{env: KEY}], headers: {X: {env: KEY}}}\n"
    )
    found = load(path, {"A_URL": URL, "KEY": "canary"}).channels
    urls = [one.url.get_secret_value() for one in found.values()]  # type: ignore[attr-defined]
    assert urls == [URL, "https://hooks.example.com/from-file", URL]
    assert "canary" not in repr(found)
    assert "canary" not in str({name: one.model_dump() for name, one in found.items()})


def test_every_type_has_its_settings() -> None:
    """Under the name that people write."""
    assert ", ".join(CHANNEL_MODELS) == TYPES


VALUES = st.recursive(
    st.sampled_from(["canary", "https://x/canary", "postgresql://u:canary@h", 5, None, True]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "url", "env", "file", "include", "canary x", "url:canary/"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(st.sampled_from([*CHANNEL_MODELS, "canary/"]), st.dictionaries(
    st.sampled_from(["url", "secret", "headers", "include", "password", "to", "fallback", "top"]),
    VALUES, max_size=4,
))  # fmt: skip
def test_no_secret_is_in_any_sentence(type_: str, values: dict[str, object]) -> None:
    """Whatever stands where, and whatever its type."""
    document = {"channels": {"a": {"type": type_, **values}}}
    try:
        Configuration.model_validate(document, context={"environment": {}})
    except ValidationError as error:
        found = sentence(error, Configuration)
        assert "canary" not in found
        assert "\n" not in found
