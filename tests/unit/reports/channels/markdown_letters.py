"""Letters for the tests of chats that write markdown or cards: hostile, random, golden."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from analytics.digest import Residual
from reports.channels.channel import Letter
from reports.channels.markdown_text import JOINER
from tests.unit.reports.digests import busy, gone, message, row
from tests.unit.reports.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.digest import Digest

COMMAND = "kubectl --context prod-eu -n shop describe deployment checkout"

ATTACKS = (
    *HOSTILE_TEXTS,
    '<at user_id="all"></at>',
    "<at id=all></at> <@all> <@zhangsan>",
    "@13800000000 @all @所有人 a@b.example",
    "![x](https://evil.example/t.png)",
    "[log in](dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fevil.example)",
    "<https://evil.example> WWW.evil.example",
    "<font color=red>x</font><text_tag color='red'>x</text_tag>",
    "# heading\n## heading",
    "- item\n+ item\n1. item\n2) item",
    "> quote",
    "=====\n-----",
    "| a | b |\n| --- | --- |",
    "a|b||c\\|d",
    "`code` ``` fence",
    "**bold** __bold__ *thin* _thin_ ~~gone~~",
    "&lt;at id=all&gt; &#64;all &#91;x&#93;",
    "[smile] [OK] :tada:",
    "\\[x\\](https://evil.example)",
)

_TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="宽订单服务支付", min_size=1, max_size=400),
    st.text(alphabet="👩‍👩‍👧🏳️‍🌈é̂́x ", min_size=1, max_size=200),
    st.sampled_from(ATTACKS),
)


def letter(digest: Digest, **changes: Any) -> Letter:
    """Return a letter with an id, with *changes*."""
    return Letter(digest=digest, id="daily-2026-11-21-ops-3f9a", **changes)


def attacked(text: str, *, kubectl: str = COMMAND) -> Digest:
    """Return a digest with *text* wherever an event, or a name in a configuration, can put it."""
    names = {"namespace": text, "kind": text, "name": text, "reason": text}
    return busy(
        rows=(
            row(cluster=text, message=text, kubectl=kubectl, **names),
            row(cluster=text, message=text, kubectl=kubectl, **names, failures=61),
        ),
        verdict=text,
        title=text,
        clusters=(text, "b"),
        gone=(gone(cluster=text, **names),),
        messages=(message(name=text, pattern=text, values=((text, 3),)),),
        quality=replace(busy().quality, version=text),
    )


@st.composite
def random_digests(draw: st.DrawFn) -> Digest:
    """Draw a digest of up to 100 rows of any text; shown and residual are its failures."""
    texts = draw(st.lists(_TEXTS, min_size=1, max_size=6))
    failures = draw(st.lists(st.integers(1, 10**9), max_size=100))
    residual = Residual(rows=draw(st.integers(1, 9)), failures=draw(st.integers(1, 10**9)))
    rows = tuple(
        row(
            cluster=texts[i % len(texts)],
            namespace=texts[(i + 1) % len(texts)],
            kind=texts[(i + 2) % len(texts)],
            name=texts[(i + 3) % len(texts)],
            reason=texts[(i + 4) % len(texts)],
            message=texts[(i + 5) % len(texts)],
            failures=number,
            trend=("new", "rising", "steady")[i % 3],
        )
        for i, number in enumerate(failures)
    )
    text = texts[0]
    return replace(
        attacked(text),
        rows=rows,
        residual=residual,
        failures=sum(failures) + residual.failures,
        clusters=tuple(texts[:3]),
    )


def many_rows(count: int) -> Digest:
    """Return a digest of that many rows with names of 32 letters, one failure each."""
    rows = tuple(
        row(
            name=f"recommendation-engine-canary-{i:03}",
            reason="BackOff",
            failures=1,
            trend="steady",
            still_firing=False,
        )
        for i in range(count)
    )
    return busy(rows=rows, residual=Residual(rows=0, failures=0), failures=count)


def sums(text: str) -> list[int]:
    """Return the numbers of rows, residual and total of a message of lines, in order."""
    found = re.findall(r"^(?:- )?\*\*([\d,]+)\*\* ", text, re.MULTILINE)
    return [int(number.replace(",", "")) for number in found]


def without_code(text: str) -> str:
    """Return *text* without what stands between backticks, which is ours or checked."""
    return re.sub("`[^`\n]*`", "", text)


def readable(document: object) -> str:
    """Return a payload to be read in a review: a text of several lines is a list of them."""
    return json.dumps(_shown(document), ensure_ascii=False, indent=2) + "\n"


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shown(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shown(part) for part in value]
    if isinstance(value, str):
        lines: Sequence[str] = value.replace(JOINER, "‹joiner›").split("\n")
        return lines[0] if len(lines) == 1 else list(lines)
    return value
