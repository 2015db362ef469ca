"""What the readers of a channel's texts would act on, made harmless, one function each.

A template's process imports these by name. A line to copy stays what it is where it can.
"""

from __future__ import annotations

from reports.channels.defusing import defused, entities, mrkdwn, safe_command
from reports.channels.markdown_text import escaped, is_copyable

_COMMAND = "kubectl "


def for_slack(text: str) -> str:
    """Return inert *text* for any text of a Slack message.

    >>> for_slack("<!here> a & b"), for_slack("kubectl --context admin@prod get pods")
    ('‹!here› a &amp; b', 'kubectl --context admin@prod get pods')
    """
    return entities(text) if safe_command(text) else mrkdwn(defused(text))


def for_chat(text: str) -> str:
    """Return inert *text* for chats that look for links and mentions.

    >>> for_chat("<at>all</at> [a](b)")
    '‹at›all‹/at› [a] (b)'
    """
    return safe_command(text) or defused(text)


def for_markdown(text: str) -> str:
    r"""Return inert *text* for the markdown of DingTalk, WeCom and Feishu.

    >>> print(ascii(for_markdown("a|b")), for_markdown("kubectl --context admin@prod get pods"))
    'a\uff5cb' kubectl --context admin@prod get pods
    """
    is_command = text.startswith(_COMMAND) and is_copyable(text)
    return text if is_command else escaped(text)
