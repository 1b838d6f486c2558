"""``python -m masw_core``."""

import sys

from masw_core.cli import main

sys.exit(main())
