"""What can be configured of each channel. The names of the fields are the keys in the YAML file."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from analytics.language import SHIPPED
from reports.channels.mail_address import AddressText, HostText

_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENCODED = "whsec_"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_OUR_HEADERS = ("webhook-", "content-", "host", "transfer-encoding", "connection")


def read_secret(value: object, info: ValidationInfo) -> object:
    """Return a secret that stands in the file itself, or in the place that it names.

    The environment is that of the validation's context, else the one of the process.

    Raises
    ------
    ValueError
        The place does not exist or is empty; the sentence shows nothing that could be a secret.
    """
    if not isinstance(value, Mapping):
        return value
    if set(value) not in ({"env"}, {"file"}):
        raise ValueError(
            "is a text, {env: NAME} or {file: PATH}"
            + ("; it takes one of env and file" if len(value) > 1 else "")
        )
    [(source, name)] = value.items()
    if source == "env":
        return _from_environment(str(name), (info.context or {}).get("environment", os.environ))
    return _from_file(str(name))


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise ValueError("env takes the name of an environment variable, and not the secret itself")
    if not (found := environment.get(name)):
        raise ValueError(f"the environment variable {name} is not set")
    return found


def _from_file(name: str) -> str:
    if "://" in name:
        raise ValueError("file takes the path of a file, and not the secret itself")
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise ValueError(f"the file {name!r} cannot be read") from error


def _printable(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("a pattern takes printable characters, and at least one")
    return value


def _require_base64(text: str, what: str) -> None:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    if not decoded:
        raise ValueError(f"{what} starts with {_ENCODED}, and what follows is not base64") from None


def sendable_header(name: str, value: str = "") -> bool:
    """Tell whether HTTP can have such a header."""
    return bool(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value))


Secret = Annotated[SecretStr, BeforeValidator(read_secret), Field(min_length=1)]
Pattern = Annotated[str, AfterValidator(_printable)]  # *, ? and [abc] as in file names


class Part(BaseModel):
    """Patterns of what is taken or left out, by what they are about."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    clusters: tuple[Pattern, ...] = ()  # as they are called in the store
    namespaces: tuple[Pattern, ...] = ()  # of the workload; nodes have none
    kinds: tuple[Pattern, ...] = ()  # of the workload: Deployment, Node, ...
    reasons: tuple[Pattern, ...] = ()  # of the events


