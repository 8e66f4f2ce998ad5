"""`python -m llmlab`: set up if need be, then the command line, in the course's environment."""

from __future__ import annotations

import sys

from llmlab import bootstrap

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run one verb of the command line; return its exit status.

    Outside `.venv`, `lab` and `test` set it up first; every other verb uses it where it exists.
    """
    if not bootstrap.inside():
        if arguments and arguments[0] in bootstrap.EXTRAS and not {"-h", "--help"} & set(arguments):
            try:
                bootstrap.set_up(arguments[0])
            except bootstrap.SetupError as error:
                print(f"\n{error}", file=sys.stderr)
                return 1
            except KeyboardInterrupt:
                print("\nStopped. The same command goes on from here.", file=sys.stderr)
                return 130
        if bootstrap.works(bootstrap.python_of(bootstrap.ROOT)):
            return bootstrap.run_inside(arguments)
    from llmlab import cli

    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
