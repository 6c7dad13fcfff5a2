"""A target that goes on running after the command that started it: its supervisor and its state.

The supervisor is `doorbuster target up --foreground` in a session of its own. Once the target is
healthy it writes `runs/targets/NAME.json`, and removes it when it stops.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import IO

import psutil

from targets.embedded import IMPORT_ROOT, ShopAddress, is_healthy

START_BOUND_S = 120.0
STOP_BOUND_S = 30.0
POLL_S = 0.05
SAME_START_S = 0.5
"""A process whose start differs by more is another one with a used pid."""


class TargetStartError(Exception):
    """The supervisor ended, with `exit_status`, before its target was healthy."""

    def __init__(self, message: str, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTarget:
    """What is known of a target that was started. `pid` is the supervisor's."""

    name: str
    url: str
    pid: int
    started_epoch_s: float
    """When the supervisor process started, as the system tells it."""
    up_since: str
    log: str
    services: Mapping[str, str]
    process_ids: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def state_file(workspace: Path, name: str) -> Path:
    return workspace / "runs" / "targets" / f"{name}.json"


def log_directory(workspace: Path, name: str) -> Path:
    return workspace / "runs" / "targets" / name


def known_targets(workspace: Path) -> list[RunningTarget]:
    """The targets whose state is in the workspace, by name, alive or not."""
    files = sorted(state_file(workspace, "*").parent.glob("*.json"))
    return [target for file in files if (target := _read(file)) is not None]


def known_target(workspace: Path, name: str) -> RunningTarget | None:
    return _read(state_file(workspace, name))


def is_alive(target: RunningTarget) -> bool:
    return _supervisor(target) is not None


def health_of(target: RunningTarget) -> str:
    """`healthy`, `unhealthy` (up, and /health does not say 200) or `gone`."""
    if not is_alive(target):
        return "gone"
    return "healthy" if is_healthy(target.url) else "unhealthy"


@contextmanager
def state_kept(workspace: Path, name: str, shop: ShopAddress) -> Iterator[RunningTarget]:
    """Inside the supervisor: the state file exists as long as the block runs."""
    target = RunningTarget(
        name=name,
        url=shop.url,
        pid=os.getpid(),
        started_epoch_s=psutil.Process().create_time(),
        up_since=datetime.now().astimezone().isoformat(timespec="seconds"),
        log=str(log_directory(workspace, name)),
        services={key: getattr(shop.services, key) for key in ("postgres", "valkey", "nats")},
        process_ids=shop.process_ids,
    )
    file = state_file(workspace, name)
    whole = file.with_suffix(".part")
    whole.write_text(json.dumps(target.as_json(), indent=2) + "\n", encoding="utf-8")
    whole.replace(file)
    try:
        yield target
    finally:
        file.unlink(missing_ok=True)


def start_detached(
    command: Sequence[str], workspace: Path, name: str, *, show: Callable[[str], None]
) -> RunningTarget:
    """Start a supervisor and wait until its target is healthy, showing what it says meanwhile.

    Raises TargetStartError when it ends before, or is not up within START_BOUND_S seconds. When
    the wait is interrupted the supervisor is stopped.
    """
    log = log_directory(workspace, name) / "supervisor.log"
    try:
        state_file(workspace, name).unlink(missing_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
    except OSError as error:
        raise TargetStartError(f"{log}: cannot be written: {error.strerror}", -1) from None
    with log.open("ab") as said, log.open(encoding="utf-8", errors="replace") as heard:
        heard.seek(0, os.SEEK_END)
        supervisor = _spawned(command, said)
        try:
            target = _awaited(supervisor, workspace, name, lambda: _pass_on(heard.read(), show))
        except BaseException:
            supervisor.terminate()
            with suppress(subprocess.TimeoutExpired):
                supervisor.wait(STOP_BOUND_S)
            raise
    # It is meant to outlive us: nobody will wait for it here, which Popen would warn of.
    supervisor.returncode = 0
    return target


def stop_detached(target: RunningTarget, *, clock: Callable[[], float] = time.monotonic) -> float:
    """Stop a target and all that was started for it; the seconds that it took.

    Returns at most about STOP_BOUND_S later: a supervisor that does not end is killed, and the
    leashes of its children stop them.
    """
    began_s = clock()
    if (supervisor := _supervisor(target)) is None:
        return 0.0
    family = [supervisor]
    with suppress(psutil.NoSuchProcess):  # it may end by itself between any two of these lines
        family += supervisor.children(recursive=True)
        supervisor.terminate()
        if not _ended(family[:1], clock() + STOP_BOUND_S, clock):
            supervisor.kill()
    _ended(family, clock() + STOP_BOUND_S, clock)
    return clock() - began_s


def _ended(
    processes: Sequence[psutil.Process], deadline_s: float, clock: Callable[[], float]
) -> bool:
    """Wait for processes of which most are not our children; False when some still run."""
    while any(_runs(process) for process in processes):
        if clock() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        # A zombie has ended: when init collects it is not our affair.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _spawned(command: Sequence[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=IMPORT_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )


def _awaited(
    supervisor: subprocess.Popen[bytes], workspace: Path, name: str, pass_on: Callable[[], None]
) -> RunningTarget:
    deadline_s = time.monotonic() + START_BOUND_S
    while time.monotonic() < deadline_s:
        status = supervisor.poll()
        target = known_target(workspace, name)
        pass_on()
        if status is not None:
            raise TargetStartError(f"target {name} did not start", status)
        if target is not None:
            return target
        time.sleep(POLL_S)
    raise TargetStartError(f"target {name} is not up after {START_BOUND_S:g} s", -1)


def _pass_on(text: str, show: Callable[[str], None]) -> None:
    if text:
        show(text.rstrip("\n"))


def _read(file: Path) -> RunningTarget | None:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return RunningTarget(**{f.name: known[f.name] for f in fields(RunningTarget)})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not there, or not ours


def _supervisor(target: RunningTarget) -> psutil.Process | None:
    """Its supervisor, None if that has ended (or is a stranger with the same pid)."""
    try:
        process = psutil.Process(target.pid)
        is_same = abs(process.create_time() - target.started_epoch_s) < SAME_START_S
    except psutil.NoSuchProcess:
        return None
    return process if is_same and _runs(process) else None
