"""Where the files that come with the project are: weights, icons, samples, recorded results, tables, the explorer.

In a checkout they lie at its top level; an installed wheel carries the same folders inside the package. Everything
else asks this module and never looks for a folder itself.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def assets_folder() -> Path:
    """The folder with the project's files, of the checkout or of the installed package."""
    installed = _PACKAGE / "assets"
    return installed if installed.is_dir() else _PACKAGE.parent / "assets"


def explorer_folder() -> Path:
    """The folder with ``app.py``, ``pages`` and ``.streamlit``, of the checkout or of the installed package."""
    installed = _PACKAGE / "explorer"
    return installed if installed.is_dir() else _PACKAGE.parent


ASSETS = assets_folder()
