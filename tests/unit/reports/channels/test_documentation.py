"""The page about channels: its examples can be loaded, and no channel is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from reports.channels import CHANNELS, open_channel
from reports.channels.settings import AnyChannelSettings
from tests.unit.reports.channels.payloads import KINDS

_PAGE = (Path(__file__).parents[4] / "docs" / "channels.md").read_text(encoding="utf-8")
_BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL)]
_MAPPINGS = [block for block in _BLOCKS if isinstance(block, dict)]
_EXAMPLES = [
    example
    for block in _MAPPINGS
    for example in (block["channels"].values() if "channels" in block else [block])
    if "type" in example
]


def _with_secrets(value: Any, kind: str) -> Any:
    """Return an example with a text wherever it names the place of a secret."""
    if isinstance(value, dict) and set(value) in ({"env"}, {"file"}):
        return "json://127.0.0.1:9/" if kind == "apprise" else "https://chat.example/made-up"
    if isinstance(value, dict):
        return {key: _with_secrets(inner, kind) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_secrets(inner, kind) for inner in value]
    return value


@pytest.mark.parametrize("example", _EXAMPLES, ids=[example["type"] for example in _EXAMPLES])
def test_examples_can_be_loaded(example: dict[str, Any]) -> None:
    """Each example is accepted as it stands, and opens its channel."""
    values = _with_secrets(example, example["type"])
    settings = TypeAdapter(AnyChannelSettings).validate_python(values)
    assert settings.type == example["type"]
    if settings.type in CHANNELS:
        assert open_channel(settings).per_minute > 0


def test_every_channel_has_an_example_and_a_line() -> None:
    """What can be configured is in the table of the page; what is sent here has an example."""
    shown = {example["type"] for example in _EXAMPLES}
    assert shown.issuperset(KINDS)
    for kind in CHANNELS:
        assert f"| [`{kind}`](#" in _PAGE
