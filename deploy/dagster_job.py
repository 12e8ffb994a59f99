"""Clew every night from Dagster: `dagster dev -f deploy/dagster_job.py`, or this module as a code location.

Exit code 75 (another run holds the workspace) is tried again; 4 and 69 are told as warnings, since the night is published; every other
code fails the run. deploy/README.md says what to do about each.
"""

import subprocess

import dagster as dg

WORKSPACE = "/srv/clew/workspace"
PUBLISHED = {0: "all well", 4: "too many rows were set aside", 69: "an alert was not delivered"}
BUSY = 75


@dg.op
def nightly(context: dg.OpExecutionContext) -> None:
    """Run `clew nightly` and judge its exit code."""
    done = subprocess.run(["clew", "nightly", WORKSPACE, "--log-format", "json"], capture_output=True, text=True, check=False)  # noqa: S607
    context.log.info(f"{done.stdout}\n{done.stderr}")
    if done.returncode == BUSY:
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=600)
    if done.returncode not in PUBLISHED:
        raise dg.Failure(f"clew nightly ended with exit code {done.returncode}; the last good night is still served", allow_retries=False)
    if done.returncode:
        context.log.warning(f"published, but {PUBLISHED[done.returncode]}")


@dg.job
def clew_nightly() -> None:
    """One night."""
    nightly()


defs = dg.Definitions(
    jobs=[clew_nightly],
    schedules=[dg.ScheduleDefinition(job=clew_nightly, cron_schedule="15 2 * * *", execution_timezone="UTC")],
)
