"""The path that Istio's policies see, by `meshConfig.pathNormalization`.

Source: https://istio.io/latest/docs/reference/config/security/normalization; the order of the steps is that of Envoy
(source/common/http/conn_manager_utility.cc): escaped slashes, dot segments, then doubled slashes.
"""

from __future__ import annotations

import re


def normalize(path: str, how: str) -> str | None:
    """Return the path that policies see, without query; None for one that the proxy refuses."""
    path = path.partition("?")[0]
    if not path.startswith("/") or "#" in path:
        return None
    if how == "NONE":
        return path
    if how == "DECODE_AND_MERGE_SLASHES":
        path = re.sub(
            r"%2f|%5c", lambda escaped: "/" if escaped[0].lower() == "%2f" else "\\", path, flags=re.IGNORECASE
        )
    path = re.sub("%2e", ".", path.replace("\\", "/"), flags=re.IGNORECASE)
    kept: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
        if segment in (".", "..") and index == len(segments) - 1:
            kept.append("")
    path = "/" + "/".join(kept)
    return re.sub("/{2,}", "/", path) if how in ("MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES") else path
