"""``python -m masw_core``, the same as the command ``masw``."""

import sys

from masw_core.commands.cli import main

sys.exit(main())
