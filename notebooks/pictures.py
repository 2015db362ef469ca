"""Make the pictures of the documentation: run the notebooks, save each figure by its name.

python notebooks/pictures.py docs/notebooks
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import matplotlib as mpl

RESOLUTION = 90  # dots per inch


def main(folder: Path) -> None:
    """Write one PNG a figure into *folder*."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    for notebook in sorted(Path(__file__).parent.glob("[0-9]*.py")):
        runpy.run_path(str(notebook))
        for label in plt.get_figlabels():
            figure = plt.figure(label)
            made_by = {"Software": f"matplotlib {mpl.__version__}"}
            figure.savefig(folder / f"{label}.png", dpi=RESOLUTION, metadata=made_by)
        plt.close("all")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
