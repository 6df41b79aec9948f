"""`python -m supply`."""

from supply.cli import main

if __name__ == "__main__":
    main()
