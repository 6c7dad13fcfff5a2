from __future__ import annotations

from functools import partial

import pytest

from sim.engines import chosen_engine, is_kernel_there
from tests.sim import plays

ENGINES = ("event", "kernel")


@pytest.fixture(params=ENGINES)
def play(request):
    """`tests.sim.plays.play` on one engine after the other: what holds for one holds for both."""
    if request.param == "kernel" and not is_kernel_there():
        pytest.skip("the compiled engine is not there")
    _, engine = chosen_engine(request.param)
    return partial(plays.play, engine=engine)
