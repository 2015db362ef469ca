"""Which container image a message is about."""

from __future__ import annotations

import re

# kubelet always quotes it: Pulling image "x", Failed to apply default image tag "x"; text that was
# quoted once more on its way has backslashes before the quotes
_IMAGE = re.compile(r'\bimage (?:tag )?\\*"([^"\\\s]{1,512})\\*"', re.IGNORECASE)


def image_of(message: str) -> str:
    r"""Return the first image that a message names, as it is written there.

    Parameters
    ----------
    message
        Of any event.

    Returns
    -------
    str
        The reference, such as ``nginx`` or ``quay.io/app/web:1.2``; "" where none is named or its
        quotes are not closed, as in a message that was cut.

    Examples
    --------
    >>> image_of('Back-off pulling image "quay.io/app/web:1.2"')
    'quay.io/app/web:1.2'
    >>> image_of('Container image "nginx" is not present with pull policy of Never')
    'nginx'
    >>> image_of("Back-off restarting failed container web in pod web-0")
    ''
    """
    found = _IMAGE.search(message)
    return found[1] if found else ""
