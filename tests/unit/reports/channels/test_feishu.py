"""Tests of the Feishu bot."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from reports.channels import open_channel
from reports.channels.feishu import MOST_BYTES, FeishuChannel
from reports.channels.markdown_text import JOINER
from reports.channels.settings import FeishuSettings
from reports.transport import Answer
from tests.effort import examples
from tests.unit.reports.channels.markdown_letters import (
    ATTACKS,
    COMMAND,
    attacked,
    letter,
    many_rows,
    random_digests,
    readable,
)
from tests.unit.reports.digests import EVERY_DIGEST, at, busy, hourly, long_day, no_data, quiet
from tests.unit.reports.hostile import label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics.digest import Digest
    from reports.channels.conclusion import Conclusion

URL = "https://open.feishu.cn/open-apis/bot/v2/hook/0c23"
NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # 1,700,000,000 seconds

TEXT = {"tag", "content", "text_size", "text_color"}
# What the documentation of cards (JSON 2.0) has of what is used; another key refuses the card.
ALLOWED = {
    "": {"msg_type", "card", "timestamp", "sign"},
    "card": {"schema", "config", "header", "body"},
    "config": {"width_mode", "summary"},
    "summary": {"content"},
    "header": {"title", "subtitle", "template"},
    "title": {"tag", "content"},
    "subtitle": {"tag", "content"},
    "body": {"elements"},
    "div": {"tag", "text"},
    "text": TEXT,
    "table": {"tag", "page_size", "row_height", "freeze_first_column", "columns", "rows"},
    "columns": {"name", "display_name", "data_type", "width", "horizontal_align"},
    "rows": {"failures", "what", "change", "when"},
    "chart": {"tag", "aspect_ratio", "chart_spec"},
    "chart_spec": {"type", "data", "xField", "yField"},
    "data": {"values"},
    "values": {"time", "failures"},
}


def channel(**changes: Any) -> FeishuChannel:
    """Return a channel, with *changes* of its settings."""
    opened = open_channel(FeishuSettings.model_validate({"type": "feishu", "url": URL, **changes}))
    assert isinstance(opened, FeishuChannel)
    return opened


def payload(digest: Digest, **changes: Any) -> dict[str, Any]:
    """Return the only message of a digest."""
    [message] = channel(**changes).compose(letter(digest))
    found: dict[str, Any] = json.loads(message.body)
    return found


def elements(digest: Digest, **changes: Any) -> list[dict[str, Any]]:
    """Return the elements of the card, top to bottom."""
    found: list[dict[str, Any]] = payload(digest, **changes)["card"]["body"]["elements"]
    return found


def texts(digest: Digest, **changes: Any) -> list[str]:
    """Return the texts of the card, top to bottom."""
    return [one["text"]["content"] for one in elements(digest, **changes) if one["tag"] == "div"]


def tables(digest: Digest) -> list[dict[str, Any]]:
    """Return the tables of the card."""
    return [one for one in elements(digest) if one["tag"] == "table"]


def sums(digest: Digest) -> list[int]:
    """Return the numbers of rows, residual and total."""
    cells = [row["failures"] for table in tables(digest) for row in table["rows"]]
    [below] = [text for text in texts(digest) if text.endswith("failures in all")]
    cells += [re.match(r"[\d,]+", line)[0] for line in below.splitlines()]  # type: ignore[index]
    return [int(cell.replace(",", "")) for cell in cells if cell]


def objects(value: object, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a payload with what it is: its tag in a body, else its key."""
    if isinstance(value, list):
        for one in value:
            yield from objects(one, name)
    if isinstance(value, dict):
        yield value["tag"] if name == "elements" else name, value
        for key, part in value.items():
            yield from objects(part, key)


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_the_payload_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The payload of each hand-made digest is known."""
    compare_golden(f"channels/feishu-{name}.json", readable(payload(digest)))


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_a_card_has_only_known_keys(digest: Digest) -> None:
    """Cards of schema 2.0 are refused for a key that is not documented, and have bounds."""
    opened = channel(secret="test", keyword="集群日报")
    [message] = opened.compose(letter(digest))
    document = json.loads(opened.request(message, letter(digest), NOW).body)
    for name, found in objects(document):
        assert set(found) <= ALLOWED[name], name
    assert document["card"]["schema"] == "2.0"
    assert len(tables(digest)) <= 1
    for table in tables(digest):
        assert 1 <= table["page_size"] <= 10
        names = [column["name"] for column in table["columns"]]
        assert all(list(row) == names for row in table["rows"])
        assert all(type(cell) is str for row in table["rows"] for cell in row.values())
    assert len(elements(digest)) < 50


def test_nothing_is_markup() -> None:
    """Every text is of a type that has no markup."""
    found = dict.fromkeys(
        one.get("tag") or one.get("data_type") for _, one in objects(payload(busy()))
    )
    assert set(found) == {None, "plain_text", "div", "table", "text", "chart"}


@pytest.mark.parametrize("text", ATTACKS, ids=label)
def test_hostile_texts_change_no_structure(text: str) -> None:
    """Whatever field a hostile text is in, the card has the same parts, and no mention."""
    found, plain = payload(attacked(text)), payload(attacked("plain"))
    assert [name for name, _ in objects(found)] == [name for name, _ in objects(plain)]
    written = json.dumps(found, ensure_ascii=False)
    assert written.replace(JOINER, "").isprintable()
    assert not re.search(rf"[<@](?!{JOINER})|://|www\.", written, re.IGNORECASE)


@pytest.mark.parametrize("text", ATTACKS, ids=label)
def test_a_hostile_command_is_not_offered(text: str) -> None:
    """A line to copy stands as it is, or not at all."""
    assert COMMAND in texts(attacked("plain"))
    shown = texts(attacked("plain", kubectl=text))
    assert not any(set(one) & set("<>[]|`") for one in shown)


def test_the_verdict_is_the_header_and_the_preview() -> None:
    """The list of chats shows the summary, the card its header; colours go with words."""
    card = payload(busy())["card"]
    assert card["header"]["title"] == {"tag": "plain_text", "content": busy().verdict}
    assert card["config"]["summary"]["content"] == busy().verdict
    colours = [payload(one)["card"]["header"]["template"] for one in (busy(), quiet(), no_data())]
    assert colours == ["orange", "green", "grey"]


def test_a_test_says_so_in_the_preview_and_first() -> None:
    """A notification of made-up failures wakes nobody."""
    [message] = channel().compose(letter(busy(), is_test=True))
    card = json.loads(message.body)["card"]
    assert card["config"]["summary"]["content"].startswith("This is a test")
    assert card["body"]["elements"][0]["text"]["content"].startswith("This is a test")


def test_rows_stand_in_a_table_and_add_up() -> None:
    """A row without failures names the group below it."""
    [table] = tables(busy())
    assert [row["what"] for row in table["rows"] if not row["failures"]] == [
        "New",
        "Worse",
        "Ongoing, or too little to tell",
    ]
    assert table["rows"][3] == {
        "failures": "120",
        "what": "BackOff · shop/Deployment checkout",
        "change": "▲ rising, was 35 · ● still firing",
        "when": "02:10–23:55",
    }
    assert sums(busy()) == [41, 120, 17, 2, 1, 33, 214]


def test_the_chart_is_the_histogram() -> None:
    """Every bar has a time of its own, also on a day on which an hour comes twice."""
    [chart] = [one for one in elements(long_day()) if one["tag"] == "chart"]
    values = chart["chart_spec"]["data"]["values"]
    assert sum(value["failures"] for value in values) == 13
    assert len({value["time"] for value in values}) == len(values) == 25


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_the_chart_adds_up(digest: Digest) -> None:
    """No bar is lost, and a day without failures has no chart."""
    charts = [one for one in elements(digest) if one["tag"] == "chart"]
    values = [value for chart in charts for value in chart["chart_spec"]["data"]["values"]]
    assert sum(value["failures"] for value in values) == digest.failures
    assert bool(charts) == bool(digest.failures)
    assert len({value["time"] for value in values}) == len(values)


def test_a_long_histogram_is_summed() -> None:
    """A year of days becomes 46 bars of eight days."""
    bars = hourly(at(0), (1,) * 365, minutes=24 * 60)
    digest = busy(bucket_minutes=24 * 60, histogram=bars, peak=bars[0], end=bars[-1].end)
    [chart] = [one for one in elements(digest) if one["tag"] == "chart"]
    values = [value["failures"] for value in chart["chart_spec"]["data"]["values"]]
    assert values == [8] * 45 + [5]


def test_a_keyword_is_appended_only_if_no_text_has_it() -> None:
    """A word of the card's own keys is no word of its text."""
    assert texts(busy(), keyword="text_size")[-1] == "text_size"
    assert payload(busy(), keyword="failures") == payload(busy())


