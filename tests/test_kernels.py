"""Warm kernels behave as ordinary ones do, start from a server, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from traitlets.config import Config

from tests.conftest import NotebookMaker
from zerobay_analysis.suite.kernels import KERNEL_NAME, rendezvous
from zerobay_analysis.suite.kernels.fingerprint import fingerprint, start_environment

linux = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture(scope="module", autouse=True)
def place() -> Iterator[Path]:
    """Servers of these tests meet their callers in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("ZEROBAY_PRELOAD", "ipykernel.ipkernel,numpy,matplotlib.pyplot")
        patch.delenv("ZEROBAY_SERVER", raising=False)
        yield Path(folder)
        for process in servers(Path(folder)):
            process.kill()


def servers(folder: Path) -> list[psutil.Process]:
    """Server processes that listen in ``folder``."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if "zerobay_analysis.suite.kernels.server" in command and any(str(folder) in c for c in command):
            found.append(process)
    return found


@contextmanager
def kernel(name: str = KERNEL_NAME, **options: Any) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """A running kernel and a client of it."""
    manager = KernelManager(kernel_name=name, **options.pop("manager", {}))
    manager.start_kernel(**options)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ask(client: BlockingKernelClient, code: str) -> str:
    """Everything the code prints."""
    texts: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text") or "".join(content.get("traceback", [])))

    client.execute_interactive(code, output_hook=keep, timeout=60)
    return "".join(texts).strip()


def ends(pid: int, seconds: float = 10) -> bool:
    """Whether the process is gone within that time."""
    return wait_until(lambda: not alive(pid), seconds)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def without_pytest() -> dict[str, str]:
    """The environment less the variable that stops ipykernel from catching a program's output."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def forked(pid: int) -> bool:
    """Whether the process came from a server rather than from this test."""
    return psutil.Process(pid).ppid() != os.getpid()


def test_the_kernelspec_is_registered_by_installing_the_package() -> None:
    spec = KernelSpecManager().get_kernel_spec(KERNEL_NAME)
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == KERNEL_NAME


@linux
def test_papermill_runs_a_notebook_in_a_warm_kernel(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    code = (
        "import os, sys, matplotlib.pyplot as plt\n"
        "print('cwd', os.getcwd(), 'colour', os.environ['COLOUR'], 'parent', os.getppid())\n"
        "print('to stderr', file=sys.stderr)\n"
        "os.system('echo from a program')\n"
        "plt.plot([1, 2]); plt.show()"
    )
    book, out = make_notebook("book", "x: int = 1", code), tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "-k", KERNEL_NAME, "--log-output", "--no-progress-bar"]
    done = subprocess.run(
        [*command, str(book), str(out)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**without_pytest(), "COLOUR": "teal"},
    )
    for text in (f"cwd {tmp_path}", "colour teal", "to stderr", "from a program"):
        assert text in done.stderr
    assert "No warm kernel" not in done.stderr
    outputs = nbformat.read(out, as_version=4).cells[-1].outputs
    assert any("image/png" in o.data for o in outputs if o.output_type == "display_data")


@linux
def test_kernels_share_a_server_and_nothing_else(place: Path) -> None:
    code = "import random, numpy; print(os.getpid(), random.random(), numpy.random.rand())"
    with kernel() as (one, first), kernel() as (two, second):
        assert one.provisioner.pid != two.provisioner.pid
        ask(first, "import os, json; os.environ['LEFT'] = 'behind'; json.left = x = 1")
        ask(second, "import os, json")
        assert ask(second, "print(os.environ.get('LEFT'), hasattr(json, 'left'), 'x' in dir())") == (
            "None False False"
        )
        draws = [ask(client, code).split() for client in (first, second)]
        assert all(a != b for a, b in zip(*draws, strict=True)), "pids and random numbers differ"
        parents = {psutil.Process(m.provisioner.pid).ppid() for m in (one, two)}
        assert parents <= {process.pid for process in servers(place)}
        assert len(parents) == 1


@linux
def test_the_callers_folder_variables_and_thread_limits_are_honoured(tmp_path: Path) -> None:
    env = {**os.environ, "COLOUR": "teal", "TZ": "Asia/Tokyo"}
    with kernel(cwd=str(tmp_path), env=env) as (_, client):
        code = "import os, time; print(os.getcwd(), os.environ['COLOUR'], time.tzname[0], os.environ['{}'])"
        answer = ask(client, code.format("OMP_NUM_THREADS"))
        assert answer.split() == [str(tmp_path), "teal", "JST", "1"]


