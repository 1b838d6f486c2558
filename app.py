"""The app's router: which pages there are is data in ``pages/components/shell.py``."""

from pages.components import shell

shell.route().run()
