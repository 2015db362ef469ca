"""Tests of markdown, read back by a parser of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analytics.inert import printable
from reports.markdown import code, prose, render_markdown, table
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    gone,
    hourly,
    message,
    no_data,
    quiet,
    row,
)
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

    from analytics.digest import Digest

MARKDOWN_TEXTS = (
    "a\\|b",
    "a\\\\| b | c",
    "`",
    "``` x",
    "\\`x`",
    "x\\",
    "*bold* _thin_ ~~gone~~ ~x~ $x$",
    "a@b.example @team/ops #1 org/repo#1",
    "www.evil.example http://evil.example mailto:a@b.example",
    "1. x",
    "- x",
    "# x",
    "| --- |",
    "[x]: https://evil.example",
    "[^1]: x",
    "<!-- x",
    "&#64;all",
    ":tada:",
)


def _tokens(text: str) -> list[Token]:
    """Return the tokens of GitHub's dialect, those inside a line too."""
    blocks = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [token for block in blocks for token in (block, *(block.children or []))]


def _digest(field: str) -> Digest:
    attacked = row(
        cluster=field,
        namespace=field,
        kind=field,
        name=field,
        reason=field,
        message=field,
        kubectl=field,
    )
    return busy(
        rows=(attacked,),
        verdict=field,
        title=field,
        clusters=(field, "b"),
        gone=(gone(namespace=field, name=field, reason=field),),
        messages=(message(name=field, pattern=field, values=((field, 3),)),),
        quality=replace(busy().quality, version=field),
    )


def _outline(tokens: list[Token]) -> list[tuple[str, str]]:
    """Return the structure without the texts and the code spans, which may hold anything."""
    return [
        (token.type, token.tag)
        for token in tokens
        if token.type not in {"inline", "text", "code_inline"}
    ]


@pytest.mark.parametrize("text", HOSTILE_TEXTS + MARKDOWN_TEXTS, ids=label)
def test_hostile_texts_change_no_structure(text: str) -> None:
    """Whatever field a hostile text is in: no link, no tag, no mention, no column, no line."""
    written = render_markdown(_digest(text))
    tokens = _tokens(written)
    assert written.replace("\n", "").isprintable()
    assert _outline(tokens) == _outline(_tokens(render_markdown(_digest("plain"))))
    texts = "".join(token.content for token in tokens if token.type == "text")
    assert not {"@", "#", "<", "[", "$", "~"} & set(texts)
    assert "//" not in texts
    assert "www." not in texts.lower()


@given(st.text().map(printable))
def test_a_code_span_holds_its_text(text: str) -> None:
    """Whatever the text, the span gives it back and nothing follows it."""
    tokens = [token for token in _tokens(f"a {code(text)}") if token.type == "code_inline"]
    assert [token.content for token in tokens] == ([text.strip()] if text.strip() else [])


@given(st.text().map(printable))
def test_prose_keeps_its_words(text: str) -> None:
    """Whatever the text, the words come back in order, plain or as code."""
    tokens = _tokens(f"a {prose(text)}")
    shown = [token.content for token in tokens if token.type in {"text", "code_inline"}]
    assert "".join(shown).split() == ["a", *text.split()]
    assert {token.type for token in tokens} <= {
        "paragraph_open",
        "inline",
        "text",
        "code_inline",
        "paragraph_close",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("prod-eu: 214 failures, up 38 %.", "prod-eu: 214 failures, up 38 %."),
        ("shop/Deployment checkout, BackOff (120).", "shop/Deployment checkout, BackOff (120)."),
        ("Peak 03:00–04:00, 63 failures.", "Peak 03:00–04:00, 63 failures."),
        ("1. first", "`1.` first"),
        ("ask @all or #1 now", "ask `@all` or `#1` now"),
        ("see http://x.example :smile:", "see `http://x.example :smile:`"),
        ("范围：type=Warning）：已监控 65%", "范围：`type=Warning`）：已监控 65%"),
        ("问@all或 #1 的负责人", "问`@all`或 `#1` 的负责人"),
        ("订单-支付：12:30 失败", "订单-支付：12:30 失败"),
    ],
)
def test_only_active_words_become_code(text: str, shown: str) -> None:
    """Ordinary sentences stay as they are; a word that markdown or GitHub acts on is code."""
    assert prose(text) == shown


@given(st.lists(st.tuples(st.text().map(printable), st.text().map(printable)), max_size=4))
def test_no_cell_breaks_its_table(rows: list[tuple[str, str]]) -> None:
    """Whatever the texts, every row has the cells it was given."""
    cells = [[str(i), *map(code, row)] for i, row in enumerate(rows)]
    tokens = _tokens(table(["n", "a", "b"], cells))
    assert sum(token.type == "td_open" for token in tokens) == 3 * len(rows)
    assert not any(token.type == "html_inline" for token in tokens)


def test_pipes_are_escaped() -> None:
    """A pipe gets a backslash; where one is in front of it already, it gets two more."""
    assert table(["a"], [["x|y"], [r"x\|y"], [r"x\\|y"]]).splitlines()[2:] == [
        r"| x\|y |",
        r"| x\\\|y |",
        r"| x\\\|y |",
    ]


def test_sections_are_in_order() -> None:
    """The headings of a busy day, from the verdict to what it rests on."""
    headings = [line for line in render_markdown(busy()).splitlines() if line.startswith("#")]
    assert headings == [
        f"# {busy().verdict}",
        "## New",
        "## Worse",
        "## Ongoing, or too little to tell",
        "## Gone",
        "## Recovered",
        "## When",
        "## Four weeks by hour (25 Oct – 21 Nov)",
        "## 30 days",
        "## Where",
        "## Messages",
        "## Data quality",
    ]


def test_the_command_of_a_day_without_data_is_code() -> None:
    """What brings in events is a block of its own; no other day has it."""
    block = "\n```sh\nkubectl get events -A -o json | kubedigest import -\n```\n"
    assert block in render_markdown(no_data())
    assert "kubedigest import" not in render_markdown(quiet())


def test_a_long_window_names_the_days_of_a_column() -> None:
    """A year of 365 bars is drawn as 73 columns of five days."""
    bars = hourly(at(0), (9,) * 365, minutes=24 * 60)
    written = render_markdown(busy(bucket_minutes=24 * 60, histogram=bars, peak=bars[0]))
    assert "Failures per 5 days:" in written


def test_quiet_and_no_data_differ() -> None:
    """A day without failures and a day without data share no first line."""
    calm, nothing = render_markdown(quiet()), render_markdown(no_data())
    assert calm.startswith("# prod-eu: no failures. 1,234 events seen.\n")
    assert nothing.startswith("# No data: not one event")
    assert "Nothing is known about this window." not in calm


@pytest.mark.parametrize(("name", "digest"), EVERY_DIGEST.items(), ids=EVERY_DIGEST)
def test_markdown_is_the_golden_one(
    name: str, digest: Digest, compare_golden: Callable[[str, str], None]
) -> None:
    """The markdown of each hand-made digest is known and ends with one newline."""
    written = render_markdown(digest)
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    compare_golden(f"{name}.md", written)
