"""``python -m masw_core``."""

import sys

from masw_core.commands.cli import main

sys.exit(main())
