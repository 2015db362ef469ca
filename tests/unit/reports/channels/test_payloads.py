"""What holds for the payload of every channel."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.digest import Residual
from reports.channels.markup import characters
from tests.effort import examples
from tests.unit.reports.channels.payloads import (
    CHATS,
    KINDS,
    channel,
    counted,
    document,
    letter,
    outline,
    texts,
)
from tests.unit.reports.digests import EVERY_DIGEST, at, busy, gone, message, no_data, quiet, row
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.digest import Digest
    from reports.channels.channel import Message

_ROOT = Path(__file__).parents[4]

_ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="宽订单服务挂载失败", max_size=120),
    st.text(alphabet='👩\u200d🏴\ufe0fe\u0301\U0001e8d0&<>*`|\\"', max_size=120),
    st.text(alphabet=st.characters(categories=["Cs", "Mn", "Cf", "Lo"]), max_size=60),
    st.sampled_from(["x" * 3000, "宽" * 3000, "&" * 3000, "a\U0001e8d0" * 900, ""]),
)
_ROWS = st.builds(
    row,
    name=_ANY_TEXT,
    namespace=_ANY_TEXT,
    reason=_ANY_TEXT,
    message=_ANY_TEXT,
    kubectl=st.one_of(st.just("kubectl get pods"), _ANY_TEXT),
    failures=st.integers(1, 10**9),
    trend=st.sampled_from(["new", "regressed", "rising", "steady", "falling", "insufficient"]),
    previous_failures=st.one_of(st.none(), st.integers(0, 10**9)),
    still_firing=st.booleans(),
)


@st.composite
def _digests(draw: st.DrawFn) -> Digest:
    few = draw(st.lists(_ROWS, min_size=1, max_size=6))
    rows = tuple((few * 100)[: draw(st.integers(1, 100))])
    left_out = draw(st.builds(Residual, rows=st.integers(1, 500), failures=st.integers(500, 10**6)))
    residual = draw(st.sampled_from([Residual(rows=0, failures=0), left_out]))
    text = draw(_ANY_TEXT)
    return busy(
        rows=rows,
        residual=residual,
        failures=sum(row.failures for row in rows) + residual.failures,
        verdict=draw(_ANY_TEXT),
        title=text,
        clusters=tuple(draw(st.lists(_ANY_TEXT, max_size=4))),
        silent=(text,),
        gone=(gone(name=text, namespace=draw(_ANY_TEXT)),) * 5,
        messages=(message(name=few[0].name, pattern=text),),
    )


def _limited(kind: str, sent: Message) -> tuple[int, int]:
    """Return the length of a payload in the unit of its service, and the limit."""
    body = document(sent)
    if kind == "slack":
        found = [text for block in body["blocks"] for text in _slack_texts(block)]
        return sum(map(characters, found)), 12_000
    if kind == "bearychat":
        return len(json.dumps(body["attachments"], ensure_ascii=False).encode()), 8 * 1024
    if kind == "apprise":
        return len(body), 32_768
    return len(sent.body), {"teams": 28 * 1024, "worktile": 16_000, "webhook": 20_000}[kind]


def _slack_texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for inner in value.values() for text in _slack_texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _slack_texts(inner)]
    return []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_payload_is_the_golden_one(
    kind: str, name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The messages of each hand-made digest are known; on the wire they have no spare space."""
    sent = channel(kind).compose(letter(digest))
    bodies = [document(one) for one in sent]
    for one, body in zip(sent, bodies, strict=True):
        if not isinstance(body, str):
            compact = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            assert len(one.body) <= len(compact.encode()) + _ESCAPES
    written = json.dumps(bodies, ensure_ascii=False, indent=1)
    compare_golden(f"channels/{kind}-{name}.json", f"{written}\n")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))
