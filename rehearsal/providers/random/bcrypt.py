"""bcrypt hashes from the system's own crypt(3); neither Python's newer releases nor `cryptography` have them."""

import ctypes
import secrets
import string
from functools import cache
from threading import Lock

COST = 10
"""Cost of a hash as a power of two; the official provider takes Go's default, which is this."""

_LONGEST = 72
_SALT_CHARACTERS = "./" + string.ascii_uppercase + string.ascii_lowercase + string.digits
_LAST_SALT_CHARACTERS = ".Oeu"  # 16 bytes leave two bits for the 22nd character
_ONE_AT_A_TIME = Lock()  # crypt(3) answers in a buffer of its own


@cache
def _library() -> ctypes.CDLL | None:
    for name in ("libcrypt.so.2", "libcrypt.so.1"):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        library.crypt.restype = ctypes.c_char_p
        return library
    return None


def bcrypt_hash(text: str) -> str | None:
    """Hash the first 72 bytes of a text (bcrypt takes no more); None where the system's crypt(3) has no bcrypt."""
    library = _library()
    if library is None:
        return None
    salt = "".join(secrets.choice(_SALT_CHARACTERS) for _ in range(21)) + secrets.choice(_LAST_SALT_CHARACTERS)
    with _ONE_AT_A_TIME:
        answer: bytes | None = library.crypt(text.encode()[:_LONGEST], f"$2a${COST}${salt}".encode())
    return answer.decode() if answer and answer.startswith(b"$2a$") else None
