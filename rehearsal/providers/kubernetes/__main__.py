"""`python -m rehearsal.providers.kubernetes <engine address>`: what the engine starts as the plugin's program."""

import asyncio
import sys
from importlib.metadata import version

from .server import serve


def main() -> None:
    """Serve until the engine ends the process; options that the engine adds for logging are not needed."""
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if not addresses:
        sys.exit("usage: python -m rehearsal.providers.kubernetes ENGINE_ADDRESS (it is started by the Pulumi engine)")
    try:
        asyncio.run(serve(addresses[-1], version("pulumi-kubernetes")))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
