"""One YAML file, the environment and ``*_FILE`` secrets -> one frozen Configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from analytics.links import checked_address
from kubedigest.channel_errors import fallback_mistake
from kubedigest.configuration_errors import sentence
from kubedigest.errors import UsageError
from kubedigest.names import channel_name, cluster_name, namespace_name, some_text, text_or_none
from kubedigest.notify_configuration import NotifyRule
from kubedigest.receiver_configuration import ReceiverConfiguration
from reports.channels.settings import AnyChannelSettings

PG_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")
ZONE_HINT = "use an IANA name such as Europe/Berlin, Asia/Shanghai or UTC"


ChannelName = Annotated[str, AfterValidator(channel_name)]
ClusterName = Annotated[str, AfterValidator(cluster_name)]
NamespaceName = Annotated[str, AfterValidator(namespace_name)]
SomeText = Annotated[str, AfterValidator(some_text)]
LinkTitle = Annotated[str, Field(max_length=40), AfterValidator(some_text)]
LinkAddress = Annotated[str, AfterValidator(checked_address)]
TextOrNone = Annotated[str, AfterValidator(text_or_none)]


class ReasonRule(BaseModel):
    """What one reason means here, over the shipped catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # of the event, such as BackOff
    reason: str = Field(min_length=1)
    component: str = ""  # that reported it, such as kubelet; default: any
    type: str = ""  # Warning or Normal; default: any
    # only a failure is counted as one
    meaning: Literal["failure", "recovery", "notice", "noise"]
    # what a failure counts for in the ranking, whatever its component and type; default: as shipped
    role: Literal["", "cause", "node", "symptom", "unclear"] = ""

    @field_validator("role")
    @classmethod
    def _of_a_failure(cls, value: str, info: ValidationInfo) -> str:
        meaning = info.data.get("meaning", "failure")
        if value and meaning != "failure":
            raise ValueError(f"only a failure has a role, and here the meaning is {meaning}")
        return value


class WatchedCluster(BaseModel):
    """One cluster that `collect` follows; what is left out is as kubectl finds it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # name in the store; default: what the kubeconfig calls the cluster
    name: ClusterName | None = None
    # its path; default: $KUBECONFIG, else ~/.kube/config
    kubeconfig: SomeText | None = None
    # of the kubeconfig; default: the current one
    context: SomeText | None = None
    namespaces: tuple[NamespaceName, ...] = ()  # the only ones to watch; default: all
    # such as type=Warning; what it leaves out is never stored
    field_selector: Annotated[str, AfterValidator(text_or_none)] = ""
    # which of the two APIs is watched; both have the same events
    events_api: Literal["core/v1", "events.k8s.io/v1"] = "core/v1"
    owners: bool = False  # look up the owners of pods, replica sets and jobs


class Templates(BaseModel):
    """Jinja2 files that make files of a digest instead of the built-in templates."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    html: Path | None = None  # of --format html
    text: Path | None = None  # of --format text
    markdown: Path | None = None  # of --format markdown