@linux
def test_a_matplotlibrc_beside_the_notebook_and_a_chosen_backend_are_honoured(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\n", encoding="utf-8")
    with kernel(cwd=str(tmp_path), env={**os.environ, "MPLBACKEND": "svg"}) as (_, client):
        code = "import matplotlib as m; print(m.rcParams['lines.linewidth'], m.get_backend())"
        assert ask(client, code) == "7.5 svg"


@linux
def test_an_interrupt_stops_the_cell_and_keeps_the_kernel() -> None:
    with kernel() as (manager, client):
        ask(client, "x = 41")
        client.execute("print('on', flush=True)\nimport time\nwhile True: time.sleep(0.01)")
        while client.get_iopub_msg(timeout=10)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        assert client.get_shell_msg(timeout=10)["content"]["ename"] == "KeyboardInterrupt"
        assert wait_until(lambda: ask(client, "print(x + 1)") == "42"), "after an error a queue is dropped"


@linux
def test_a_restart_gives_a_new_process_at_the_same_address() -> None:
    with kernel() as (manager, client):
        before = manager.provisioner.pid
        ask(client, "x = 1")
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        assert manager.provisioner.pid != before
        assert ends(before)
        assert ask(client, "print('x' in dir())") == "False"


@linux
def test_a_graceful_shutdown_runs_exit_handlers_and_leaves_nothing(tmp_path: Path) -> None:
    with kernel() as (manager, client):
        pid, folder = manager.provisioner.pid, Path(manager.connection_file).parent
        ask(client, f"import atexit, pathlib; atexit.register(pathlib.Path(r'{tmp_path}/bye').touch)")
        manager.shutdown_kernel()
        assert (tmp_path / "bye").exists()
        assert ends(pid)
        assert not folder.exists()


@linux
def test_a_cell_that_takes_too_long_is_stopped_and_its_kernel_with_it(make_notebook: NotebookMaker) -> None:
    book = nbformat.read(make_notebook("slow", "x: int = 1", "import time; time.sleep(60)"), as_version=4)
    runner = NotebookClient(book, timeout=1, kernel_name=KERNEL_NAME, shutdown_kernel="immediate")
    pids: list[int] = []
    runner.on_cell_execute = lambda **_: pids.append(runner.km.provisioner.pid)
    with pytest.raises(CellTimeoutError):
        runner.execute()
    assert ends(pids[0])


@linux
def test_a_kernel_that_dies_is_reported_with_its_status(make_notebook: NotebookMaker) -> None:
    with kernel() as (manager, client):
        process = manager.provisioner.process
        client.execute("import os; os._exit(3)")
        assert wait_until(lambda: process.poll() == 3)
    with kernel() as (manager, client):
        process = manager.provisioner.process
        process.kill()
        assert process.wait() == -signal.SIGKILL
    book = nbformat.read(make_notebook("dies", "x: int = 1", "import os; os._exit(3)"), as_version=4)
    with pytest.raises(DeadKernelError):
        NotebookClient(book, kernel_name=KERNEL_NAME).execute()


@linux
def test_no_port_is_opened_and_only_the_owner_can_reach_the_kernel(place: Path) -> None:
    with kernel() as (manager, _):
        assert manager.transport == "ipc"
        assert psutil.Process(manager.provisioner.pid).net_connections(kind="inet") == []
        connection = Path(manager.connection_file)
        assert stat.S_IMODE(connection.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE(connection.parent.stat().st_mode) & 0o077 == 0
        sockets = list(connection.parent.glob("kernel-ipc-[1-5]"))
        assert len(sockets) == 5
        assert all(len(os.fsencode(s)) <= rendezvous.IPC_PATH_LIMIT for s in sockets)
        folder = rendezvous.server_folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(s.stat().st_mode) == 0o600 for s in folder.glob("*.sock"))


@linux
def test_a_process_forked_by_a_notebook_can_print() -> None:
    code = "import os\npid = os.fork()\nif not pid:\n    print('from a child', flush=True); os._exit(0)\n"
    with kernel() as (_, client):
        assert "from a child" in ask(client, code + "os.waitpid(pid, 0); import time; time.sleep(0.3)")


@linux
def test_tcp_is_used_where_it_is_configured_or_no_path_is_short_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with kernel(manager={"config": Config(KernelManager={"transport": "tcp"})}) as (manager, client):
        assert manager.transport == "tcp"
        assert forked(manager.provisioner.pid)
        assert ask(client, "print(1)") == "1"
    monkeypatch.setattr(rendezvous, "IPC_PATH_LIMIT", 5)
    with kernel() as (manager, client):
        assert manager.transport == "tcp"
        assert ask(client, "print(1)") == "1"


@linux
def test_a_folder_that_others_can_enter_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / f"zerobay-warm-{os.getuid()}").mkdir(mode=0o755)
    with pytest.raises(PermissionError):
        rendezvous.server_folder()
    with kernel() as (manager, client):
        assert not forked(manager.provisioner.pid)
        assert ask(client, "print(1)") == "1"


@linux
def test_jupyterlabs_kernel_manager_starts_and_ends_a_warm_kernel(tmp_path: Path) -> None:
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    async def use() -> tuple[str, int]:
        managers = AsyncMappingKernelManager(root_dir=str(tmp_path), connection_dir=str(tmp_path))
        number = await managers.start_kernel(kernel_name=KERNEL_NAME)
        manager = managers.get_kernel(number)
        pid = manager.provisioner.pid
        await manager.ready
        await managers.interrupt_kernel(number)
        assert await manager.is_alive()
        await managers.shutdown_kernel(number)
        return manager.transport, pid

    transport, pid = asyncio.run(use())
    assert transport == "ipc"
    assert ends(pid)


