import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.bundle import signing
from graph.errors import UsageError
from tests.factory import a_workspace
from tests.graph.bundle.bundles import a_bundle, members

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
VALUE = signing.statement({"b": {"sha256": "00"}, "a": {"sha256": "11"}}, {"x": 1})


def openssl(*words):
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, check=True).stdout


def test_an_envelope_opens_with_its_key_alone():
    envelope = signing.sign(VALUE, KEY)
    assert signing.open_envelope(envelope, KEY.public_key()) == VALUE
    assert signing.sign(VALUE, KEY) == envelope
    with pytest.raises(signing.BadSignature, match="does not hold"):
        signing.open_envelope(envelope, Ed25519PrivateKey.generate().public_key())


def test_a_statement_about_something_else_is_refused():
    with pytest.raises(signing.BadSignature, match="something other"):
        signing.open_envelope(signing.sign({**VALUE, "predicateType": "x"}, KEY), KEY.public_key())


def test_the_workspace_key_is_made_once_for_its_owner_alone(tmp_path):
    workspace = a_workspace(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: (signing.workspace_key(workspace), signing.workspace_key(workspace).read_bytes()), range(8)))
    assert len(paths) == 1
    path = workspace.keys / "signing.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(p.name for p in workspace.keys.iterdir()) == ["signing.pem", "signing.pub.pem"]
    assert openssl("pkey", "-in", path, "-pubout") == (workspace.keys / "signing.pub.pem").read_bytes()


def test_a_key_from_openssl_signs(tmp_path):
    key = tmp_path / "k.pem"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    files = members(a_bundle(tmp_path, sign_key=key))
    assert files["signatures/signer.pub.pem"] == openssl("pkey", "-in", key, "-pubout")
    assert not (tmp_path / "workspace/keys").exists()
    assert signing.key_id(signing.public_key_of(key)) in files["signatures/bundle.dsse.json"].decode()


@pytest.mark.parametrize("options", [("-algorithm", "ed448"), ("-algorithm", "ed25519", "-aes256", "-pass", "pass:secret")])
def test_an_unfit_key_is_a_usage_error(tmp_path, options):
    key = tmp_path / "k.pem"
    openssl("genpkey", *options, "-out", key)
    with pytest.raises(UsageError, match=r"k\.pem.*openssl genpkey"):
        a_bundle(tmp_path, sign_key=key)
    assert not (tmp_path / "b.zip").exists()


def test_a_missing_key_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"none\.pem: the key cannot be read"):
        a_bundle(tmp_path, sign_key=tmp_path / "none.pem")
