"""What this machine offers a rehearsal: Python, ports, open files, cores, memory, disk, terminal.

Each judgement is a function of the figures that it judges; `machine_findings` reads them here.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from scenarios.rehearsal.doctor.finding import Finding
from scenarios.rehearsal.open_files import RESERVED_FILES
from scenarios.workload.limits import IN_FLIGHT_LIMIT
from targets.backing.port import LOOPBACK, free_port

OLDEST_PYTHON = (3, 11)
FEWEST_IN_FLIGHT = 100
FEWEST_PORTS = 10_000
GIGABYTE = 1_000_000_000
CGROUP = Path("/sys/fs/cgroup")
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def machine_findings(directory: Path) -> Iterator[Finding]:
    """The findings on this machine, for runs that are kept under `directory`."""
    yield python_finding(sys.version_info[:3], platform.python_implementation())
    yield ports_finding(_free_ports(3), _ports_for_connections())
    yield open_files_finding(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    yield cores_finding(_cores(), os.getloadavg()[0])
    yield memory_finding(_available_memory_bytes())
    yield disk_finding(
        shutil.disk_usage(directory).free, is_writable=os.access(directory, os.W_OK | os.X_OK)
    )
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield terminal_finding(columns, is_coloured="NO_COLOR" not in os.environ)


def python_finding(version: tuple[int, ...], implementation: str) -> Finding:
    found = f"{implementation} {'.'.join(map(str, version))}"
    if version[:2] >= OLDEST_PYTHON:
        return Finding(check="Python", found=found)
    return Finding(
        check="Python", found=found, verdict="problem", advice="install Python 3.11 or later"
    )


def ports_finding(free_ports: int, for_connections: int | None) -> Finding:
    """`free_ports`: how many could be had to listen on. `for_connections`: how many the system
    gives to outgoing connections, None where it does not tell."""
    if not free_ports:
        return Finding(
            check="ports",
            found=f"none to be had on {LOOPBACK}",
            verdict="problem",
            advice=f"let programs listen on {LOOPBACK}: the shop and its servers do",
        )
    if for_connections is None:
        return Finding(check="ports", found=f"free ones on {LOOPBACK}")
    found = f"free ones on {LOOPBACK}, {for_connections:,} for connections"
    figures = {"ports_for_connections": float(for_connections)}
    if for_connections >= FEWEST_PORTS:
        return Finding(check="ports", found=found, figures=figures)
    return Finding(
        check="ports",
        found=found,
        verdict="warning",
        advice="widen net.ipv4.ip_local_port_range, or connections run out under load",
        figures=figures,
    )


def open_files_finding(limit: int) -> Finding:
    """`limit`: the hard limit of open files, to which a run raises its own. A visit in flight
    holds one connection at most."""
    if limit == resource.RLIM_INFINITY:
        return Finding(check="open files", found="no limit")
    in_flight = max(0, limit - RESERVED_FILES)
    found = f"{limit:,}, so at most {in_flight:,} visits in flight"
    figures = {"open_files": float(limit), "largest_in_flight_visits": float(in_flight)}
    if in_flight >= IN_FLIGHT_LIMIT:
        return Finding(check="open files", found=found, figures=figures)
    return Finding(
        check="open files",
        found=found,
        verdict="warning" if in_flight >= FEWEST_IN_FLIGHT else "problem",
        advice=f"allow 8192 open files (ulimit -Hn), or run with --in-flight {max(1, in_flight)}",
        figures=figures,
    )


def cores_finding(cores: float, load: float) -> Finding:
    """`cores` that this process may use (a fraction where a quota holds); `load` is the number
    of programs that wanted a core during the last minute."""
    found = f"{cores:g}, of which {load:.1f} were busy during the last minute"
    figures = {"cores": cores, "load": load}
    if cores < 2:
        advice = "give it 2 cores or more: the generator and the shop share one"
        return Finding(
            check="cores", found=found, verdict="warning", advice=advice, figures=figures
        )
    if load > cores:
        advice = "end other programs before a rehearsal, or its times are theirs too"
        return Finding(
            check="cores", found=found, verdict="warning", advice=advice, figures=figures
        )
    return Finding(check="cores", found=found, figures=figures)


def memory_finding(available_bytes: float) -> Finding:
    found = f"{available_bytes / GIGABYTE:.1f} GB available"
    figures = {"available_memory_bytes": available_bytes}
    if available_bytes >= GIGABYTE:
        return Finding(check="memory", found=found, figures=figures)
    return Finding(
        check="memory",
        found=found,
        verdict="problem" if available_bytes < 0.3 * GIGABYTE else "warning",
        advice="end other programs: a rehearsal with all its servers takes about 0.7 GB",
        figures=figures,
    )


def disk_finding(free_bytes: float, *, is_writable: bool) -> Finding:
    found = f"{free_bytes / GIGABYTE:.1f} GB free here"
    figures = {"free_disk_bytes": free_bytes}
    if not is_writable:
        advice = "go to a directory that you may write to: records go to ./runs"
        return Finding(
            check="disk",
            found=f"{found}, but not for you",
            verdict="problem",
            advice=advice,
            figures=figures,
        )
    if free_bytes >= GIGABYTE:
        return Finding(check="disk", found=found, figures=figures)
    return Finding(
        check="disk",
        found=found,
        verdict="problem" if free_bytes < 0.3 * GIGABYTE else "warning",
        advice="remove old directories of ./runs: a rehearsal needs up to 0.3 GB while it runs",
        figures=figures,
    )


def terminal_finding(columns: int | None, *, is_coloured: bool) -> Finding:
    if columns is None:
        return Finding(check="terminal", found="none: a run prints a line every 10 s")
    colours = "colours" if is_coloured else "no colours (NO_COLOR)"
    found = f"{columns} columns, {colours}"
    if columns >= 80:
        return Finding(check="terminal", found=found)
    return Finding(
        check="terminal", found=found, verdict="warning", advice="widen it to 80 columns"
    )


def _free_ports(wanted: int) -> int:
    try:
        return len({free_port() for _ in range(wanted)})
    except OSError:
        return 0


def _ports_for_connections() -> int | None:
    try:
        low, high = map(int, PORT_RANGE.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return None
    return high - low + 1


def _cores() -> float:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _cgroup_words("cpu.max")
    if len(quota) == 2 and quota[0].isdigit():
        return min(float(allowed or 1), int(quota[0]) / int(quota[1]))
    return float(allowed or 1)


def _available_memory_bytes() -> float:
    available = float(psutil.virtual_memory().available)
    limit, used = _cgroup_words("memory.max"), _cgroup_words("memory.current")
    if limit and used and limit[0].isdigit():
        return min(available, float(int(limit[0]) - int(used[0])))
    return available


def _cgroup_words(name: str) -> list[str]:
    """What a container's limit says, nothing outside of one."""
    try:
        return (CGROUP / name).read_text(encoding="ascii").split()
    except OSError:
        return []
