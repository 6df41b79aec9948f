"""The command line of the workflows: `python -m review.ci stacks|comment|drift|live-review|live-up|live-drift`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from review.ci import stacks
from review.ci.forge import forge_of, run_url
from review.ci.live import DRIFT, NONE, Live, LiveError
from review.ci.rest import ForgeError
from review.ci.sticky import comment, drift

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, FAILED = 0, 1
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
    names = [name for name in names if name not in options.without.split()]
    text = json.dumps(names)
    if output := os.environ.get("GITHUB_OUTPUT"):
        with Path(output).open("a") as file:
            file.write(f"stacks={text}\n")
    sys.stdout.write(f"{text}\n")
    return OK


def _comment(options: argparse.Namespace) -> int:
    """Comment on the change, one comment per stack."""
    names = _names(options.stacks)
    reviews = {name: _text(options.reviews / f"review-{name}" / "review.md") for name in names}
    for line in comment(forge_of(), reviews, f"<sub>{SEEN_WITHOUT} {_whole_report()}</sub>"):
        sys.stdout.write(f"{line}\n")
    return OK


def _live(options: argparse.Namespace) -> int:
    """Preview and review on the real environment."""
    return Live(stack=options.stack, out=options.out).review(options.base)


def _up(options: argparse.Namespace) -> int:
    """Apply what was reviewed."""
    return Live(stack=options.stack, out=options.out).up(options.expect)


def _look(options: argparse.Namespace) -> int:
    """Look for drift."""
    return Live(stack=options.stack, out=options.out).drift()


def _issues(options: argparse.Namespace) -> int:
    """Open, update or close an issue per stack; a stack of which nothing is known keeps its issue as it is."""
    forge = forge_of()
    code = OK
    for name in _names(options.stacks):
        directory = options.reports / f"drift-{name}"
        state = (_text(directory / "review.state") or "").strip()
        if state not in {DRIFT, NONE}:
            sys.stderr.write(f"{name}: nobody knows whether it has drifted: the log of its job says why\n")
            code = FAILED
            continue
        review = _text(directory / "review.md") if state == DRIFT else None
        sys.stdout.write(f"{drift(forge, name, review, f'<sub>{_whole_report()}</sub>', drifted=state == DRIFT)}\n")
    return code


def _names(text: str) -> list[str]:
    names = json.loads(text)
    if wrong := [name for name in names if not stacks.NAME.fullmatch(name)]:
        raise stacks.StacksError(f"{wrong[0]!r} is no name of a stack")
    return names


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
    each.add_argument("--except", dest="without", default="", metavar="STACKS", help="leave these out")
    each.set_defaults(run=_stacks)
    each = commands.add_parser("comment", help="comment on the change, one comment per stack that updates")
    each.add_argument("--stacks", required=True, metavar="JSON", help="list of the stacks touched")
    each.add_argument("--reviews", required=True, type=Path, metavar="DIRECTORY", help="with review-<stack>/review.md")
    each.set_defaults(run=_comment)
    each = commands.add_parser("drift", help="open, update or close the issue on the drift of each stack")
    each.add_argument("--stacks", required=True, metavar="JSON", help="list of the stacks")
    each.add_argument("--reports", required=True, type=Path, metavar="DIRECTORY", help="with drift-<stack>/review.*")
    each.set_defaults(run=_issues)
    live = argparse.ArgumentParser(add_help=False)
    live.add_argument("--stack", required=True)
    live.add_argument("--out", type=Path, default=Path("out"), metavar="DIRECTORY", help="for the reports")
    each = commands.add_parser("live-review", parents=[live], help="review a preview of the real environment")
    each.add_argument("--base", metavar="REVISION", help="whose stack file the exemptions are compared with")
    each.set_defaults(run=_live)
    each = commands.add_parser("live-up", parents=[live], help="apply what was reviewed")
    each.add_argument("--expect", required=True, metavar="DIGEST", help="of the preview that was reviewed")
    each.set_defaults(run=_up)
    each = commands.add_parser("live-drift", parents=[live], help="report what differs from the program")
    each.set_defaults(run=_look)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0, 1 if it could not do it, 2 if a review blocks."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ForgeError, LiveError, stacks.StacksError) as error:
        sys.stderr.write(f"error: {error}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
