"""The templates and layouts of the configured routes."""

from __future__ import annotations

from collector.bodies import Templates
from collector.errors import TemplateError
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError


def receiver_templates(settings: Configuration) -> Templates:
    """Return the templates and layouts of all routes, each under the path of its route.

    Raises
    ------
    UsageError
        One of them cannot be used.
    """
    routes = settings.receiver.routes
    try:
        return Templates(
            {one.path: one.template for one in routes if one.template is not None},
            {one.path: one.fields for one in routes if one.fields},
        )
    except TemplateError as error:
        raise UsageError(f"routes of receiver: {error}") from error
