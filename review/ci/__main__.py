"""The command line of the workflows: `python -m review.ci stacks|comment|drift|fingerprint`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from review.ci import stacks
from review.ci.fingerprint import PreviewError, fingerprint
from review.ci.forge import forge_of, run_url
from review.ci.rest import ForgeError
from review.ci.sticky import comment, drift

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, FAILED, DIFFERENT = 0, 1, 2
SEEN_WITHOUT = (
    "Made without credentials, on a rehearsal: it cannot see drift, what providers compute, real data, or what real "
    "charts render."
)


def _stacks(options: argparse.Namespace) -> int:
    """Print the stacks, and set the output `stacks` of the step to them."""
    names = stacks.every(Path.cwd())
    if options.only:
        if options.only not in names:
            raise stacks.StacksError(f"there is no stack {options.only!r}; the stacks there are: {', '.join(names)}")
        names = [options.only]
    elif options.base:
        names = stacks.touched(stacks.changed_files(Path.cwd(), options.base), names)
    text = json.dumps(names)
    if output := os.environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a") as file:
            file.write(f"stacks={text}\n")
    sys.stdout.write(f"{text}\n")
    return OK


def _comment(options: argparse.Namespace) -> int:
    """Comment on the change, one comment per stack."""
    names = json.loads(options.stacks)
    if wrong := [name for name in names if not stacks.NAME.fullmatch(name)]:
        raise stacks.StacksError(f"{wrong[0]!r} is no name of a stack")
    reviews = {name: _text(options.reviews / f"review-{name}" / "review.md") for name in names}
    for line in comment(forge_of(), reviews, f"<sub>{SEEN_WITHOUT} {_whole_report()}</sub>"):
        sys.stdout.write(f"{line}\n")
    return OK


def _drift(options: argparse.Namespace) -> int:
    """Open, update or close the issue of a stack."""
    review = _text(options.review) if options.review else None
    if options.review and review is None:
        raise ForgeError(f"{options.review}: there is no review to put into an issue")
    sys.stdout.write(f"{drift(forge_of(), options.stack, review, f'<sub>{_whole_report()}</sub>')}\n")
    return OK


def _fingerprint(options: argparse.Namespace) -> int:
    """Print the digest of a preview, or compare it with one."""
    try:
        found = fingerprint(json.loads(options.preview.read_text()))
    except (OSError, ValueError) as error:
        raise PreviewError(f"{options.preview}: {error}") from error
    if options.expect is None:
        sys.stdout.write(f"{found}\n")
        return OK
    if options.expect != found:
        sys.stderr.write(
            "What would be applied now is not what was reviewed: the environment or the program has changed since. "
            "Nothing was applied. Run the workflow again and read its new review.\n"
        )
        return DIFFERENT
    sys.stdout.write("What would be applied is what was reviewed.\n")
    return OK


def _text(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def _whole_report() -> str:
    return f"[The run and the whole report]({run_url(os.environ)})"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m review.ci", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    each = commands.add_parser("stacks", help="list the stacks: all, one, or those that a change touches")
    each.add_argument("--base", metavar="REVISION", help="only those touched since this revision")
    each.add_argument("--only", metavar="STACK", help="only this one, which must be there")
    each.set_defaults(run=_stacks)
    each = commands.add_parser("comment", help="comment on the change, one comment per stack that updates")
    each.add_argument("--stacks", required=True, metavar="JSON", help="list of the stacks touched")
    each.add_argument("--reviews", required=True, type=Path, metavar="DIRECTORY", help="with review-<stack>/review.md")
    each.set_defaults(run=_comment)
    each = commands.add_parser("drift", help="open, update or close the issue on the drift of a stack")
    each.add_argument("--stack", required=True)
    each.add_argument("--review", type=Path, metavar="FILE", help="what has drifted; nothing has without it")
    each.set_defaults(run=_drift)
    each = commands.add_parser("fingerprint", help="print the digest of a preview, or compare it")
    each.add_argument("preview", type=Path, metavar="PREVIEW.json")
    each.add_argument("--expect", metavar="DIGEST", help="exit 2 if it is another one")
    each.set_defaults(run=_fingerprint)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0, 1 if it could not, 2 if the previews differ."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ForgeError, PreviewError, stacks.StacksError) as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
