"""The notebooks run as jobs of JupyterLab's scheduler, asked through its API."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from zerobay_analysis.files.disk import notebooks_dir

TOKEN = "of-this-test"


class Server:
    """A Jupyter server with the scheduler, reached as JupyterLab reaches it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/scheduler"
        options = {
            "ServerApp.root_dir": folder / "root",
            "ServerApp.port": port,
            "ServerApp.allow_root": True,
            "ServerApp.open_browser": False,
            "ServerApp.jpserver_extensions": '{"jupyter_scheduler": True}',
            "IdentityProvider.token": TOKEN,
            "SchedulerApp.db_url": f"sqlite:///{folder}/jobs.sqlite",
            "Scheduler.staging_path": folder / "staging",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen([sys.executable, "-m", "jupyter_server", *arguments])

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        head = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self.url}/{path}", data, head), timeout=30) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the server, with the notebooks in ``root``."""
    made = tmp_path_factory.mktemp("scheduler")
    (made / "root").mkdir()
    for name in ("02_trajectory.ipynb", "03_outlook.ipynb"):
        shutil.copy(notebooks_dir() / name, made / "root")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    started = Server(folder)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                started.ask("runtime_environments")
                break
            except (URLError, ConnectionError):
                assert time.monotonic() < deadline
                assert started.process.poll() is None
                time.sleep(0.2)
        yield started
    finally:
        started.process.terminate()
        started.process.wait()


def test_a_notebook_runs_as_a_job_and_gives_its_outputs(server: Server, folder: Path) -> None:
    environment = server.ask("runtime_environments")[0]["name"]
    job = {
        "name": "trajectory",
        "input_uri": "02_trajectory.ipynb",
        "runtime_environment_name": environment,
        "output_formats": ["ipynb", "html"],
        "parameters": {"lang": '"en"', "indicator": "9"},  # as text of Python, so with quotes
    }
    number = server.ask("jobs", job)["job_id"]
    deadline = time.monotonic() + 120
    # A job is "STOPPED" until its process says that it runs.
    while (state := server.ask(f"jobs/{number}"))["status"] not in ("COMPLETED", "FAILED"):
        assert time.monotonic() < deadline, state
        time.sleep(0.3)
    assert state["status"] == "COMPLETED", state["status_message"]
    made = [path for path in folder.rglob("*.ipynb") if number in str(path)]
    texts = [path.read_text(encoding="utf-8") for path in made]
    assert any("data:image/png;base64," in text for text in texts), made


def test_a_schedule_of_the_notebooks_can_be_defined(server: Server) -> None:
    environment = server.ask("runtime_environments")[0]["name"]
    definition = {
        "name": "outlook before the meeting",
        "input_uri": "03_outlook.ipynb",
        "runtime_environment_name": environment,
        "output_formats": ["html"],
        "schedule": "30 6 20 6,12 *",
        "timezone": "Asia/Shanghai",
    }
    number = server.ask("job_definitions", definition)["job_definition_id"]
    kept = server.ask(f"job_definitions/{number}")
    assert (kept["schedule"], kept["active"]) == ("30 6 20 6,12 *", True)
