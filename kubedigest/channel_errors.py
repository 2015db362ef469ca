"""What is wrong with the channels of a configuration, in the words of who wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from kubedigest.value_errors import in_words, word
from reports.channels.settings import CHANNEL_MODELS, ChannelSettings

EXAMPLE = "{type: slack, url: {env: SLACK_URL}}"

TYPES = ", ".join(CHANNEL_MODELS)


def channel_sentence(error: Mapping[str, Any]) -> str:
    """Return what goes on after the name of the configuration; no value is shown.

    Parameters
    ----------
    error
        Of pydantic, inside of ``channels``: its place begins with the name of a channel.
    """
    _, name, *place = error["loc"]
    if place[-1:] == ["[key]"]:
        return f", the name of a channel {in_words(error)}"
    where = f", channel {word(name) or 'with a name that is no word'}"
    if error["type"] == "model_attributes_type":
        return f"{where}: must be a mapping such as {EXAMPLE}"
    if error["type"] == "union_tag_not_found":
        return f"{where}, key 'type': is missing; known types: {TYPES}"
    if error["type"] == "union_tag_invalid":
        named = word(error["ctx"]["tag"])
        there = f"there is no {named}" if named else "is none"
        return f"{where}, key 'type': {there}; known types: {TYPES}"
    tag, *place = place
    return _inside(error, where, str(tag), place)


def fallback_mistake(channels: Mapping[str, ChannelSettings]) -> str:
    """Return what is wrong with the fallbacks of some channels, "" where nothing is."""
    for name in channels:
        seen = [name]
        while (following := channels[seen[-1]].fallback) is not None:
            if following not in channels:
                named = f"the fallback {word(following)}".rstrip()
                known = ", ".join(channels)
                return f"{named} of {seen[-1]!r} is no channel; channels: {known}"
            if following in seen:
                return _circle([*seen[seen.index(following) :], following])
            seen.append(following)
    return ""


def _circle(names: Sequence[str]) -> str:
    if len(names) == 2:
        return f"{names[0]!r} is its own fallback; name another channel"
    return f"the fallbacks go in a circle: {' -> '.join(names)}; one of them has to go without"


def _inside(error: Mapping[str, Any], where: str, tag: str, place: list[int | str]) -> str:
    """Return what is wrong inside of the settings of one channel."""
    if not place:  # of several keys together
        return f"{where}: {in_words(error)}"
    *parents, key = place
    inner = [str(one) for one in parents if isinstance(one, str)]
    where += "".join(f", {one}" for one in inner)
    if error["type"] == "extra_forbidden":
        known = ", ".join(sorted(_model(CHANNEL_MODELS[tag], inner).model_fields))
        named = f"the unknown key {word(key)}" if word(key) else "an unknown key"
        return f"{where} has {named}; known keys: {known}"
    if isinstance(key, int):  # of a list
        key = inner.pop() if inner else "type"
        where = where.removesuffix(f", {key}")
    return f"{where}, key {word(key) or 'that is no word'}: {in_words(error)}"


def _model(model: type[BaseModel], inner: list[str]) -> type[BaseModel]:
    for name in inner:
        found = model.model_fields[name].annotation
        assert isinstance(found, type)  # noqa: S101 - only models refuse keys
        model = found
    return model
