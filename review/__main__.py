"""`python -m review`."""

from __future__ import annotations

import gc
import sys

from review.cli import main

# A review builds plain trees and ends: looking for cycles among them takes a third of its time and finds none.
gc.disable()
sys.exit(main())
