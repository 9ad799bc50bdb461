"""The parts of the local stack that need no emulator."""

import io
import socket
import zipfile
from pathlib import Path

import pytest
from daybook_local.deployment.function_code import zip_folder
from daybook_local.deployment.template import REPOSITORY
from daybook_local.issuer.tokens import stored_key
from daybook_local.private_files import write_json
from daybook_local.stack import lock, ports, snapshot
from daybook_local.stack.settings import SettingError, environment, parse_port, settings_from


def test_settings_have_defaults() -> None:
    settings = settings_from({})
    assert (settings.port, settings.keep, settings.folder.name) == (4580, False, ".local")


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    settings = settings_from({"PORT": "5580", "KEEP": "1", "DAYBOOK_LOCAL_FOLDER": str(tmp_path)})
    assert (settings.port, settings.keep, settings.stack_file) == (5580, True, tmp_path.resolve() / "stack.json")


@pytest.mark.parametrize("text", ["x", "-1", "0", "65536", "80.5", "٤"])
def test_a_port_that_is_none_is_said_to_be_so(text: str) -> None:
    with pytest.raises(SettingError, match="PORT must be a number"):
        parse_port(text)


def test_nothing_of_the_callers_aws_reaches_the_stack(tmp_path: Path) -> None:
    callers_own = {"PATH": "/bin", "AWS_PROFILE": "prod", "AWS_ENDPOINT_URL": "http://x", "HTTPS_PROXY": "http://y"}
    prepared = environment(callers_own, scratch=tmp_path, aws_port=4581)
    assert prepared["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL", "HTTPS_PROXY"} & prepared.keys()
    assert prepared["BIND_HOST"] == "127.0.0.1"


def test_a_busy_port_is_named_and_another_suggested() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(ports.PortBusyError, match=rf"Port {port} is in use\..* make run PORT=\d+"):
            ports.require_free(port)
        assert ports.prefer(port) != port
    assert ports.require_free(port) == port


def test_the_key_stays_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    assert stored_key(path).kid == stored_key(path).kid
    assert path.stat().st_mode & 0o077 == 0


def test_a_folder_holds_one_running_stack(tmp_path: Path) -> None:
    with (
        lock.locked(tmp_path),
        pytest.raises(lock.AlreadyRunningError, match="Stop it first"),
        lock.locked(tmp_path),
    ):
        pass
    with lock.locked(tmp_path):
        pass


def test_code_is_zipped_from_its_source_without_leftovers(tmp_path: Path) -> None:
    (tmp_path / "daybook" / "__pycache__").mkdir(parents=True)
    (tmp_path / "daybook" / "__init__.py").write_text("")
    (tmp_path / "daybook" / "__pycache__" / "x.pyc").write_bytes(b"")
    archive = zipfile.ZipFile(io.BytesIO(zip_folder("DaybookLayer", tmp_path, is_layer=True)))
    assert archive.namelist() == ["python/.keep", "python/daybook/__init__.py"]


def test_the_layer_of_the_local_stack_holds_the_openapi_document() -> None:
    folder = REPOSITORY / "layers" / "daybook" / "python"
    archive = zipfile.ZipFile(io.BytesIO(zip_folder("DaybookLayer", folder, is_layer=True)))
    document = (REPOSITORY / "docs" / "openapi.json").read_bytes()
    assert archive.read("python/daybook/api/openapi.json") == document


def test_third_party_code_is_not_zipped(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")
    archive = zipfile.ZipFile(io.BytesIO(zip_folder("DependenciesLayer", tmp_path, is_layer=True)))
    assert archive.namelist() == ["python/.keep"]


def test_saved_data_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    assert snapshot.read(path) is None
    write_json(path, {"items": [{"pk": {"S": "a"}}], "objects": []})
    assert snapshot.read(path) == {"items": [{"pk": {"S": "a"}}], "objects": []}
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.json"]


def test_damaged_data_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"items": [')
    with pytest.raises(snapshot.SnapshotError, match=r"data\.json is damaged .* without KEEP"):
        snapshot.read(path)