class RowLink(BaseModel):
    """Where a row of a digest can be looked into, such as a dashboard."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # what is shown
    title: LinkTitle
    # may hold {cluster}, {namespace}, {kind}, {name}, {reason}, {start_ms} and {end_ms}
    url: LinkAddress


class Configuration(BaseModel):
    """Everything that can be set; each field is also the key in the YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # postgresql://USER:PASSWORD@HOST/DATABASE; without it a private server is started
    database_url: SecretStr | None = None
    # IANA zone of days and times in reports
    timezone: str = "UTC"
    # of reports: en, zh, or the path of a catalogue file (.po)
    language: str = Field(default="en", min_length=1)
    # name of the one watched cluster and of imported events, where --cluster is absent
    cluster: ClusterName | None = None
    # days that `db prune` keeps single points; hourly totals are kept for ever
    retention_days: int = Field(default=90, ge=1, le=3650)
    # what `collect` follows; default: the current context
    clusters: tuple[WatchedCluster, ...] = ()
    # what a reason means here, over the shipped catalogue
    reasons: tuple[ReasonRule, ...] = ()
    # files that make digests as html, text or markdown instead of the built-in templates
    templates: Templates = Templates()
    # shown with each row of a digest
    links: tuple[RowLink, ...] = Field(default=(), max_length=5)
    # where digests are sent, by name
    channels: Mapping[ChannelName, AnyChannelSettings] = Field(default_factory=dict)
    # what `notify` tells live
    notify: tuple[NotifyRule, ...] = ()
    # what `receive` takes from whom
    receiver: ReceiverConfiguration = ReceiverConfiguration()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError(f"{value[:60]!r} is not a time zone; {ZONE_HINT}")
        return value

    @model_validator(mode="after")
    def _known_routes(self) -> Configuration:
        seen: set[str] = set()
        for number, rule in enumerate(self.notify, start=1):
            if rule.channel not in self.channels:
                known = ", ".join(self.channels) or "none"
                raise ValueError(
                    f"entry {number} of notify: there is no channel {rule.channel[:60]!r}; "
                    f"channels: {known}"
                )
            if rule.route in seen:
                raise ValueError(
                    f"entry {number} of notify: {rule.route[:60]!r} is told of in another entry "
                    "already; give each a name of its own"
                )
            seen.add(rule.route)
        return self

    @field_validator("channels")
    @classmethod
    def _known_fallbacks(
        cls, value: Mapping[str, AnyChannelSettings]
    ) -> Mapping[str, AnyChannelSettings]:
        if mistake := fallback_mistake(value):
            raise ValueError(mistake)
        return value


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Configuration:
    """Read the configuration; the environment wins over the file.

    Raises
    ------
    UsageError
        The file cannot be read, or a key or value in it or in the environment is wrong. The
        sentence names the place; it never shows a value that could be a secret.
    """
    env = os.environ if environment is None else environment
    source = path or _default_file(env)
    values = _zone_of_the_machine(env)
    values |= _read_file(source) if source is not None else {}
    values |= _from_environment(env)
    values |= _channels_in_the_language(values)
    try:
        return Configuration.model_validate(values, context={"environment": env})
    except ValidationError as error:
        where = f"the configuration {source}" if source else "the environment"
        raise UsageError(f"{where}{sentence(error, Configuration)}") from error


def _default_file(env: Mapping[str, str]) -> Path | None:
    if named := env.get("KUBEDIGEST_CONFIG"):
        return Path(named)
    folder = env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "/")) / ".config"
    usual = Path(folder) / "kubedigest" / "config.yaml"
    return usual if usual.is_file() else None


def _read_file(path: Path) -> dict[str, object]:
    import yaml  # which takes a while, and most configurations come from the environment

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the configuration {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise UsageError(f"the configuration {path} is not valid YAML{line}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"the configuration {path} must be a mapping of keys to values")
    return {str(key): value for key, value in document.items()}


def _channels_in_the_language(values: Mapping[str, object]) -> dict[str, object]:
    """Give the language of the configuration to the channels that name none."""
    spoken, channels = values.get("language"), values.get("channels")
    if not isinstance(spoken, str) or not isinstance(channels, Mapping):
        return {}
    return {
        "channels": {
            name: {"language": spoken, **one} if isinstance(one, Mapping) else one
            for name, one in channels.items()
        }
    }


def _zone_of_the_machine(env: Mapping[str, str]) -> dict[str, object]:
    """TZ counts where it is an IANA name; its POSIX forms (<+08>-8) name no zone."""
    zone = env.get("TZ", "").removeprefix(":")
    return {"timezone": zone} if zone and is_zone(zone) else {}


def is_zone(name: str) -> bool:
    """Tell whether *name* is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _from_environment(env: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    url = _secret(env, "KUBEDIGEST_DATABASE_URL") or _secret(env, "DATABASE_URL")
    if url:
        values["database_url"] = url
    elif any(env.get(name) for name in PG_VARIABLES):
        values["database_url"] = "postgresql://"  # libpq reads the rest from PG*
    if zone := env.get("KUBEDIGEST_TIMEZONE"):
        values["timezone"] = zone
    if language := env.get("KUBEDIGEST_LANGUAGE"):
        values["language"] = language
    if cluster := env.get("KUBEDIGEST_CLUSTER"):
        values["cluster"] = cluster
    return values


def _secret(env: Mapping[str, str], name: str) -> str | None:
    if path := env.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the file {path} that {name}_FILE names") from error
    return env.get(name) or None