def test_without_fork_the_kernel_is_an_ordinary_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROBAY_WARM", "0")
    with kernel() as (manager, client):
        assert not forked(manager.provisioner.pid)
        assert ask(client, "import os; print(os.environ['OMP_NUM_THREADS'])") == "1"


@linux
def test_a_server_of_other_packages_or_a_dead_one_gives_an_ordinary_kernel(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from zerobay_analysis.suite.kernels.client import start_server

    path = place / "other" / "s.sock"
    path.parent.mkdir()
    server = start_server(path, "another fingerprint", os.environ)
    assert wait_until(path.exists)
    monkeypatch.setenv("ZEROBAY_SERVER", str(path))
    with kernel() as (manager, client):
        assert not forked(manager.provisioner.pid)
        assert ask(client, "print(1)") == "1"
    assert "changed since the server started" in caplog.text
    server.kill()
    server.wait()
    with kernel() as (manager, client):
        assert not forked(manager.provisioner.pid)
        assert ask(client, "print(1)") == "1"


def test_the_fingerprint_knows_what_a_running_process_cannot_change(tmp_path: Path) -> None:
    env = start_environment({**os.environ, "PYTHONPATH": str(tmp_path)})
    before = fingerprint(env)
    assert fingerprint({**env, "COLOUR": "teal"}) == before
    assert fingerprint({**env, "OMP_NUM_THREADS": "2"}) != before
    (tmp_path / "numpy-99.0.dist-info").mkdir()
    assert fingerprint(env) != before


@linux
def test_kernels_outlive_their_server_and_the_next_one_has_a_new_server(place: Path) -> None:
    with kernel() as (manager, client):
        old = psutil.Process(psutil.Process(manager.provisioner.pid).ppid())
        old.kill()
        assert ends(old.pid)
        assert ask(client, "print(6 * 7)") == "42"
        assert manager.is_alive()
        process = manager.provisioner.process
        manager.shutdown_kernel()
        assert process.poll() is not None
    with kernel() as (manager, client):
        assert psutil.Process(manager.provisioner.pid).ppid() != old.pid
        assert ask(client, "print(1)") == "1"


@linux
def test_a_kernel_ends_with_its_caller_however_that_ends(tmp_path: Path) -> None:
    code = (
        "from jupyter_client.manager import start_new_kernel\n"
        f"km, kc = start_new_kernel(kernel_name={KERNEL_NAME!r})\n"
        "print(km.provisioner.pid, km.connection_file, flush=True)\n"
        "import time; time.sleep(60)"
    )
    caller = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    pid, connection = caller.stdout.readline().split()
    assert psutil.pid_exists(int(pid))
    caller.kill()
    caller.wait()
    caller.stdout.close()
    assert ends(int(pid))
    assert wait_until(lambda: not Path(connection).parent.exists())


@linux
def test_a_server_ends_by_itself_when_idle_or_when_its_owner_is_gone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zerobay_analysis.suite.kernels.client import start_server

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place / "idle"))
    monkeypatch.setenv("ZEROBAY_IDLE", "0.2")
    (place / "idle").mkdir()
    with kernel() as (manager, _):
        idle = psutil.Process(manager.provisioner.pid).ppid()
    assert ends(idle)
    assert list(rendezvous.server_folder().iterdir()) == []
    owned_folder = place / "owned"
    owned_folder.mkdir()
    owned = start_server(owned_folder / "s.sock", "mark", os.environ)
    assert owned.stdin is not None
    owned.stdin.close()
    assert owned.wait(timeout=60) == 0
    assert not owned_folder.exists()


@linux
def test_nbval_can_use_the_warm_kernel(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    book = make_notebook("book", "x: int = 1", "print('from', __import__('os').getppid())")
    node = nbformat.read(book, as_version=4)
    node.cells[-1].source = "print('always the same')"
    for count, cell in enumerate(node.cells[1:], start=1):
        cell.execution_count = count
    node.cells[-1].outputs = [nbformat.v4.new_output("stream", text="always the same\n")]
    nbformat.write(node, book)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", "--nbval-kernel-name"]
    done = subprocess.run([*command, KERNEL_NAME, str(book)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_kernelspec_in_the_package_is_the_one_that_is_installed() -> None:
    from zerobay_analysis.suite import kernels

    source = Path(kernels.__file__).parent / "jupyter" / "kernels" / KERNEL_NAME / "kernel.json"
    installed = Path(KernelSpecManager().get_kernel_spec(KERNEL_NAME).resource_dir) / "kernel.json"
    assert source.read_text(encoding="utf-8") == installed.read_text(encoding="utf-8")