def test_the_signature_is_in_the_body() -> None:
    """Time in seconds and signature stand beside the card, which stays as it was composed."""
    opened = channel(secret="test")
    [message] = opened.compose(letter(busy()))
    request = opened.request(message, letter(busy()), NOW)
    document = json.loads(request.body)
    assert request.url == URL
    assert document.pop("timestamp") == "1700000000"
    assert document.pop("sign") == "eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg="
    assert document == json.loads(message.body)


def test_without_a_secret_nothing_is_signed() -> None:
    """What was composed is sent."""
    [message] = channel().compose(letter(busy()))
    assert channel().request(message, letter(busy()), NOW).body == message.body


def test_a_preview_shows_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it could send in our name for an hour."""
    monkeypatch.setattr("reports.channels.feishu.masked", lambda request: request.body.decode())
    opened = channel(secret="test")
    [message] = opened.compose(letter(busy()))
    text = opened.preview(message, letter(busy()), NOW)
    assert json.loads(text)["sign"] == "***"
    assert "eSJQ" not in text
    assert channel().preview(message, letter(busy()), NOW) == message.body.decode()


def classified(body: str, status: int = 200) -> Conclusion:
    """Return what is concluded from such an answer."""
    return channel().classify(Answer(status=status, headers={}, body=body))


@pytest.mark.parametrize(
    ("code", "status", "state", "words"),
    [
        (0, 200, "sent", "has it"),
        (19021, 200, "refused", "signature does not match"),
        (19022, 200, "refused", "address is not"),
        (19024, 200, "refused", "keywords"),
        (19001, 400, "refused", "webhook address"),
        (9499, 400, "refused", "not one that Feishu takes"),
        (19036, 200, "refused", "too long"),
        (11232, 200, "not sent", "too many"),
        (11232, 429, "not sent", "too many"),
        (4711, 200, "refused", "code 4711"),
    ],
)
def test_only_zero_is_sent(code: int, status: int, state: str, words: str) -> None:
    """The number decides, whatever the status."""
    conclusion = classified(json.dumps({"code": code, "msg": "x", "data": {}}), status)
    assert conclusion.state == state
    assert conclusion.code == str(code)
    assert words in conclusion.reason


def test_too_many_at_a_full_hour_has_a_hint() -> None:
    """At full and half hours everybody sends."""
    conclusion = classified('{"code": 11232, "msg": "frequency limited"}')
    assert "full and half hours" in conclusion.hint
    assert conclusion.retry_after_seconds == 60


def test_old_answers_are_understood() -> None:
    """Bots of old answer with other names; where both are, the new one counts."""
    assert classified('{"StatusCode": 0, "StatusMessage": "success"}').state == "sent"
    assert classified('{"StatusCode": 0, "code": 19024, "msg": "x"}').state == "refused"
    assert classified("success").state == "unclear"


@given(random_digests())
@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_body_fits_and_adds_up(digest: Digest) -> None:
    """Whatever the texts and rows: signed, within 20 KB, and shown + residual = total."""
    opened = channel(secret="test")
    [message] = opened.compose(letter(digest))
    assert len(message.body) <= MOST_BYTES
    assert len(opened.request(message, letter(digest), NOW).body) <= 20_000
    *parts, total = sums(digest)
    assert total == digest.failures == sum(parts)


def test_many_rows_fit() -> None:
    """A card takes a hundred rows of usual length."""
    assert sums(many_rows(100)) == [1] * 100 + [100]


def test_the_rate_is_that_of_the_service() -> None:
    """A bot takes 100 messages a minute."""
    assert channel().per_minute == 100
