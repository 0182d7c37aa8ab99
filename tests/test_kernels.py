"""Warm kernels behave as ordinary ones do, start from a server, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
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
from zerobay_analysis.suite import kernels
from zerobay_analysis.suite.kernels import KERNEL_NAME, provisioner

linux = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")


@pytest.fixture(scope="module", autouse=True)
def preload() -> Iterator[None]:
    """A server of these tests' own, which imports little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZEROBAY_PRELOAD", "ipykernel.ipkernel,numpy,matplotlib.pyplot")
        patch.setattr(kernels, "_origin", None)
        forkserver._forkserver._stop()  # type: ignore[attr-defined]
        yield
        forkserver._forkserver._stop()  # type: ignore[attr-defined]


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
def test_kernels_share_a_server_and_nothing_else() -> None:
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
        assert len(parents) == 1
        assert os.getpid() not in parents


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
def test_no_port_is_opened_and_only_the_owner_can_reach_the_kernel() -> None:
    with kernel() as (manager, _):
        assert manager.transport == "ipc"
        assert psutil.Process(manager.provisioner.pid).net_connections(kind="inet") == []
        connection = Path(manager.connection_file)
        assert stat.S_IMODE(connection.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE(connection.parent.stat().st_mode) & 0o077 == 0
        sockets = list(connection.parent.glob("kernel-ipc-[1-5]"))
        assert len(sockets) == 5
        assert all(len(os.fsencode(s)) <= provisioner.IPC_PATH_LIMIT for s in sockets)


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
    monkeypatch.setattr(provisioner, "IPC_PATH_LIMIT", 5)
    with kernel() as (manager, client):
        assert manager.transport == "tcp"
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
def test_where_a_fork_would_differ_the_kernel_is_an_ordinary_one_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with kernel(env={**os.environ, "OMP_NUM_THREADS": "2"}) as (manager, client):
        assert not forked(manager.provisioner.pid)
        assert ask(client, "import os; print(os.environ['OMP_NUM_THREADS'])") == "2"
    assert "OMP_NUM_THREADS changed since the server started" in caplog.text
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "numpy-99.0.dist-info").mkdir()
    with kernel() as (manager, client):
        assert not forked(manager.provisioner.pid)
    assert "packages or code changed since the server started" in caplog.text


@linux
def test_a_server_that_was_killed_is_started_again() -> None:
    with kernel() as (manager, client):
        old = psutil.Process(psutil.Process(manager.provisioner.pid).ppid())
        process = manager.provisioner.process
        old.kill()
        assert wait_until(lambda: process.poll() is not None), "its kernels count as dead"
        assert ends(process.pid), "and are"
    with kernel() as (manager, client):
        assert psutil.Process(manager.provisioner.pid).ppid() not in (old.pid, os.getpid())
        assert ask(client, "print(1)") == "1"


@linux
def test_a_server_that_cannot_start_gives_ordinary_kernels(tmp_path: Path) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(90,), daemon=True).start()\n"
    )
    code = (
        "from jupyter_client.manager import start_new_kernel\n"
        "import os, psutil\n"
        f"km, kc = start_new_kernel(kernel_name={KERNEL_NAME!r})\n"
        "print(psutil.Process(km.provisioner.pid).ppid() == os.getpid())\n"
        "km.shutdown_kernel(now=True)"
    )
    env = {**os.environ, "ZEROBAY_PRELOAD": "ipykernel.ipkernel,threaded"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, check=True
    )
    assert done.stdout == "True\n"
    assert "a library runs threads" in done.stderr


@linux
def test_the_script_of_the_caller_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once', flush=True)\n"
        "from jupyter_client.manager import start_new_kernel\n"
        f"km, kc = start_new_kernel(kernel_name={KERNEL_NAME!r})\n"
        "from zerobay_analysis.suite.pool import LocalPool\n"
        "with LocalPool(1) as pool:\n"
        "    print(pool.submit(abs, -7).result(), flush=True)\n"
        "km.shutdown_kernel(now=True)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout == "once\n7\n"
    assert "No warm kernel" not in done.stderr


@linux
def test_a_notebook_may_start_processes_of_its_own() -> None:
    with kernel() as (_, client):
        code = "import multiprocessing\nwith multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))"
        assert ask(client, code) == "[1, 2]"


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
    parent = psutil.Process(int(pid)).ppid()
    caller.kill()
    caller.wait()
    caller.stdout.close()
    assert ends(int(pid))
    assert ends(parent), "and the server"
    assert wait_until(lambda: not Path(connection).parent.exists())


@linux
def test_the_server_ends_with_its_owner_even_while_it_imports(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(90)"
    )
    code = "from zerobay_analysis.suite import kernels; kernels.start(); import pathlib, time\n"
    code += "while not (p := pathlib.Path('pid')).exists() or not p.read_text(): time.sleep(0.01)"
    env = {**os.environ, "ZEROBAY_PRELOAD": "slow"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True, timeout=60)
    assert ends(int((tmp_path / "pid").read_text(encoding="utf-8")))


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
    source = Path(kernels.__file__).parent / "jupyter" / "kernels" / KERNEL_NAME / "kernel.json"
    installed = Path(KernelSpecManager().get_kernel_spec(KERNEL_NAME).resource_dir) / "kernel.json"
    assert source.read_text(encoding="utf-8") == installed.read_text(encoding="utf-8")