@given(digest=_digests(), top=st.sampled_from([1, 5, 10, 100]))
def test_payload_fits_and_adds_up(kind: str, digest: Digest, top: int) -> None:
    """Whatever the texts and the number of rows: within the limit, and no failure goes missing."""
    for sent in channel(kind, top=top).compose(letter(digest)):
        length, limit = _limited(kind, sent)
        assert length <= limit
        parts, total = counted(kind, sent)
        assert total == digest.failures
        assert sum(parts) == total
        assert len(parts) <= top + 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_usual_rows(kind: str) -> None:
    """Of a hundred rows as they are in real clusters, at least 40 are shown."""
    rows = tuple(row(name=f"checkout-{n}", failures=200 - n) for n in range(100))
    failures = sum(one.failures for one in rows)
    digest = busy(rows=rows, residual=Residual(rows=0, failures=0), failures=failures)
    options = {"max_bytes": 60_000} if kind == "webhook" else {}
    for sent in channel(kind, top=100, **options).compose(letter(digest)):
        parts, total = counted(kind, sent)
        assert sum(parts) == total == failures
        assert len(parts) >= 40


@pytest.mark.parametrize("kind", KINDS)
def test_top_is_the_most_rows(kind: str) -> None:
    """With top: 2 the busy day shows two rows, and the residual has the rest."""
    for sent in channel(kind, top=2).compose(letter(busy())):
        parts, total = counted(kind, sent)
        assert sorted(parts) == [41, 53, 120]
        assert total == 214


_ESCAPES = 60  # bytes of those in the webhook's JSON of controls, which any parser may write else
_COLORS = {"#51b", "#DC1"}


def _attacked(text: str) -> Digest:
    attacked = row(
        cluster=text, namespace=text, kind=text, name=text, reason=text, message=text, kubectl=text
    )
    command = f"kubectl --context {text} describe pod {shlex.quote(text)}"
    return busy(
        rows=(attacked, replace(attacked, kubectl=command), *[attacked] * 5),
        residual=Residual(rows=1, failures=1),
        failures=841,
        verdict=f"x {text}",
        title=f"x {text}",
        clusters=(text, "b"),
        silent=(text,),
        gone=(gone(cluster=text, namespace=text, kind=text, name=text, reason=text),),
        quality=replace(busy().quality, version=f"v {text}"),
    )


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_are_inert(kind: str, text: str) -> None:
    """In no field is there a tag, a mention, a link, a picture or a control, nor another shape."""
    payloads = [document(sent) for sent in channel(kind).compose(letter(_attacked(text)))]
    plain = [document(sent) for sent in channel(kind).compose(letter(_attacked("kubectl x")))]
    for payload, harmless in zip(payloads, plain, strict=True):
        for found in texts(payload):
            _check_inert(found)
        if kind in {"worktile", "bearychat", "apprise"}:
            assert outline(payload) == outline(harmless)
            lines = [line for found in texts(payload) for line in found.split("\n")]
            block = re.compile(r"[-=+|#>~*`]|[0-9]+[.)]")
            assert not [line for line in lines if block.match(line) and line[:4] not in _COLORS]


