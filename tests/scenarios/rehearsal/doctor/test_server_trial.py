"""Whether servers start, tried on stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from scenarios.rehearsal.doctor.server_trial import server_findings
from targets.backing.child_process import Service, ServiceStartError


def starting(left: list[int]) -> Callable[[Path, int], AbstractContextManager[Service]]:
    @contextmanager
    def server(directory: Path, port: int) -> Iterator[Service]:
        assert directory.is_dir()
        yield Service(url=f"nats://127.0.0.1:{port}", pid=None)
        left.append(port)

    return server


@contextmanager
def failing(directory: Path, port: int) -> Iterator[Service]:
    raise ServiceStartError("valkey ended with status 127")
    yield


def test_a_server_that_starts_is_stopped_again(tmp_path: Path) -> None:
    left: list[int] = []
    (finding,) = server_findings(tmp_path / "new", {"nats": starting(left)})
    assert (finding.check, finding.verdict, len(left)) == ("NATS", "ok", 1)
    assert finding.figures["start_s"] >= 0


def test_a_server_that_does_not_start_hides_no_other(tmp_path: Path) -> None:
    findings = server_findings(tmp_path, {"valkey": failing, "nats": starting([])})
    assert [each.verdict for each in findings] == ["problem", "ok"]
    assert findings[0].found == "valkey ended with status 127"
    assert "--valkey URL" in findings[0].advice
