"""The services that digests go to: what each answers when it takes a message, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chat_servers.manners import Manner, http, misbehaving


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One kind of chat."""

    good: Manner
    own: Mapping[str, Manner]  # what only it does
    settings: Mapping[str, object] = field(default_factory=dict)  # besides type and url

    @property
    def manners(self) -> Mapping[str, Manner]:
        """Everything that it may do."""
        return {"taken": self.good, **self.own, **misbehaving(self.good)}


def _no(status: int, body: str | Mapping[str, object], **headers: str) -> Manner:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Manner(takes=False, answer=http(status, body, headers=named))


def _yes(status: int, body: str | Mapping[str, object]) -> Manner:
    return Manner(takes=True, answer=http(status, body))


def _errcode(code: int, message: str) -> Manner:
    return _no(200, {"errcode": code, "errmsg": message})


_WECOM = {
    "200, 45009": _errcode(45009, "api freq out of limit"),
    "200, 40058": _errcode(40058, "markdown.content exceed max length 4096. invalid Request"),
    "200, 93000": _errcode(93000, "invalid webhook url"),
    "200, -1": _errcode(-1, "system busy"),
    "200, no JSON": _no(200, "<html>sign in to the network</html>"),
    "200, errcode as text": _no(200, {"errcode": "40058", "errmsg": "?"}),
}

SERVICES: Mapping[str, Service] = {
    "slack": Service(
        good=_yes(200, "ok"),
        own={
            "200, no_text": _no(200, "no_text"),
            "400, invalid_payload": _no(400, "invalid_payload"),
            "400, invalid_blocks": _no(400, "invalid_blocks"),
            "403, action_prohibited": _no(403, "action_prohibited"),
            "410, channel_is_archived": _no(410, "channel_is_archived"),
            "200, a page": _no(200, "<html>sign in to the network</html>"),
        },
    ),
    "dingtalk": Service(
        good=_yes(200, {"errcode": 0, "errmsg": "ok"}),
        own={
            "200, 310000 sign": _errcode(310000, "sign not match, more: https://example.org"),
            "200, 310000 timestamp": _errcode(310000, "invalid timestamp"),
            "200, 310000 keyword": _errcode(310000, "keywords not in content"),
            "200, 130101": _errcode(130101, "send too fast, exceed 20 times per minute"),
            "200, -1": _errcode(-1, "system busy"),
            "200, no JSON": _no(200, "<html>sign in to the network</html>"),
            "200, []": _no(200, "[]"),
        },
        settings={"secret": "SECtest", "keyword": "kubedigest"},
    ),
    "wecom": Service(good=_yes(200, {"errcode": 0, "errmsg": "ok"}), own=_WECOM),
    "wecom_app": Service(
        good=_yes(200, {"errcode": 0, "errmsg": "ok", "msgid": "m"}),
        own={
            **_WECOM,
            "200, 40014": _errcode(40014, "invalid access_token"),
            "200, 60020": _errcode(60020, "not allow to access from your ip"),
        },
        settings={"corp_id": "c", "corp_secret": "s", "agent_id": 1, "to_user": "u"},
    ),
    "feishu": Service(
        good=_yes(200, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"}),
        own={
            "200, code alone": _yes(200, {"code": 0, "msg": "success", "data": {}}),
            "200, 19021": _no(200, {"code": 19021, "msg": "sign match fail or timestamp is old"}),
            "200, 19022": _no(200, {"code": 19022, "msg": "Ip Not Allowed"}),
            "200, 19024": _no(200, {"code": 19024, "msg": "Key Words Not Found"}),
            "200, 9499": _no(200, {"code": 9499, "msg": "Bad Request"}),
            "200, 11232": _no(200, {"code": 11232, "msg": "create message trigger rate limit"}),
            "400, 11232": _no(400, {"code": 11232, "msg": "frequency limited"}),
            "200, no JSON": _no(200, "<html>sign in to the network</html>"),
        },
        settings={"secret": "test"},
    ),
    "teams": Service(
        good=_yes(202, ""),
        own={
            "200, 1": _yes(200, "1"),
            "200, error 429": _no(
                200,
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned "
                "HTTP error 429",
            ),
            "400": _no(400, {"error": {"code": "TriggerInputSchemaMismatch", "message": "?"}}),
            "413": _no(413, "Request Entity too large"),
        },
    ),
    "worktile": Service(good=_yes(200, "ok"), own={"400": _no(400, "invalid")}),
    "bearychat": Service(
        good=_yes(200, {"code": 0, "result": None}),
        own={"400, 10": _no(400, {"code": 10, "error": "not found"})},
    ),
    "webhook": Service(
        good=_yes(200, ""),
        own={
            "204": _yes(204, ""),
            "400": _no(400, "no"),
            "401": _no(401, "signature"),
            "502 with a time": Manner(
                takes=True, answer=http(502, "", headers={"Retry-After": "7"})
            ),
        },
        settings={"secrets": ["whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0"]},
    ),
}
