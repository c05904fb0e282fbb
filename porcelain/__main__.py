"""`python -m porcelain` is `wj`."""

from __future__ import annotations

import sys

from porcelain.cli import main

sys.exit(main())
