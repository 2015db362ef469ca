"""Digests in Chinese and in a language of one's own, from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from collector.database import connect
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import observe

AT = ("--at", "2026-01-06T09:00:00+00:00")
PAGE = Path(__file__).parents[2] / "docs/languages.md"


@pytest.fixture
def filled(database_url: str) -> str:
    """One day: ten failures of one workload and three of another."""
    with Store(connect(database_url)) as store:
        store.write([observe(1), observe(10, 90)])
        store.write(
            [
                observe(3, 60, name="api.1", namespace="pay", object="api-1", workload="api",
                        workload_kind="Deployment", reason="Unhealthy", message="probe failed"),
            ]
        )  # fmt: skip
    return database_url


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Write the catalogue of the documentation; return it, and the texts shown after it."""
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    [catalogue] = re.findall(r"```po\n(.*?)```", page, flags=re.DOTALL)
    Path("de.po").write_text(catalogue, encoding="utf-8")
    return catalogue, re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)


def test_the_documented_catalogue_gives_the_documented_text(
    run_command: RunCommand, filled: str, shown: tuple[str, list[str]]
) -> None:
    """Six translations, and English where there is none."""
    ran = run_command("report", *AT, "--language", "de.po", database=filled)
    assert ran.code == 0
    assert ran.out.startswith(shown[1][0])


def test_the_documented_mistake_is_told_as_documented(
    run_command: RunCommand, database_url: str, shown: tuple[str, list[str]]
) -> None:
    """Before the store is opened."""
    catalogue, texts = shown
    wrong = catalogue.replace("für {weekday}", "für {tag}")
    Path("de.po").write_text(wrong, encoding="utf-8")
    ran = run_command("report", "--language", "de.po", database=database_url)
    assert (ran.code, ran.err) == (2, texts[1])
    assert ran.out == ""


def test_a_report_in_chinese(run_command: RunCommand, filled: str, tmp_path: Path) -> None:
    """From the option or the environment; what programs read is English."""
    folder = ("--output", str(tmp_path))
    formats = ("--format", "html", "--format", "json", "--format", "markdown")
    assert (
        run_command("report", *AT, *formats, *folder, "--language", "zh", database=filled).code == 0
    )
    page, document, written = (
        (tmp_path / f"daily-2026-01-05.{suffix}").read_text() for suffix in ("html", "json", "md")
    )
    assert '<html lang="zh-CN">' in page
    assert written.startswith("# prod：2 个工作负载共 13 次失败")
    told = json.loads(document)
    assert told["verdict"].startswith("prod: 13 failures in 2 workloads")
    assert told["title"] == "Daily digest for Monday 5 January 2026"


def test_the_language_of_the_configuration(
    run_command: RunCommand, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option wins over the environment, the environment over the file."""
    path = tmp_path / "kubedigest.yaml"
    path.write_text("language: zh\n")
    command = ("--config", str(path), "report", *AT)
    assert "2026年1月5日（星期一）日报" in run_command(*command, database=filled).out
    monkeypatch.setenv("KUBEDIGEST_LANGUAGE", "en")
    assert "Daily digest for Monday" in run_command(*command, database=filled).out
    ran = run_command(*command, "--language", "zh", database=filled)
    assert "2026年1月5日（星期一）日报" in ran.out


@pytest.mark.parametrize("command", [("report",), ("demo",), ("config", "check")])
def test_a_language_that_is_not_there_costs_one_sentence(
    run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """And nothing is started."""
    monkeypatch.setenv("KUBEDIGEST_LANGUAGE", "klingon")
    ran = run_command(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kubedigest: there is no language 'klingon'; use en, zh, or the path of a catalogue file "
        "(.po)\n"
    )


def test_answers_and_their_tables_stay_english(
    run_command: RunCommand, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read by programs, too."""
    monkeypatch.setenv("KUBEDIGEST_LANGUAGE", "zh")
    ran = run_command("top", *AT, "--since", "48h", database=filled)
    assert ran.out.startswith("CLUSTER")
    assert (ran.out + ran.err).isascii()


def test_a_blank_catalogue_is_a_beginning(
    run_command: RunCommand, filled: str, tmp_path: Path
) -> None:
    """It can be used as it is, and says everything in English."""
    path = tmp_path / "my.po"
    path.write_text(run_command("config", "catalogue").out)
    english = run_command("report", *AT, database=filled).out
    assert run_command("report", *AT, "--language", str(path), database=filled).out == english
