"""Files that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supply.errors import SupplyError

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path) -> str:
    """Read a file.

    Raises:
        SupplyError: it cannot be read, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SupplyError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SupplyError(f"{path}: is not text") from None


def write(path: Path, text: str) -> None:
    """Write a file.

    Raises:
        SupplyError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SupplyError(f"{path}: {error.strerror}") from None
