"""What the documentation shows is what happens."""

from __future__ import annotations

import doctest
import re
import shlex
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml
from click.testing import CliRunner
from prometheus_client import CollectorRegistry
from sqlalchemy import text

import kubedigest as kd
from collector.database import connect
from collector.metrics import Metrics
from collector.progress import Stream
from collector.receiver_metrics import Outcome, ReceiverMetrics
from kubedigest.cli import COMMANDS, kubedigest
from kubedigest.configuration import Configuration, load
from kubedigest.receiver_templates import receiver_templates
from tests import shown
from tests.shown import PAGES, ROOT, Block, all_blocks, command, commands, parse

# by page: the test that compares its consoles with what happens, and which commands it runs
RUN_WITH_OUTPUT = {
    "command-line.md": ("tests/e2e/test_command_line_page.py", "kubedigest"),
    "configuration.md": ("tests/e2e/test_routing_page.py", "kubedigest"),
    "kube-eventer.md": ("tests/e2e/test_explain_sink.py", "kubedigest explain-sink"),
    "routing.md": ("tests/e2e/test_routing_page.py", "kubedigest"),
    "tutorial.md": ("tests/e2e/test_tutorial.py", "./run"),
}


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return [one.text for one in shown.blocks(page) if one.language == language]


def anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page get."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and a heading in it."""
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text()):
        path = page.parent / target if target else page
        assert path.exists(), f"{page.name} links to {target}"
        if heading:
            assert heading in anchors(path), f"{page.name} links to {target}#{heading}"


@pytest.mark.parametrize("block", all_blocks("sh", "console"), ids=str)
def test_a_shown_command_is_one_that_is_understood(block: Block) -> None:
    """Command, options and values; what ./run does itself is in the launcher."""
    for one in commands(block):
        if one.arguments is not None:
            parse(one.arguments)
        elif one.words[0] == "./run":
            assert f"\n{one.words[1]})\n" in (ROOT / "run").read_text()


@pytest.mark.parametrize(
    "block", [one for one in all_blocks("sh", "console", "sql") if one.marker], ids=str
)
def test_what_is_said_of_a_block_is_so(block: Block) -> None:
    """A reason is more than a word, and a test that is named is there."""
    kind, _, rest = block.marker.partition(" executed: ")
    if kind == "not":
        assert len(rest.split()) >= 2
    else:
        name = block.marker.removeprefix("executed by ")
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("block", [one for one in all_blocks("console") if not one.marker], ids=str)
def test_what_is_shown_with_its_output_is_run(block: Block) -> None:
    """By the test of its page, which runs the commands that begin so."""
    name, beginning = RUN_WITH_OUTPUT[block.page.name]
    assert block.page.name in (ROOT / name).read_text()
    assert all(" ".join(one.words).startswith(beginning) for one in commands(block))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "reference.md"], ids=lambda page: page.name
)
def test_a_command_in_a_sentence_is_one_that_is_understood(page: Path) -> None:
    """Where it is named without what it needs, that is left to the reader."""
    prose = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for code in re.findall(r"`((?:kubedigest|\./run) [a-z][^`]*)`", prose):
        arguments = command(shlex.split(code)).arguments
        if arguments is not None:
            with suppress(click.MissingParameter):
                parse(arguments)


def test_an_unknown_option_is_noticed() -> None:
    """Otherwise the tests above show nothing."""
    with pytest.raises(click.UsageError, match="No such option"):
        parse(("report", "daily", "--sned", "ops"))
    with pytest.raises(click.UsageError, match="No such command"):
        parse(("db", "shrink"))
    with pytest.raises(click.UsageError, match="is not one of"):
        parse(("top", "--by", "pod"))


def test_every_command_has_a_help_page_and_the_overview_lists_it() -> None:
    """``kubedigest --help`` imports nothing and misses nothing."""
    overview = CliRunner().invoke(kubedigest, ["--help"]).output
    for name in COMMANDS:
        assert f"\n  {name} " in overview
        ran = CliRunner().invoke(kubedigest, [name, "--help"])
        assert ran.exit_code == 0
        assert "Usage:" in ran.output


def test_every_variable_of_the_environment_is_documented() -> None:
    """docs/configuration.md names what the code reads, and nothing else."""
    sources = [*(ROOT / "kubedigest").rglob("*.py"), ROOT / "run"]
    pattern = r"\bKUBEDIGEST_(?!COMPLETE|TEST)[A-Z_]+(?<!_)"
    read = {name for path in sources for name in re.findall(pattern, path.read_text())}
    shown = set(re.findall(pattern, (ROOT / "docs/configuration.md").read_text()))
    assert len(read) >= 8
    assert shown == read


def test_the_example_of_a_configuration_is_valid(tmp_path: Path) -> None:
    """It sets every key."""
    [example] = blocks(ROOT / "docs/configuration.md", "yaml")
    path = tmp_path / "kubedigest.yaml"
    path.write_text(example)
    secrets = dict.fromkeys(re.findall(r"{env: (\w+)}", example), "https://chat.example.com/x")
    assert load(path, secrets).model_fields_set == set(Configuration.model_fields)


