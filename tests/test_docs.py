"""What the documents say is there, is there; what is there, they say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import app.main  # noqa: F401 - the app's errors are among those that must be documented, whichever tests run beside these
from app.cli.main import clew
from graph.errors import ClewError
from graph.store.workspace import _KNOWN, DEFAULT_SETTINGS, Settings, _settings

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "deploy" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {path: path.read_text("utf-8") for path in DOCUMENTS}
ALL = "\n".join(TEXT.values())
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPTIONS = sorted(
    {option for command in clew.commands.values() for parameter in command.params for option in parameter.opts if option[:2] == "--"}
)
SETTINGS = [(section, key) for section, keys in _KNOWN.items() for key in keys]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("verb", sorted(clew.commands))
def test_every_verb_is_documented(verb: str) -> None:
    assert f"`clew {verb} " in TEXT[ROOT / "README.md"]
    assert clew.commands[verb].get_short_help_str()


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_documented(option: str) -> None:
    assert re.search(rf"{option}\b", ALL)


def test_no_verb_is_documented_that_is_not_there() -> None:
    named = set(re.findall(r"(?:`|^)clew ([a-z]+)\b", ALL, re.MULTILINE))
    assert named - set(clew.commands) == set()


@pytest.mark.parametrize(("section", "key"), SETTINGS)
def test_every_setting_is_documented(section: str, key: str) -> None:
    assert f"`[{section}] {key}`" in TEXT[ROOT / "docs" / "nightly.md"]


def test_a_new_workspace_shows_every_setting_with_its_default() -> None:
    shown = tomllib.loads(DEFAULT_SETTINGS.replace("# mapping =", "mapping ="))
    assert {section: tuple(values) for section, values in shown.items()} == _KNOWN
    defaults = _settings(tomllib.loads(DEFAULT_SETTINGS), Path("clew.toml"))
    assert defaults == Settings(inputs={table: [] for table in shown["inputs"] if table != "mapping"})


@pytest.mark.parametrize("error", [ClewError, *ClewError.__subclasses__()], ids=lambda error: error.__name__)
def test_every_exit_code_is_documented(error: type[ClewError]) -> None:
    assert f"| {error.exit_code} |" in TEXT[ROOT / "deploy" / "README.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(TEXT[document]):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} does not exist"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in slugs, f"{target}: no such heading"


def tracked() -> list[Path]:
    """Text files under version control, but for lock files."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in (".png", ".lock") and path.name != "package-lock.json"]


def test_no_file_names_a_machine_or_a_registry() -> None:
    machine = "|".join(f"/{folder}/" for folder in ("work", "root"))
    hosts = r"https?://[\w.-]*(?:pypi|npmjs|pythonhosted|registry|artifactory|mirror|nexus)"
    forbidden = re.compile(rf"(?<![\w.]){machine}|{hosts}")
    found = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1)
        if forbidden.search(line) and path != Path(__file__).resolve()
    ]
    assert found == []


def test_the_walk_in_the_readme_runs_word_for_word(tmp_path: Path) -> None:
    walk = re.search(r"<!-- walk.*?-->\n```sh\n(.*?)```", TEXT[ROOT / "README.md"], re.DOTALL)
    assert walk is not None
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    script = ["bash", "-euo", "pipefail", "-c", walk[1]]
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Everything holds" in done.stdout
    assert "stored files hold" in done.stdout


def test_help_of_every_verb_names_its_arguments() -> None:
    for verb, command in clew.commands.items():
        page = command.get_help(click.Context(command, info_name=f"clew {verb}"))
        assert "--log-format" in page and "--debug" in page
