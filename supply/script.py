"""The script that copies what a stack pulls to the customer's registry. Pure: an inventory and pins in, bash out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Literal, TypeAlias

from supply.errors import SupplyError
from supply.references import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from supply.listing import Listed
    from supply.pins import Pin

Tool: TypeAlias = Literal["skopeo", "crane"]

_TOOLS: dict[Tool, str] = {
    # `dir:` keeps every manifest byte for byte, so that digests stay what they are; an OCI layout would not.
    "skopeo": """\
digest_of() { skopeo inspect --raw "docker://$1" >"$scratch/manifest" && skopeo manifest-digest "$scratch/manifest"; }
copy_image() { skopeo copy --all --preserve-digests "docker://$1" "docker://$2"; }
download_image() { skopeo copy --all --preserve-digests "docker://$1" "dir:$2"; }
upload_image() { skopeo copy --all --preserve-digests "dir:$1" "docker://$2"; }
""",
    "crane": """\
digest_of() { crane digest "$1"; }
copy_image() { crane copy "$1" "$2"; }
download_image() { crane pull --format=oci "$1" "$2"; }
upload_image() { crane push "$1" "$2"; }
""",
}

_FRAME = """\
#!/usr/bin/env bash
# Brings the images and charts of the stack {stack} to {registry}. Made by `python -m supply mirror`.
#
#   with nothing              copies, from a machine that reaches both sides
#   with download DIRECTORY   puts everything into a directory, on a machine with internet
#   with upload DIRECTORY     takes it from there, on a machine that reaches the registry
#
# It can be run again: what is there already is left alone. Log in to both sides before, with {tool} and with helm.
set -euo pipefail

mode=${{1:-copy}}
store=${{2:-.}}
case $mode in
  copy) ;;
  download | upload) [ $# -eq 2 ] || {{ echo "usage: bash $0 $mode DIRECTORY" >&2; exit 2; }} ;;
  *) echo "usage: bash $0 [copy | download DIRECTORY | upload DIRECTORY]" >&2; exit 2 ;;
esac
for program in {programs}; do
  command -v "$program" >/dev/null || {{ echo "$program is not installed" >&2; exit 1; }}
done
mkdir -p "$store/charts"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
digests=$store/image-digests.txt
: >>"$digests"

{functions}
fail() {{ echo "$*" >&2; exit 1; }}

# Arguments: upstream name, the same by digest where one is known, name in the mirror, directory in the store.
image() {{
  local upstream=$1 source=$2 target=$3 kept=$store/images/$4 wanted found
  if [ "$mode" = upload ]; then
    wanted=$(cat "$kept.digest") || fail "$upstream: not downloaded"
  else
    wanted=$(digest_of "$source") || fail "$upstream: cannot be read"
  fi
  if [ "$mode" = download ]; then
    if [ "$(cat "$kept.digest" 2>/dev/null)" != "$wanted" ]; then
      rm -rf "$kept"
      mkdir -p "$store/images"
      download_image "$source" "$kept"
      echo "$wanted" >"$kept.digest"
    fi
  else
    found=$(digest_of "$target" 2>/dev/null) || found=
    if [ "$found" != "$wanted" ]; then
      if [ "$mode" = copy ]; then copy_image "$source" "$target"; else upload_image "$kept" "$target"; fi
      found=$(digest_of "$target") || fail "$target: cannot be read after it was copied"
      [ "$found" = "$wanted" ] || fail "$target: has digest $found, and upstream $wanted"
    fi
  fi
  grep -qxF "$upstream $wanted" "$digests" || echo "$upstream $wanted" >>"$digests"
  echo "$upstream: $wanted"
}}

# Arguments: name, version, what `helm pull` takes it from, SHA-256 of the archive or nothing.
chart() {{
  local name=$1 version=$2 sum=$4 file=$store/charts/$1-$2.tgz
  if [ ! -f "$file" ]; then
    [ "$mode" != upload ] || fail "$file: not downloaded"
    case $3 in
      oci://*) helm pull "$3/$name" --version "$version" --destination "$store/charts" ;;
      *) helm pull "$name" --repo "$3" --version "$version" --destination "$store/charts" ;;
    esac
  fi
  if [ -n "$sum" ]; then
    echo "$sum  $file" | sha256sum --check --status || fail "$file: is not the archive that was pinned ($sum)"
  fi
{push}  echo "chart $name $version: $file"
}}

{calls}"""

_REGISTRY = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*")
_PUSH = """\
  if [ "$mode" != download ] && ! helm show chart {registry}/"$name" --version "$version" >/dev/null 2>&1; then
    helm push "$file" {registry}
  fi
"""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be brought to whom."""

    stack: str
    registry: str
    """Host and path of the mirror of images."""
    images: Sequence[Listed]
    pins: Sequence[Pin]
    charts: str | None = None
    """Host and path of the registry that charts are pushed to; None leaves them in a directory."""
    digests: Mapping[str, str]
    """Digests that are known, by upstream name."""


def script(order: Order, tool: Tool) -> str:
    """Write the script.

    Raises:
        SupplyError: an image has no upstream name although the customer does not bring it, or a registry is none.
    """
    for registry in filter(None, (order.registry, order.charts)):
        if not _REGISTRY.fullmatch(registry):
            raise SupplyError(f"registry {registry!r} is none; allowed: <host>[:<port>][/<path>]")
    push = _PUSH.format(registry=quote(f"oci://{order.charts}")) if order.charts else ""
    return _FRAME.format(
        stack=order.stack,
        registry=order.registry,
        tool=tool,
        programs=f"{tool} helm sha256sum",
        functions=_TOOLS[tool],
        push=push,
        calls="\n".join([*_image_calls(order), *_chart_calls(order), ""]),
    )


def _image_calls(order: Order) -> Iterator[str]:
    for image in order.images:
        if image.brought:
            yield f"# Yours to bring: {parse(image.name)}"
            continue
        if image.upstream is None:
            raise SupplyError(f"image {image.name}: its upstream name is not known")
        reference = parse(image.upstream)
        digest = reference.digest or order.digests.get(image.upstream)
        path = f"{reference.host}/{reference.path}"
        source = f"{path}@{digest}" if digest else str(reference)
        # A destination with a tag keeps the tag alone: the digest comes with what is copied.
        target = f"{order.registry}/{reference.path}" + (f":{reference.tag}" if reference.tag else f"@{digest}")
        kept = re.sub(r"[^\w.-]", "_", image.upstream)
        yield f"image {quote(image.upstream)} {quote(source)} {quote(target)} {quote(kept)}"


def _chart_calls(order: Order) -> Iterator[str]:
    for pin in order.pins:
        yield f"chart {quote(pin.name)} {quote(pin.version)} {quote(pin.repository)} {quote(pin.digest or '')}"