def test_the_example_of_a_receiver_is_valid(tmp_path: Path) -> None:
    """With its templates."""
    [example] = blocks(ROOT / "docs/receiving.md", "yaml")
    path = tmp_path / "kubedigest.yaml"
    path.write_text(example)
    settings = load(path, {})
    assert len(settings.receiver.routes) == 3
    receiver_templates(settings)


@pytest.mark.parametrize(
    "block",
    [one for one in all_blocks("sql") if not one.marker and one.page.name != "sql.md"],
    ids=str,
)
def test_a_shown_query_runs(database_url: str, block: Block) -> None:
    """People paste it into psql; those of the cookbook are run on figures, elsewhere."""
    with connect(database_url).connect() as connection:
        connection.execute(text(block.text)).all()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name
)
def test_a_shown_example_gives_what_it_shows(page: Path, ready_demo: str) -> None:
    """People paste it into a notebook; the demo is that of the notebooks."""
    source = "\n".join(blocks(page, "python"))
    flags = doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    told: list[str] = []
    ran = doctest.DocTestRunner(optionflags=flags).run(test, out=told.append)
    assert ran.attempted > 0
    assert ran.failed == 0, "".join(told)


def test_every_notebook_function_is_documented() -> None:
    """docs/notebooks.md names each, and no other."""
    page = (ROOT / "docs/notebooks.md").read_text()
    shown = set(re.findall(r"`kd\.(\w+)", page))
    assert set(kd.__all__) - shown == {"Catalogue", "Connection"}
    assert shown <= set(kd.__all__)


def test_the_view_is_documented_column_by_column(database_url: str) -> None:
    """docs/sql.md names every column of public.event."""
    with connect(database_url).connect() as connection:
        columns = connection.execute(text("select * from public.event")).keys()
    page = (ROOT / "docs/sql.md").read_text()
    for column in columns:
        assert re.search(rf"^\|.*\b{column}\b.*\|", page, flags=re.MULTILINE), column


def test_every_metric_is_documented() -> None:
    """docs/collecting.md has the name of each, and no other."""
    metrics = Metrics(version="1", now=lambda: datetime.now(UTC))
    metrics.follow(Stream(cluster="lab"))
    suffixes = {"counter": "_total", "info": "_info"}
    names = {
        family.name + suffixes.get(family.type, "")
        for family in metrics.registry.collect()
        if family.name.startswith("kubedigest")
    }
    page = (ROOT / "docs/collecting.md").read_text()
    assert set(re.findall(r"`(kubedigest_\w+)", page)) == names


def test_every_metric_of_the_receiver_is_documented() -> None:
    """docs/receiving.md has the name of each, and no other, and every outcome."""
    registry = CollectorRegistry()
    counts = ReceiverMetrics(registry)
    counts.watch(
        waiting=lambda: 0,
        size_bytes=lambda: 0,
        oldest_age_seconds=lambda: 0,
        connections=lambda: 0,
    )
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in registry.collect()
    }
    page = (ROOT / "docs/receiving.md").read_text()
    assert set(re.findall(r"`(kubedigest_\w+)", page)) == names
    for outcome in get_args(Outcome):
        assert f"`{outcome}`" in page


def test_every_page_is_in_the_table_of_contents() -> None:
    """docs/index.md leads to each; decisions are in a folder of their own."""
    index = (ROOT / "docs/index.md").read_text()
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


def test_the_chinese_readme_shows_the_same() -> None:
    """Blocks, pictures and links are those of the English one; it may lead to more pages."""
    english, chinese = (ROOT / name for name in ("README.md", "README.zh.md"))
    assert [(one.language, one.text, one.marker) for one in shown.blocks(english)] == [
        (one.language, one.text, one.marker) for one in shown.blocks(chinese)
    ]
    links = {
        page: set(re.findall(r"\]\(([^)]+)\)", page.read_text())) for page in (english, chinese)
    }
    assert links[english] - {"README.zh.md"} <= links[chinese]
    headings = [re.findall(r"^#+", page.read_text(), re.MULTILINE) for page in (english, chinese)]
    assert set(headings[0]) == set(headings[1])


def test_the_route_for_an_exporter_is_valid(tmp_path: Path) -> None:
    """And its token is the one that the exporter is told to send."""
    theirs, ours = blocks(ROOT / "docs/from-kubernetes-event-exporter.md", "yaml")
    path = tmp_path / "kubedigest.yaml"
    path.write_text(ours)
    [route] = load(path, {}).receiver.routes
    [token] = route.tokens
    [receiver] = yaml.safe_load(theirs)["receivers"]
    assert receiver["webhook"]["headers"] == {"Authorization": f"Bearer {token.get_secret_value()}"}
    assert receiver["webhook"]["endpoint"].endswith(f":10010{route.path}")
