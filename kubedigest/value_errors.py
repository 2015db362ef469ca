"""What is wrong with one value of a configuration, without showing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_SENTENCES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "finite_number": "must be a number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "invalid_key": "must be a text; put quotes around it",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "mapping_type": "must be a mapping",
    "missing": "is missing",
    "model_type": "must be a mapping",
    "path_type": "must be the path of a file",
    "string_too_long": "takes at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": "must be a text; put quotes around it",
    "too_long": "takes at most {max_length} entries",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
}


def in_words(error: Mapping[str, Any]) -> str:
    """Return what pydantic found, in plain words."""
    if known := _SENTENCES.get(error["type"]):
        return known.format(**error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ")


def word(text: object) -> str:
    """Return a text that stands where a word should, or "" where it could be a secret.

    A colon without a space after it makes ``url:https://…`` a key.

    >>> word("contxt"), word("url:https://hooks.example.com/T0/secret")
    ("'contxt'", '')
    """
    return repr(text) if _WORD.fullmatch(str(text)) else ""
