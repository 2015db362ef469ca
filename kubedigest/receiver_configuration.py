"""What can be configured of the receiver. The names of the fields are the keys in the YAML file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from kubedigest.names import channel_name, cluster_name, some_text
from reports.channels.settings import Secret

DEFAULT_LISTEN = "127.0.0.1:10010"
_ENCODED = "whsec_"
_SHORTEST_SECRET = 8


def _template_text(value: object) -> object:
    """Return a template that stands in the file itself, or in the file that it names."""
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"file"}:
        raise ValueError("a template is a text, the name of a known one, or {file: PATH}")
    path = Path(str(value["file"]))
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the file {str(path)!r} cannot be read") from error


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SHORTEST_SECRET:
        raise ValueError(f"must have at least {_SHORTEST_SECRET} characters")
    return value


Guarded = Annotated[Secret, AfterValidator(_long_enough)]
SomeText = Annotated[str, AfterValidator(some_text)]


class RouteConfiguration(BaseModel):
    """Who may send to one path and what is below it, and what they send."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    path: str = "/"  # and all below it; the longest path wins
    # name in the store; default: cluster of the configuration
    cluster: Annotated[str, AfterValidator(cluster_name)] | None = None
    # store what the sender calls the cluster, where it does
    names_cluster: bool = False
    # bearer tokens, or in the path: /hook/TOKEN/...; several while one replaces another
    tokens: tuple[Guarded, ...] = ()
    # of signatures as Standard Webhooks has them; whsec_ and base64, or any text
    secrets: tuple[Guarded, ...] = ()
    # names in client certificates; needs client_authority of tls
    certificates: tuple[SomeText, ...] = ()
    # what kube-eventer renders: the text of its ConfigMap, {file: PATH}, or the name of a known one
    template: Annotated[str, BeforeValidator(_template_text), Field(min_length=1)] | None = None
    # of a layout of kubernetes-event-exporter: field of an event -> path in the layout
    fields: Mapping[str, SomeText] = Field(default_factory=dict)

    @field_validator("path")
    @classmethod
    def _whole_path(cls, value: str) -> str:
        if not value.startswith("/") or not value.isprintable() or "?" in value:
            raise ValueError("a path begins with / and has no ?")
        if value.startswith("/hook/"):
            raise ValueError("below /hook/ stand tokens; write the path that follows the token")
        return value

    @field_validator("tokens")
    @classmethod
    def _sendable_tokens(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for number, token in enumerate(value, start=1):
            text = token.get_secret_value()
            if not text.isascii() or not text.isprintable() or set(text) & set(' /?#%"'):
                raise ValueError(f"number {number} of the tokens cannot stand in a header and path")
        return value

    @field_validator("secrets")
    @classmethod
    def _readable_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for number, secret in enumerate(value, start=1):
            text = secret.get_secret_value()
            if text.startswith(_ENCODED) and not _is_base64(text.removeprefix(_ENCODED)):
                raise ValueError(
                    f"number {number} of the secrets starts with {_ENCODED}, and what follows is "
                    "not base64"
                )
        return value


class TlsConfiguration(BaseModel):
    """TLS that the receiver speaks itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    certificate: Path  # PEM, with the chain
    key: Path  # PEM
    # PEM of who signs client certificates; they are asked for and verified then
    client_authority: Path | None = None


class ReceiverConfiguration(BaseModel):
    """How `receive` receives."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # ADDR:PORT; or --listen
    listen: SomeText = DEFAULT_LISTEN
    # folder of the bodies that are not stored yet, on a disk that survives a restart; or --spool
    spool: SomeText | None = None
    # [MiB] after which bodies are answered 503; or --spool-limit
    spool_limit_mib: int = Field(default=1024, ge=16, le=1 << 20)
    # of one body, as it comes and unpacked
    max_body_bytes: int = Field(default=1 << 20, ge=1024, le=8 << 20)
    # from the first byte of a request to its last
    request_seconds: int = Field(default=15, ge=1, le=300)
    # one more closes the one whose request has taken longest
    max_connections: int = Field(default=2000, ge=10, le=20_000)
    # requests of one address, or of one /64 of IPv6; ten times as many at once
    per_second: int = Field(default=1000, ge=1, le=1_000_000)
    # default: plain HTTP
    tls: TlsConfiguration | None = None
    # default: one, /, without protection, on loopback only
    routes: tuple[RouteConfiguration, ...] = ()
    # channel that GET /eventer/statistical sends the daily table to
    statistical_channel: Annotated[str, AfterValidator(channel_name)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ReceiverConfiguration:
        paths = ["/".join(filter(None, one.path.split("/"))) for one in self.routes]
        for path in paths:
            if paths.count(path) > 1:
                raise ValueError(f"two of the routes have the path /{path}")
        verifies = self.tls is not None and self.tls.client_authority is not None
        if any(one.certificates for one in self.routes) and not verifies:
            raise ValueError("a route asks for certificates, and tls has no client_authority")
        return self


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False
