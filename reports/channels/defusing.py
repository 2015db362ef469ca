"""Foreign text of one line for chats: nothing in it becomes a link, a mention, a tag or a picture.

Nothing else is imported here: a process starts anew for each template of a user's.
"""

from __future__ import annotations

import re
from types import MappingProxyType

# What chats look for in a text, and what is shown instead. Where a link is made and where not is
# up to each client, so none is left: an address stays readable and cannot be tapped.
_ACTIVE = (
    (re.compile(r"<"), "‹"),
    (re.compile(r">"), "›"),
    (re.compile(r"://(?=\S)"), ":// "),
    (re.compile(r"(?i)\bwww\.(?=\S)"), r"\g<0> "),
    (re.compile(r"]\("), "] ("),
    (re.compile(r"!\["), "! ["),
    (re.compile(r"\{(?=\{)"), "{ "),
    (re.compile(r"@(?!sha256:)"), "\uff20"),  # full width: it reads the same
)
_MAY_ACT = re.compile(r"(?i)[<>@]|://|www\.|]\(|!\[|\{\{")  # in few texts
# user@cluster is a usual name of a context, and a shell reads no other sign for it
_INSIDE_A_NAME = re.compile(r"(?i)(?<=\w)@(?!all|everyone|here|channel|team)(?=\w)")
# Slack formats between these signs where they stand at the edge of a word; instead come others
# that look like them
_FORMATTING = MappingProxyType({"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"})
_AT_AN_EDGE = re.compile(r"`|(?<!\w)[*_~]|[*_~](?!\w)")


def defused(text: str) -> str:
    """Return inert *text* with everything changed that a chat would act on.

    >>> print(defused("<!channel> log in at https://evil.example/ [here](x)"))
    ‹!channel› log in at https:// evil.example/ [here] (x)
    """
    if not _MAY_ACT.search(text):
        return text
    for active, shown in _ACTIVE:
        text = active.sub(shown, text)
    return text


def safe_command(line: str) -> str:
    """Return *line* as it is, or "" where it would have to be changed: then it is of no use.

    >>> [safe_command(line) for line in ("kubectl --context me@prod get pods", "kubectl '<b>'")]
    ['kubectl --context me@prod get pods', '']
    """
    looked_at = _INSIDE_A_NAME.sub("", line)
    is_safe = defused(looked_at) == looked_at and "`" not in line
    return line if is_safe and line.startswith("kubectl ") else ""


def mrkdwn(text: str) -> str:
    r"""Return defused *text* for a text of type mrkdwn: escaped, and formatting nothing.

    >>> ascii(mrkdwn("a & <b> *bold* snake_case"))
    "'a &amp; &lt;b&gt; \\u2217bold\\u2217 snake_case'"
    """
    shown = _AT_AN_EDGE.sub(lambda found: _FORMATTING[found[0]], text)
    return entities(shown)


def entities(text: str) -> str:
    """Return *text* with the three signs as entities that Slack reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