class ChannelSettings(BaseModel):
    """What every channel has."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # the service; it decides what other keys there are
    type: str
    # zone of its days and times; default: that of the configuration
    timezone: str | None = None
    # en, zh, or the path of a catalogue file (.po); default: that of the configuration
    language: str = Field(default="en", min_length=1)
    # most rows that are shown
    top: int = Field(default=10, ge=1, le=100)
    # what it is told of: a pattern of each list that is given has to match
    include: Part = Part()
    # what it is not told of all the same: what matches a pattern of any list
    exclude: Part = Part()
    # notice < warning < critical; what is below is left out
    minimum_severity: Literal["notice", "warning", "critical"] = "notice"
    # after a try of which nobody knows whether it arrived: send again, marked as such, or never
    policy: Literal["at-least-once", "at-most-once"] = "at-least-once"
    # name of the channel that gets the digest where this one refuses it
    fallback: str | None = None
    # most messages a minute; default: what the service is known to take
    per_minute: int | None = Field(default=None, ge=1, le=6000)
    # Jinja2 file that makes the payload instead of the built-in one
    template: Path | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value and ZoneInfo(value).key
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"{str(value)[:60]!r} is not a time zone; "
                "use an IANA name such as Europe/Berlin, Asia/Shanghai or UTC"
            ) from error

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in SHIPPED and not value.endswith(".po"):  # which is read when it is spoken
            raise ValueError(
                f"there is no language {value[:60]!r}; use {', '.join(SHIPPED)}, or the path of a "
                "catalogue file (.po)"
            )
        return value


class HttpSettings(ChannelSettings):
    """What every channel has that is posted to over HTTP."""

    # the address that the service gave; it is a secret, since who knows it can post
    url: Secret
    # http:// is refused without it
    allow_http: bool = False
    # addresses of this machine and of private networks are refused without it
    allow_private: bool = False
    # of the whole exchange, from the name to the last byte of the answer
    timeout_seconds: float = Field(default=20.0, gt=0, le=120)

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: SecretStr) -> SecretStr:
        if not _ADDRESS.match(value.get_secret_value()):
            raise ValueError("is no address; it begins with https://")
        return value


class SlackSettings(HttpSettings):
    """Slack incoming webhook."""

    type: Literal["slack"]


class DingTalkSettings(HttpSettings):
    """DingTalk group robot."""

    type: Literal["dingtalk"]
    # of the signature, where the robot asks for one
    secret: Secret | None = None
    # a word that the robot wants to see in every message
    keyword: str = ""


class WeComSettings(HttpSettings):
    """WeCom group robot."""

    type: Literal["wecom"]
    # send the chart as a picture after the text
    image: bool = False


class WeComAppSettings(ChannelSettings):
    """WeCom application messages."""

    type: Literal["wecom_app"]
    corp_id: str = Field(min_length=1)  # of the company
    corp_secret: Secret  # of the application
    agent_id: int  # of the application
    to_user: str = ""  # user ids joined by |; @all for everybody
    to_party: str = ""  # department ids joined by |
    to_tag: str = ""  # tag ids joined by |
    url: str = "https://qyapi.weixin.qq.com"  # of the API
    allow_http: bool = False  # http:// is refused without it
    allow_private: bool = False  # private addresses are refused without it
    # of each exchange
    timeout_seconds: float = Field(default=20.0, gt=0, le=120)


class FeishuSettings(HttpSettings):
    """Feishu or Lark custom bot."""

    type: Literal["feishu"]
    # of the signature, where the bot asks for one
    secret: Secret | None = None
    # a word that the bot wants to see in every message
    keyword: str = ""


class TeamsSettings(HttpSettings):
    """Microsoft Teams, a workflow that posts what it gets."""

    type: Literal["teams"]


class WorktileSettings(HttpSettings):
    """Worktile incoming service; the message keeps the shape that the hook proxy sent."""

    type: Literal["worktile"]


class BearyChatSettings(HttpSettings):
    """BearyChat incoming robot: the service is gone, servers that speak its format are not."""

    type: Literal["bearychat"]
    channel: str = ""  # default: that of the robot


class WebhookSettings(HttpSettings):
    """Any HTTP server: the digest as JSON, signed as Standard Webhooks has it."""

    type: Literal["webhook"]
    # whsec_ and base64, or any text; several while one replaces another
    secrets: tuple[Secret, ...] = ()
    # sent along, such as Authorization
    headers: Mapping[str, Secret] = Field(default_factory=dict)
    # most bytes of a body; what does not fit is left out by whole rows, and said
    max_bytes: int = Field(default=20_000, ge=8_000, le=5_000_000)

    @field_validator("secrets")
    @classmethod
    def _readable_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for number, secret in enumerate(value, start=1):
            text = secret.get_secret_value()
            if text.startswith(_ENCODED):
                _require_base64(text.removeprefix(_ENCODED), f"number {number} of the secrets")
        return value

    @field_validator("headers")
    @classmethod
    def _sendable_headers(cls, value: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        for name, text in value.items():
            if not sendable_header(name) or name.lower().startswith(_OUR_HEADERS):
                raise ValueError(f"{name[:60]!r} cannot be the name of a header of one's own")
            if not sendable_header(name, text.get_secret_value()):
                raise ValueError(f"the header {name} has a value that cannot be sent")
        return value


class EmailSettings(ChannelSettings):
    """SMTP."""

    type: Literal["email"]
    host: HostText = Field(min_length=1)  # of the mail server
    # default: 587; 465 with implicit, 25 with none
    port: int | None = Field(default=None, ge=1, le=65_535)
    # none sends everything readable, the password too
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    # PEM file of the authority that signed the server's certificate; default: the machine's
    ca_file: Path | None = None
    username: str = ""  # of a login
    password: Secret | None = None  # of a login
    # digest@example.org, or a name and the address in <>, here and below
    sender: AddressText
    to: tuple[AddressText, ...] = Field(min_length=1)  # who gets it
    cc: tuple[AddressText, ...] = ()  # who gets a copy
    # the whole digest as an HTML page beside the mail
    attach: bool = False
    timeout_seconds: float = Field(default=30.0, gt=0, le=300)  # for each answer

    @model_validator(mode="after")
    def _whole_login(self) -> EmailSettings:
        if bool(self.username) != bool(self.password):
            raise ValueError("a login needs both username and password")
        return self


class AppriseSettings(ChannelSettings):
    """Any service that the apprise package knows; what it answers is not verified."""

    type: Literal["apprise"]
    url: Secret  # as apprise writes it


AnyChannelSettings = Annotated[
    SlackSettings
    | DingTalkSettings
    | WeComSettings
    | WeComAppSettings
    | FeishuSettings
    | TeamsSettings
    | WorktileSettings
    | BearyChatSettings
    | WebhookSettings
    | EmailSettings
    | AppriseSettings,
    Field(discriminator="type"),
]

# by type
CHANNEL_MODELS: Mapping[str, type[ChannelSettings]] = {
    get_args(model.model_fields["type"].annotation)[0]: model
    for model in get_args(get_args(AnyChannelSettings)[0])
}
