"""Clew every night from Airflow 3: put this file into the folder of DAGs.

Only exit code 75 (another run holds the workspace) is tried again, by the loop; every other code needs a person, so Airflow retries
nothing. 4 and 69 fail the task although the night is published: deploy/README.md says what to do about each code.
"""

import datetime as dt

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

WORKSPACE = "/srv/clew/workspace"
COMMAND = """
for pause in 600 600 600 0; do
  clew nightly "$WORKSPACE" --log-format json
  code=$?
  [ "$code" -eq 75 ] && [ "$pause" -gt 0 ] || exit "$code"
  sleep "$pause"
done
"""

with DAG(
    dag_id="clew_nightly",
    schedule="15 2 * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,  # a night takes in whatever is new, of missed nights too
    max_active_runs=1,
    dagrun_timeout=dt.timedelta(hours=6),
    tags=["clew"],
):
    # Secrets (CLEW_WEBHOOK_SECRET, CLEW_SMTP_PASSWORD) belong into the worker's environment, not into this file.
    BashOperator(task_id="nightly", bash_command=COMMAND, env={"WORKSPACE": WORKSPACE}, append_env=True, retries=0)
