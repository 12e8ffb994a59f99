"""The `clew` command: finds the verb, runs it, and turns every failure into one or two lines and an exit code."""

import os
import sys
import traceback

import click

from app.cli.options import ClewGroup, Verbs, wants_json
from app.cli.reporting import LineReporter
from graph.errors import ClewError, StorageError, UsageError
from graph.text import visible

BUG, INTERRUPTED = 1, 130


_VERBS = {
    "run": ("init", "ingest", "detect"),
    "batch": ("nightly", "backfill"),
    "telling": ("digest",),
    "erase": ("erase",),
    "look": ("clusters", "show", "explain", "serve", "doctor"),
    "decide": ("decide",),
    "evidence": ("export", "verify"),
    "indicators": ("indicators", "replay"),
    "users": ("users",),
    "audit": ("audit",),
    "worlds": ("simulate", "evaluate"),
}


@click.group(
    cls=ClewGroup,
    commands=Verbs({verb: f"app.cli.{module}" for module, verbs in _VERBS.items() for verb in verbs}),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="clew")
def clew() -> None:
    """Find the one hand behind many accounts: link, explain, export the evidence. A person decides."""


def main(arguments: list[str] | None = None) -> None:
    """Entry point; never returns."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run_command(given))


def run_command(arguments: list[str]) -> int:
    """Run `clew` with `arguments`; returns the exit code after telling of any failure on standard error."""
    try:
        outcome = clew.main(args=arguments, prog_name="clew", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except click.exceptions.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return UsageError.exit_code
    except KeyboardInterrupt:
        click.echo("interrupted; nothing was published", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ClewError as error:
        return _tell(error, str(error), error.exit_code, arguments)
    except OSError as error:
        return _tell(
            error, f"{error.filename or 'storage'}: {error.strerror}. Check space and permissions.", StorageError.exit_code, arguments
        )
    except Exception as error:
        return _tell(
            error, f"unexpected {type(error).__name__}: {error}. Run again with --debug and report what it prints.", BUG, arguments
        )


def _tell(error: Exception, message: str, code: int, arguments: list[str]) -> int:
    if wants_json(arguments):
        LineReporter(as_json=True).fail(message, code)
    else:
        click.echo(f"clew: {visible(message)}", err=True)
    if "--debug" in arguments:
        traceback.print_exception(error)
    return code
