"""The places that a ledger can live in, for tests that hold for all of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

KINDS = ("folder", "parquet", "sqlite", "postgres")


def postgres_binaries() -> Path | None:
    """Folder with ``initdb`` and ``postgres``; Debian keeps them off the path."""
    found = shutil.which("postgres")
    if found and shutil.which("initdb"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


def why_no_postgres() -> str:
    if os.name == "nt":
        return "PostgreSQL 测试需要 Unix 套接字 / the tests of PostgreSQL need Unix sockets"
    if postgres_binaries() is None:
        return "未安装 PostgreSQL（postgres、initdb），跳过 / postgres and initdb are not installed"
    return ""


def _other_user(folder: Path) -> dict[str, Any]:
    """The server refuses to run as root; arguments that run it as somebody else."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("root 之外没有可用的用户来运行 PostgreSQL / no user to run PostgreSQL as")


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """A private server on a Unix socket in a temporary folder; yields the folder of the socket."""
    import psycopg

    reason = why_no_postgres()
    if reason:
        pytest.skip(reason)
    binaries = postgres_binaries()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="zb"))
    user = _other_user(folder)
    initdb = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "zerobay", "-A", "trust"]
    options = ["--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run([*initdb, *options], check=True, capture_output=True, cwd=folder, **user)
    start = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-F"]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = subprocess.Popen(
            [*start, "-c", "listen_addresses="], stdout=log, stderr=log, cwd=folder, **user
        )
        try:
            for _ in range(300):
                with contextlib.suppress(psycopg.OperationalError):
                    psycopg.connect(host=str(folder), user="zerobay", dbname="postgres").close()
                    break
                time.sleep(0.1)
            yield str(folder)
        finally:
            server.send_signal(signal.SIGINT)  # closes at once, with every client
            server.wait(30)
            shutil.rmtree(folder, ignore_errors=True)
    (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)


def new_schema(socket: str) -> str:
    """Address of a new, empty schema; a database of its own would be 900 files a test."""
    import psycopg

    name = f"z{uuid.uuid4().hex[:12]}"
    with psycopg.connect(host=socket, user="zerobay", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")  # type: ignore[call-overload]
    return f"postgresql://zerobay@/postgres?host={socket}&options=-csearch_path%3D{name}"
