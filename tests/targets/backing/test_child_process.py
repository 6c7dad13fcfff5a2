from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from targets.backing.child_process import (
    ChildCommand,
    ServiceStartError,
    run_to_end,
    running_process,
)
from tests.targets.backing.processes import (
    PATIENCE_S,
    children_since,
    descendants_of,
    is_running,
    parent_running,
    still_running_after_a_while,
)

SHELL = "/bin/sh"


def shell(directory: Path, script: str, **fields: object) -> ChildCommand:
    command = [SHELL, "-c", script]
    return ChildCommand(name="child", command=command, directory=directory, **fields)


def says(command: ChildCommand, word: str) -> bool:
    return word in command.log.read_text()


def test_child_runs_inside_the_block_and_not_after(tmp_path):
    with running_process(shell(tmp_path, "exec sleep 1000"), is_ready=lambda: True) as child:
        assert is_running(child.pid)
        assert child.exit_status() is None
    assert not is_running(child.pid)


def test_child_gets_its_stop_signal_and_time_to_end(tmp_path):
    command = shell(
        tmp_path,
        "trap 'sleep 0.3; echo tidied; exit 0' INT; echo up; while :; do sleep 0.05; done",
        stop_signal=signal.SIGINT,
    )
    with running_process(command, is_ready=lambda: says(command, "up")):
        pass
    assert says(command, "tidied")


def test_child_that_ignores_the_signal_is_killed_after_its_bound(tmp_path):
    script = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    command = shell(tmp_path, script, stop_bound_s=0.3)
    with running_process(command, is_ready=lambda: says(command, "up")) as child:
        pass
    assert child.exit_status() == 128 + signal.SIGKILL
    assert not is_running(child.pid)


def test_children_of_the_child_are_stopped_with_it(tmp_path):
    command = shell(tmp_path, "sleep 1000 & echo $! up; wait")
    with running_process(command, is_ready=lambda: says(command, "up")):
        grandchild = int(command.log.read_text().split()[0])
        assert is_running(grandchild)
    assert still_running_after_a_while([grandchild]) == []


def test_child_that_ends_before_it_is_ready_is_an_error_with_its_last_words(tmp_path):
    command = shell(tmp_path, "echo out of cheese >&2; exit 3")
    with (
        pytest.raises(ServiceStartError) as error,
        running_process(command, is_ready=lambda: False),
    ):
        pass
    assert str(error.value) == (
        f"child ended with status 3; its log is {tmp_path}/child.log\n  | out of cheese"
    )


def test_child_that_never_answers_is_stopped_and_an_error(tmp_path):
    command = shell(tmp_path, "echo $$; exec sleep 1000")
    with (
        pytest.raises(ServiceStartError, match=r"child did not answer within 0\.2 s"),
        running_process(command, is_ready=lambda: False, start_bound_s=0.2),
    ):
        pass
    assert not is_running(int(command.log.read_text()))


def test_answer_of_somebody_else_does_not_make_a_dead_child_ready(tmp_path):
    before = descendants_of(os.getpid())
    command = shell(tmp_path, "exit 1")

    def somebody_answers_once_the_child_is_dead():
        return still_running_after_a_while(children_since(before)) == []

    with (
        pytest.raises(ServiceStartError, match="child ended with status 1"),
        running_process(command, is_ready=somebody_answers_once_the_child_is_dead),
    ):
        pass


def test_missing_program_is_an_error_that_names_it(tmp_path):
    command = ChildCommand(name="child", command=["/no/such/program"], directory=tmp_path)
    with pytest.raises(ServiceStartError, match="cannot start /no/such/program: No such file"):
        run_to_end(command)


def test_program_that_runs_too_long_is_stopped_and_an_error(tmp_path):
    before = descendants_of(os.getpid())
    with pytest.raises(ServiceStartError, match=r"child did not end within 0\.2 s"):
        run_to_end(shell(tmp_path, "exec sleep 1000"), bound_s=0.2)
    assert children_since(before) == []


def test_log_keeps_what_earlier_starts_said(tmp_path):
    run_to_end(shell(tmp_path, "echo first"))
    run_to_end(shell(tmp_path, "echo second"))
    assert (tmp_path / "child.log").read_text() == "first\nsecond\n"


def test_child_is_killed_even_when_its_leash_was(tmp_path):
    with running_process(shell(tmp_path, "exec sleep 1000"), is_ready=lambda: True) as child:
        os.kill(child.leash.pid, signal.SIGKILL)
    assert still_running_after_a_while([child.pid]) == []


PARENT = """
import os, sys, time
from pathlib import Path
from targets.backing.child_process import ChildCommand, running_process
directory = Path(sys.argv[1])
command = ChildCommand(
    name="child",
    command=["/bin/sh", "-c", "sleep 1000 & wait"],
    directory=directory,
    remove_after=[directory / "data"],
)
with running_process(command, is_ready=lambda: True):
    if "forked" in sys.argv and os.fork() == 0:
        os.setsid()
        time.sleep(float(sys.argv[3]))
        os._exit(0)
    print("ready", flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_the_parent_is_gone(tmp_path, number):
    (tmp_path / "data").mkdir()
    with parent_running(PARENT, str(tmp_path)) as parent:
        family = descendants_of(parent.pid)
        assert len(family) >= 2, "a leash and a child"
        os.kill(parent.pid, number)
        parent.wait(PATIENCE_S)
    assert still_running_after_a_while(family) == []
    assert not (tmp_path / "data").exists()


def test_fork_that_holds_the_link_does_not_keep_the_child_alive(tmp_path):
    with parent_running(PARENT, str(tmp_path), "forked", "20") as parent:
        family = descendants_of(parent.pid)
        fork = next(p for p in family if _is_fork_of(parent.pid, p))
        parent.kill()
        parent.wait()
        held = [pid for pid in family if pid != fork]
        assert still_running_after_a_while(held) == []
        assert is_running(fork)
        os.kill(fork, signal.SIGKILL)


def _is_fork_of(parent: int, pid: int) -> bool:
    import psutil

    return psutil.Process(pid).cmdline() == psutil.Process(parent).cmdline()


def test_ctrl_c_in_the_terminal_reaches_the_child_only_through_its_parent(tmp_path):
    with running_process(shell(tmp_path, "exec sleep 1000"), is_ready=lambda: True) as child:
        assert os.getsid(child.pid) == child.pid
        assert os.getsid(child.leash.pid) == child.leash.pid
