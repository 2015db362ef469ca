"""File, environment and secrets -> one configuration, or one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedigest.configuration import Configuration, load
from kubedigest.errors import UsageError


def written(folder: Path, text: str) -> Path:
    """Write a configuration file."""
    path = folder / "kubedigest.yaml"
    path.write_text(text)
    return path


def test_nothing_given_is_a_private_server_in_utc() -> None:
    """Defaults need no file and no variable."""
    settings = load(environment={})
    assert settings == Configuration()
    assert (settings.database_url, settings.timezone, settings.retention_days) == (None, "UTC", 90)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A deployment changes one value without a new file."""
    path = written(tmp_path, "cluster: file\ntimezone: Asia/Tokyo\n")
    settings = load(path, {"KUBEDIGEST_CLUSTER": "env", "TZ": "Europe/Paris"})
    assert (settings.cluster, settings.timezone) == ("env", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Paris", "Europe/Paris"), (":Europe/Paris", "Europe/Paris"), ("<+08>-8", "UTC")],
)
def test_the_machines_zone_counts_where_it_has_a_name(zone: str, expected: str) -> None:
    """TZ may also hold rules that name no zone; they are passed over."""
    assert load(environment={"TZ": zone}).timezone == expected


def test_a_secret_is_read_from_a_file_and_never_shown(tmp_path: Path) -> None:
    """KUBEDIGEST_DATABASE_URL_FILE is how a mounted secret arrives."""
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:canarypw@h/d\n")
    settings = load(environment={"KUBEDIGEST_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://u:canarypw@h/d"
    assert "canarypw" not in repr(settings) + str(settings.model_dump(mode="json"))


def test_a_secret_file_that_is_not_there_is_named() -> None:
    """The sentence says which file and which variable."""
    with pytest.raises(UsageError, match="/nowhere/url that DATABASE_URL_FILE names"):
        load(environment={"DATABASE_URL_FILE": "/nowhere/url"})


def test_libpqs_own_variables_are_enough() -> None:
    """PGHOST and its like are left to libpq."""
    settings = load(environment={"PGHOST": "db.example.com"})
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://"


def test_the_file_in_the_users_folder_is_found(tmp_path: Path) -> None:
    """XDG_CONFIG_HOME moves it; KUBEDIGEST_CONFIG names another."""
    folder = tmp_path / "kubedigest"
    folder.mkdir()
    (folder / "config.yaml").write_text("cluster: usual\n")
    other = written(tmp_path, "cluster: other\n")
    base = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load(environment=base).cluster == "usual"
    assert load(environment=base | {"KUBEDIGEST_CONFIG": str(other)}).cluster == "other"


def test_a_channel_speaks_the_language_of_the_configuration(tmp_path: Path) -> None:
    """Unless it names one of its own; without any it is English."""
    channels = (
        "channels:\n"
        "  ops: {type: slack, url: 'https://hooks.example.com/a'}\n"
        "  us: {type: slack, url: 'https://hooks.example.com/b', language: en}\n"
    )
    spoken = load(written(tmp_path, f"language: zh\n{channels}"), environment={}).channels
    assert [spoken["ops"].language, spoken["us"].language] == ["zh", "en"]
    told = {"KUBEDIGEST_LANGUAGE": "zh"}
    assert load(written(tmp_path, channels), environment=told).channels["ops"].language == "zh"
    assert load(written(tmp_path, channels), environment={}).channels["ops"].language == "en"
