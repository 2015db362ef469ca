"""The services that a digest can be sent to, one file each; each is imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from reports.channels.channel import Channel
from reports.channels.settings import ChannelSettings

CHANNELS: Mapping[str, tuple[str, str]] = MappingProxyType(  # type -> module, class
    {
        "slack": ("slack", "SlackChannel"),
        "teams": ("teams", "TeamsChannel"),
        "worktile": ("worktile", "WorktileChannel"),
        "bearychat": ("bearychat", "BearyChatChannel"),
        "webhook": ("webhook", "WebhookChannel"),
        "apprise": ("apprise", "AppriseChannel"),
        "dingtalk": ("dingtalk", "DingTalkChannel"),
        "wecom": ("wecom", "WeComChannel"),
        "wecom_app": ("wecom_app", "WeComAppChannel"),
        "feishu": ("feishu", "FeishuChannel"),
        "email": ("email", "EmailChannel"),
    }
)


def open_channel(settings: ChannelSettings) -> Channel:
    """Return the channel of these settings; where they name a template, it makes the message."""
    module, name = CHANNELS[settings.type]
    opened: Channel = getattr(import_module(f"reports.channels.{module}"), name)(settings)
    if settings.template is None:
        return opened
    from reports.channels.templated import TemplatedChannel  # which few need

    return TemplatedChannel(opened)
