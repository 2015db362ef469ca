"""Errors of the collector.

CollectorError
├── InputError      a file or stream that cannot be read as events
│   └── ForeignError       it can be read, and holds other objects
├── Unreadable      one record that cannot become an observation
└── StoreError      the database refuses
    ├── UnreachableError   no connection
    ├── SchemaError        the schema is missing, newer, changed, or may not be changed
    └── AddressError       the database URL cannot be used

None of the messages holds a password or more than 256 characters of foreign text.
"""

from __future__ import annotations


class CollectorError(Exception):
    """The collector cannot go on."""


class InputError(CollectorError):
    """The input cannot be read as Kubernetes events."""


class ForeignError(InputError):
    """The input is whole and holds other objects than events."""


class Unreadable(CollectorError):  # noqa: N818 - names the record's state, and is never the user's error
    """The record is not a Kubernetes event that can be counted."""


class StoreError(CollectorError):
    """The database refused."""


class UnreachableError(StoreError):
    """The database cannot be reached."""


class SchemaError(StoreError):
    """The database schema does not fit this version."""


class AddressError(StoreError):
    """The database URL cannot be used."""
