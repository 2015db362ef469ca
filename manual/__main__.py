"""Write the pages anew that are made from the code."""

from __future__ import annotations

import sys

from manual.pages import PAGES, ROOT


def main() -> None:
    """Write each page, and name those that changed."""
    for name, make in PAGES.items():
        path = ROOT / name
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
