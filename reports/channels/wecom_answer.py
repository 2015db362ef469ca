"""What WeCom answers, to robots and to applications; its sentences may change, its numbers not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reports.channels.coded_answer import Coded, Meaning, coded
from reports.transport import Answer

SERVICE = "WeCom"

MEANINGS: Mapping[int, Meaning] = MappingProxyType(
    {
        -1: Meaning(state="not sent", reason="the service is busy", retry_after_seconds=10.0),
        6000: Meaning(
            state="not sent", reason="another call was in the way", retry_after_seconds=10.0
        ),
        45_009: Meaning(
            state="not sent",
            reason="too many messages",
            hint="A robot takes 20 a minute; let fewer senders share it.",
            retry_after_seconds=60.0,
        ),
        45_033: Meaning(
            state="not sent", reason="too many calls at once", retry_after_seconds=10.0
        ),
        40_058: Meaning(
            state="refused",
            reason="the message is too long, or not one that WeCom takes",
            hint="Lower top; with a template of your own, shorten what it writes.",
        ),
        93_000: Meaning(
            state="refused",
            reason="the key in the webhook address is not valid",
            hint="Copy the robot's webhook address again.",
        ),
        93_004: Meaning(
            state="refused", reason="the robot is switched off", hint="Switch it on in the group."
        ),
        93_008: Meaning(
            state="refused",
            reason="the robot is not in the group",
            hint="Add it to the group again.",
        ),
        40_009: Meaning(state="refused", reason="the picture is too large"),
        301_019: Meaning(state="refused", reason="the checksum of the picture is wrong"),
        40_001: Meaning(
            state="refused",
            reason="the secret of the application is wrong",
            hint="Set corp_secret to the application's secret.",
        ),
        40_013: Meaning(
            state="refused",
            reason="there is no such company",
            hint="Set corp_id to the id of the company.",
        ),
        40_056: Meaning(
            state="refused",
            reason="there is no such application",
            hint="Set agent_id to the application's number.",
        ),
        60_020: Meaning(
            state="refused",
            reason="this machine's address is not one of the application's",
            hint="Add the address that this machine is seen with to the application's trusted "
            "addresses.",
        ),
        81_013: Meaning(
            state="refused",
            reason="not one of the recipients exists or may use the application",
            hint="Check to_user, to_party and to_tag, and who may see the application.",
        ),
        82_001: Meaning(
            state="refused",
            reason="the message names no recipient",
            hint="Set to_user, to_party or to_tag.",
        ),
    }
)


def found_code(answer: Answer) -> Coded | None:
    """Return the number in an answer of WeCom, None where there is none."""
    return coded(answer, ("errcode",), ("errmsg",))
