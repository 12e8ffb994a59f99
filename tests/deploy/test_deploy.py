"""The examples in deploy/ as far as one machine can check them: read, run with stand-ins, verified by systemd where it is there."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import click
import pytest

from app.cli.main import clew
from graph.errors import ClewError
from tests.deploy.plain_yaml import parse

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
ROOT = DEPLOY.parent
CODES = {error.exit_code for error in ClewError.__subclasses__() if error.__module__ == "graph.errors"}
TRIED_AGAIN = {75}
NEED_A_PERSON = sorted(CODES - TRIED_AGAIN | {1})


def refused(command: list[str]) -> str:
    """Why the command line would refuse `command`; empty when it takes it."""
    verb = clew.commands[command[0]]
    try:
        verb.make_context(command[0], list(command[1:]))
    except click.ClickException as error:
        return str(error)
    return ""


def test_the_list_of_exit_codes_is_whole() -> None:
    assert NEED_A_PERSON == [1, 2, 3, 4, 69, 74]


# systemd and cron


def unit(name: str) -> dict[str, list[str]]:
    rows = [line.partition("=") for line in (DEPLOY / name).read_text().splitlines() if line and line[0] not in "#["]
    return {key: [value for other, _, value in rows if other == key] for key, _, _ in rows}


def test_the_unit_restarts_for_no_code_that_needs_a_person() -> None:
    (prevented,) = unit("clew-nightly.service")["RestartPreventExitStatus"]
    assert sorted(map(int, prevented.split())) == NEED_A_PERSON


@pytest.mark.parametrize("name", ["clew-nightly.service", "clew.cron"])
def test_commands_are_such_as_clew_takes(name: str) -> None:
    (command,) = re.findall(r"/opt/clew/\.venv/bin/clew ([^>\n]+?)(?:\s>>|$)", (DEPLOY / name).read_text(), re.MULTILINE)
    assert refused(command.split()) == ""
    assert refused(["nightly", "x", "--no-such-option"]) != ""


def test_without_the_drop_in_the_unit_has_no_network_and_with_it_no_metadata_address() -> None:
    assert unit("clew-nightly.service")["PrivateNetwork"] == ["yes"]
    with_alerts = unit("clew-alerts.conf")
    assert with_alerts["PrivateNetwork"] == ["no"] and "169.254.0.0/16" in with_alerts["IPAddressDeny"][0]
    assert not [line for line in (DEPLOY / "clew-alerts.conf").read_text().splitlines() if line.startswith("Environment=")]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_the_units_with_the_drop_in(tmp_path: Path) -> None:
    service = (DEPLOY / "clew-nightly.service").read_text().replace("/opt/clew/.venv/bin/clew", "/bin/true")
    (tmp_path / "clew-nightly.service").write_text(service)
    (tmp_path / "clew-nightly.service.d").mkdir()
    shutil.copy(DEPLOY / "clew-alerts.conf", tmp_path / "clew-nightly.service.d" / "alerts.conf")
    shutil.copy(DEPLOY / "clew-nightly.timer", tmp_path)
    units = [str(tmp_path / name) for name in ("clew-nightly.service", "clew-nightly.timer")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line or "clew" in line]) == (0, [])


# Kubernetes. Which fields there are, and of what type, from the API reference of batch/v1 and core/v1; only those that we use.

Text, Number, Flag = str, int, bool
_KEY_REF = {"name": Text, "key": Text, "optional": Flag}
_LABELS = {"labels": {"app.kubernetes.io/name": Text}}
_CONTAINER = {
    "name": Text,
    "image": Text,
    "args": [Text],
    "env": [{"name": Text, "valueFrom": {"secretKeyRef": _KEY_REF}}],
    "resources": {"requests": {"cpu": Text, "memory": Text}, "limits": {"cpu": Text, "memory": Text}},
    "securityContext": {"allowPrivilegeEscalation": Flag, "readOnlyRootFilesystem": Flag, "capabilities": {"drop": [Text]}},
    "volumeMounts": [{"name": Text, "mountPath": Text, "readOnly": Flag}],
}
_POD = {
    "restartPolicy": Text,
    "automountServiceAccountToken": Flag,
    "enableServiceLinks": Flag,
    "securityContext": {
        "runAsNonRoot": Flag,
        "runAsUser": Number,
        "runAsGroup": Number,
        "fsGroup": Number,
        "fsGroupChangePolicy": Text,
        "seccompProfile": {"type": Text},
    },
    "containers": [_CONTAINER],
    "volumes": [{"name": Text, "persistentVolumeClaim": {"claimName": Text, "readOnly": Flag}, "emptyDir": {}}],
}
_RULE = {
    "action": Text,
    "onExitCodes": {"containerName": Text, "operator": Text, "values": [Number]},
    "onPodConditions": [{"type": Text, "status": Text}],
}
_JOB = {
    "backoffLimit": Number,
    "activeDeadlineSeconds": Number,
    "podFailurePolicy": {"rules": [_RULE]},
    "template": {"metadata": _LABELS, "spec": _POD},
}
CRONJOB = {
    "apiVersion": Text,
    "kind": Text,
    "metadata": {"name": Text, **_LABELS},
    "spec": {
        "schedule": Text,
        "timeZone": Text,
        "concurrencyPolicy": Text,
        "startingDeadlineSeconds": Number,
        "successfulJobsHistoryLimit": Number,
        "failedJobsHistoryLimit": Number,
        "jobTemplate": {"spec": _JOB},
    },
}


def faults(value: Any, schema: Any, where: str = "") -> list[str]:
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is no map"]
        unknown = [f"{where}.{key} is no field" for key in value if key not in schema]
        return unknown + [fault for key in value if key in schema for fault in faults(value[key], schema[key], f"{where}.{key}")]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [fault for n, item in enumerate(value) for fault in faults(item, schema[0], f"{where}[{n}]")]
    return [] if type(value) is schema else [f"{where} is {value!r}, no {schema.__name__}"]


@pytest.fixture(scope="module")
def cronjob() -> Any:
    return parse((DEPLOY / "cronjob.yaml").read_text())


def test_the_cronjob_has_fields_that_kubernetes_knows(cronjob: Any) -> None:
    assert faults(cronjob, CRONJOB) == []
    assert (cronjob["apiVersion"], cronjob["kind"]) == ("batch/v1", "CronJob")
    broken = json.loads(json.dumps(cronjob).replace("backoffLimit", "backOffLimit").replace("21600", '"6h"'))
    assert len(faults(broken, CRONJOB)) == 3


def test_the_cronjob_runs_one_night_at_a_time_and_tries_again_as_systemd_does(cronjob: Any) -> None:
    job = cronjob["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert cronjob["spec"]["concurrencyPolicy"] == "Forbid"
    assert pod["restartPolicy"] == "Never", "podFailurePolicy asks for it"
    codes = job["podFailurePolicy"]["rules"][0]["onExitCodes"]
    assert (codes["values"], codes["containerName"]) == (NEED_A_PERSON, container["name"])
    assert refused(container["args"]) == ""
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_the_cronjob_has_no_rights_it_does_not_need(cronjob: Any) -> None:
    pod = cronjob["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert container["securityContext"]["readOnlyRootFilesystem"] and container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert all("secretKeyRef" in variable["valueFrom"] for variable in container["env"])


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a:\n\tb: 1", "a: *b", "a: {b: c}", "a:\n  b: 1\n c: 2", "a:", "a", "- a\nb: c"])
def test_the_reader_of_yaml_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


# The image


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line and not line.startswith("#")]  # type: ignore[misc]


def test_the_image_copies_what_is_there_and_runs_as_nobody() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}  # no ADD, which fetches; no ENV or ARG, which keep secrets
    assert {name for name, _ in instructions()} == known
    let_in = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert source == "assets" or (ROOT / source).exists(), source
                assert source.split("/")[0] in let_in, source
    stages = [rest for name, rest in instructions() if name == "FROM"]
    assert all(re.fullmatch(r"\S+/\S+:[\w.-]+( AS \w+)?", stage) and ":latest" not in stage for stage in stages)
    last = dict(instructions())
    assert last["USER"].isdecimal() and int(last["USER"]) >= 1000
    assert [*json.loads(last["ENTRYPOINT"]), *json.loads(last["CMD"])] == ["clew", "--help"]
    assert any("--require-hashes" in rest for name, rest in instructions() if name == "RUN")


# Airflow and Dagster, run with stand-ins that keep what they were called with


def loaded(name: str, modules: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for module, stand_in in modules.items():
        monkeypatch.setitem(sys.modules, module, stand_in)
    spec = importlib.util.spec_from_file_location(name, DEPLOY / f"{name}.py")
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def module(name: str, **members: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(members)
    return made


def a_clew(folder: Path, *codes: int) -> dict[str, str]:
    """An environment whose `clew` ends with each of `codes` in turn and notes what it was asked, and whose `sleep` does not."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "codes").write_text("".join(f"{code}\n" for code in codes))
    body = f'#!/bin/sh\ncd {folder}\necho "$@" >>asked\ncode=$(head -1 codes)\nsed -i 1d codes\nexit "$code"\n'
    for name, text in (("clew", body), ("sleep", f'#!/bin/sh\necho "$1" >>{folder}/slept\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("name", ["airflow_dag", "dagster_job"])
def test_the_examples_are_python_of_the_version_we_ask_for(name: str) -> None:
    ast.parse((DEPLOY / f"{name}.py").read_text(), feature_version=(3, 11))


@pytest.mark.parametrize(
    ("codes", "end", "slept"), [((0,), 0, 0), ((3,), 3, 0), ((75, 0), 0, 1), ((75, 75, 69), 69, 2), ((75, 75, 75, 75), 75, 3)]
)
def test_airflow_tries_again_while_another_run_holds_the_workspace(
    codes: tuple[int, ...], end: int, slept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: dict[str, dict[str, Any]] = {}

    class Dag:
        def __init__(self, **options: Any) -> None:
            calls["dag"] = options

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    parents = {name: module(name) for name in ("airflow", "airflow.providers", "airflow.providers.standard")}
    bash = module("bash", BashOperator=lambda **options: calls.setdefault("bash", options))
    parents |= {"airflow.providers.standard.operators": module("operators"), "airflow.providers.standard.operators.bash": bash}
    loaded("airflow_dag", {**parents, "airflow.sdk": module("sdk", DAG=Dag)}, monkeypatch)
    assert (calls["dag"]["catchup"], calls["dag"]["max_active_runs"], calls["bash"]["retries"]) == (False, 1, 0)
    environment = {**os.environ, **a_clew(tmp_path / "bin", *codes), **calls["bash"]["env"]}
    done = subprocess.run(["bash", "-c", calls["bash"]["bash_command"]], env=environment, check=False, timeout=60)
    assert done.returncode == end
    assert (tmp_path / "bin" / "slept").read_text().split() == ["600"] * slept if slept else not (tmp_path / "bin" / "slept").exists()
    assert all(refused(line.split()) == "" for line in (tmp_path / "bin" / "asked").read_text().splitlines())


@pytest.mark.parametrize(
    ("code", "raised", "warned"), [(0, "", 0), (4, "", 1), (69, "", 1), (75, "RetryRequested", 0), (3, "Failure", 0), (1, "Failure", 0)]
)
def test_dagster_judges_every_exit_code(code: int, raised: str, warned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class RetryRequested(Exception):
        def __init__(self, **_: object) -> None: ...

    class Failure(Exception):
        def __init__(self, _: str, **__: object) -> None: ...

    dagster = module("dagster", op=lambda f: f, job=lambda f: f, OpExecutionContext=object, RetryRequested=RetryRequested, Failure=Failure)
    dagster.Definitions = dagster.ScheduleDefinition = lambda **options: SimpleNamespace(**options)  # type: ignore[attr-defined]
    made = loaded("dagster_job", {"dagster": dagster}, monkeypatch)
    monkeypatch.setenv("PATH", a_clew(tmp_path / "bin", code)["PATH"])
    warnings: list[str] = []
    context = SimpleNamespace(log=SimpleNamespace(info=lambda _: None, warning=warnings.append))
    error = ""
    try:
        made.nightly(context)
    except (RetryRequested, Failure) as found:
        error = type(found).__name__
    assert (error, len(warnings)) == (raised, warned)
    assert made.defs.schedules[0].cron_schedule == "15 2 * * *"
    assert refused((tmp_path / "bin" / "asked").read_text().split()) == ""
