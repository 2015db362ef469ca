"""``python -m kubedigest``."""

from __future__ import annotations

from kubedigest.cli import main

if __name__ == "__main__":
    main()
