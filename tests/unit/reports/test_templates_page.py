"""docs/templates.md: its fields are those of the context, and its examples are made."""

from __future__ import annotations

import inspect
import json
import os
import re
from dataclasses import fields, is_dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from slack_sdk.models.blocks import Block

from reports import template_context
from reports.channels import open_channel
from reports.channels.channel import Letter
from reports.channels.settings import CHANNEL_MODELS
from reports.channels.templated import RULES
from reports.template_context import CONTEXT_VERSION, TemplateDigest
from reports.template_digest import document_digest
from reports.user_templates import made
from tests.unit.reports.digests import EVERY_DIGEST, busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.digest import Digest
    from reports.template_context import Kind

PAGE = Path(__file__).parents[3] / "docs/templates.md"
START, END = "<!-- fields -->\n", "<!-- end of fields -->\n"
FIELD = re.compile(r"^    (\w+): ([^#\n]+?)(?:  # (.+))?$", re.MULTILINE)
EXAMPLES = dict(re.findall(r"```jinja\n(?=\{# (\S+) #\})(.*?)```", PAGE.read_text(), re.DOTALL))
WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "datetime": "time",
    "None": "none",
    "State": "text",
    "TrendVerdict": "text",
    "CoverageState": "text",
}


def classes() -> Iterator[type]:
    """Return every dataclass of the context, the digest first."""
    found = [one for one in vars(template_context).values() if is_dataclass(one)]
    yield from (one for one in reversed(found) if isinstance(one, type))


def in_words(annotation: str) -> str:
    """Return a type as the page says it."""
    if inner := re.fullmatch(r"tuple\[(\w+), \.\.\.\]", annotation):
        return f"list of {in_words(inner[1])}"
    if " | " in annotation:
        return " or ".join(map(in_words, annotation.split(" | ")))
    if annotation.startswith("Template"):
        noun = annotation.removeprefix("Template").lower()
        return f"[{noun}](#{noun})"
    return WORDS[annotation]


def tables() -> str:
    """Return the fields of the context as the page has to show them."""
    lines = []
    for one in classes():
        meaning = (one.__doc__ or "").removesuffix(".")
        lines += [f"### {one.__name__.removeprefix('Template').lower()}", f"{meaning}.", ""]
        lines += ["| field | type | meaning |", "| --- | --- | --- |"]
        found = FIELD.findall(inspect.getsource(one))
        assert [name for name, _, _ in found] == [field.name for field in fields(one)]
        for name, annotation, comment in found:
            assert comment, f"{name} has no meaning"
            lines.append(f"| `{name}` | {in_words(annotation)} | {comment.replace('|', '')} |")
        lines.append("")
    return "\n".join(lines)


def test_every_field_is_on_the_page_with_type_and_meaning() -> None:
    """None is missing and none too many; UPDATE_GOLDEN=1 writes them anew."""
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    page = f"{before}{START}{tables()}{END}{after}"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(page)
    assert PAGE.read_text() == page
    assert f"`digest.context_version` is {CONTEXT_VERSION}." in before


def test_the_version_rises_when_a_field_goes() -> None:
    """The names of version 1 are all there; whoever takes one away has to say so."""
    names = {field.name for field in fields(TemplateDigest)}
    assert CONTEXT_VERSION == 1
    assert names >= {"context_version", "id", "verdict", "failures", "rows", "residual", "footer"}


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_makes_what_it_is_for(tmp_path: Path, name: str, digest: Digest) -> None:
    """Of every kind of day, with the verdict in it."""
    kind: Kind = {"json": "json", "html": "html", "txt": "text"}[name.split(".")[1]]  # type: ignore[assignment]
    (tmp_path / name).write_text(EXAMPLES[name])
    context = document_digest(digest)
    text = made(tmp_path / name, kind, context)
    if kind == "json":
        payload = json.loads(text)
        assert payload["text"] == context.verdict
        assert len(payload["blocks"]) == 2 + len(digest.rows) + bool(digest.residual.rows)
    else:
        assert context.verdict in unescape(text)


def test_the_text_example_reads_like_this(tmp_path: Path) -> None:
    """Rows, residual and total add up to 214."""
    (tmp_path / "digest.txt.j2").write_text(EXAMPLES["digest.txt.j2"])
    lines = made(tmp_path / "digest.txt.j2", "text", document_digest(busy())).splitlines()
    assert lines[1:4] == [
        "    41  Unhealthy · data/StatefulSet kafka",
        "   120  BackOff · shop/Deployment checkout ●",
        "    17  FailedMount · 订单/Deployment 订单服务-支付网关",
    ]
    assert lines[-2:] == [
        "   214  in all, 33 of them not shown",
        "kubedigest 0.1.0 · digest daily-2026-11-21",
    ]


def test_limits_are_those_of_the_channels() -> None:
    """Each type of channel has a line."""
    page = PAGE.read_text()
    for kind, rule in RULES.items():
        assert f"| `{kind}` | {rule.most:,} {rule.unit}" in page


def test_the_slack_example_is_what_slack_takes(tmp_path: Path) -> None:
    """Its blocks are those of Slack's own package, and no text of an event formats anything."""
    (tmp_path / "slack.json.j2").write_text(EXAMPLES["slack.json.j2"])
    values = {"type": "slack", "url": "https://hooks.slack.com/services/T/B/S"}
    settings = CHANNEL_MODELS["slack"].model_validate(
        values | {"template": tmp_path / "slack.json.j2"}
    )
    [message] = open_channel(settings).compose(Letter(digest=busy(), id="id"))
    blocks = json.loads(message.body)["blocks"]
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    assert "<" not in message.body.decode().replace("&lt;", "")


def test_there_are_three_examples() -> None:
    """One of each kind."""
    assert list(EXAMPLES) == ["slack.json.j2", "digest.txt.j2", "page.html.j2"]
