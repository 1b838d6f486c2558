"""The app's router: which pages there are is data in ``pages/shared/shell.py``."""

from pages.shared import shell

shell.route()
