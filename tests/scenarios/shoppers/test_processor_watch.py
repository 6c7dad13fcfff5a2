"""Who used the processors since the last reading."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from scenarios.shoppers.processor_watch import ProcessorWatch


def spin(seconds: float) -> None:
    """Uses `seconds` of processor time in this thread."""
    until_s = time.thread_time() + seconds
    while time.thread_time() < until_s:
        pass


def test_the_loops_own_thread_is_told_from_the_process():
    watch = ProcessorWatch()
    other = threading.Thread(target=spin, args=(0.3,))
    other.start()
    other.join()
    use = watch.take()
    assert use.player_ratio * use.elapsed_s > 0.25
    assert use.loop_ratio * use.elapsed_s < 0.15


def test_work_of_another_process_is_not_the_players():
    words = "import time\nwhile time.thread_time() < 0.6: pass"
    watch = ProcessorWatch()
    subprocess.run([sys.executable, "-c", words], check=True)
    use = watch.take()
    assert use.others_ratio * use.elapsed_s > 0.5
    assert use.player_ratio * use.elapsed_s < 0.3


def test_a_reading_covers_the_time_since_the_one_before():
    watch = ProcessorWatch()
    spin(0.2)
    watch.take()
    time.sleep(0.2)
    assert watch.take().loop_ratio < 0.5