def _check_inert(found: str) -> None:
    if found == "http://adaptivecards.io/schemas/adaptive-card.json":
        return
    assert found.replace("\n", "").isprintable()
    ours = re.sub(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[-\d :]+>", "", found)
    lines = [_without_names(line) for line in ours.split("\n")]
    assert not {"<", ">", "@"} & set("".join(lines))
    assert not re.search(r"(?i)://\w|\bwww\.\w|]\(|!\[|\{\{", ours)


def _without_names(line: str) -> str:
    """Return a line without the sign in user@cluster, which only a command keeps."""
    if not line.lstrip("`").startswith("kubectl "):
        return line
    return re.sub(r"(?i)(?<=\w)@(?!all|everyone|here|channel|team)(?=\w)", "", line)


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_texts_are_exact_in_json(text: str) -> None:
    """A program gets the text itself, and a terminal that shows the body obeys nothing."""
    digest = busy(rows=(row(message=text),), residual=Residual(rows=1, failures=94))
    [sent] = channel("webhook").compose(letter(digest))
    assert sent.body.decode().isprintable()
    [shown] = document(sent)["rows"]
    assert shown["message"] == text or shown["message"] == f"{text[:999]}…"


@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_seen_first(kind: str) -> None:
    """A test and a copy say so before anything else, also in the notification."""
    marked = letter(busy(), is_test=True, is_resend=True)
    [sent, *_] = channel(kind).compose(marked)
    body = document(sent)
    if kind == "webhook":
        assert (body["test"], body["resend"]) == (True, True)
        return
    first = next(text for text in texts(body) if "failures" in text or "figures" in text)
    assert first.startswith("This is a test: the figures are made up. Sent again: ")


@pytest.mark.parametrize("kind", CHATS)
def test_the_first_screen_has_verdict_and_five_rows(kind: str) -> None:
    """The verdict is the first line; five rows with their times end within 1,200 characters."""
    [sent, *_] = channel(kind).compose(letter(busy()))
    body = document(sent)
    shown = {
        "slack": lambda: [text for block in body["blocks"] for text in _slack_texts(block)],
        "teams": lambda: [
            text
            for element in body["attachments"][0]["content"]["body"]
            for text in _slack_texts(element)
        ],
        "worktile": lambda: [body["attachment"]["title"], body["attachment"]["text"]],
        "bearychat": lambda: [
            body["text"],
            body["attachments"][0]["title"],
            body["attachments"][0]["text"],
        ],
        "apprise": lambda: [body],
    }[kind]()
    screen = "\n".join(shown)
    assert screen.startswith(busy().verdict)
    end = screen.index("▼ falling, was 60")
    assert end <= 1_200
    assert screen.count("kubectl --context", 0, end) == 2


@pytest.mark.parametrize("kind", CHATS)
def test_days_without_failures_and_without_data_differ(kind: str) -> None:
    """A quiet day says that nothing failed; a day without data what to do about it."""
    calm = "\n".join(texts(document(channel(kind).compose(letter(quiet()))[0])))
    nothing = "\n".join(texts(document(channel(kind).compose(letter(no_data()))[0])))
    assert "not one of them was a failure" in calm
    assert "Nothing is known about this window." in nothing
    assert "kubectl get events -A -o json | kubedigest import -" in nothing
    assert "Nothing is known" not in calm


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_shows_the_message_and_no_secret(kind: str) -> None:
    """Address, secret, signature and header of one's own are masked; the verdict can be read."""
    own = {"secrets": ["S3CRET-key"], "headers": {"X-Own": "S3CRET-header"}}
    opened = channel(kind, **(own if kind == "webhook" else {}))
    [sent, *_] = opened.compose(letter(busy()))
    shown = opened.preview(sent, letter(busy()), at(8, day=22))
    assert "214 failures in 12 workloads" in shown
    assert "SECRET" not in shown
    assert "S3CRET" not in shown
    assert "v1," not in shown


@pytest.mark.long
def test_bytes_are_the_same_in_every_process() -> None:
    """Two processes with different hash seeds compose the same bytes."""
    program = (
        "import hashlib\n"
        "from tests.unit.reports.channels.payloads import KINDS, channel, letter\n"
        "from tests.unit.reports.digests import EVERY_DIGEST\n"
        "bodies = [m.body for k in KINDS for d in EVERY_DIGEST.values()"
        " for m in channel(k).compose(letter(d))]\n"
        "print(hashlib.sha256(b'|'.join(bodies)).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    bodies = [
        sent.body
        for kind in KINDS
        for digest in EVERY_DIGEST.values()
        for sent in channel(kind).compose(letter(digest))
    ]
    assert found == {f"{hashlib.sha256(b'|'.join(bodies)).hexdigest()}\n"}
