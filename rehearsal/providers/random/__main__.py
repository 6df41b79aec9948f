"""Serve the stand-in to the engine: `python -m rehearsal.providers.random <engine address>`."""

import sys

from pulumi.provider.experimental.server import main

from rehearsal.providers.random.provider import VERSION, RandomProvider

if __name__ == "__main__":
    main(sys.argv[1:], VERSION, RandomProvider())
