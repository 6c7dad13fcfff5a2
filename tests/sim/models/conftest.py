from __future__ import annotations

from importlib.util import find_spec

import pytest

from sim.engines import chosen_engine


@pytest.fixture(params=["event", "kernel"])
def engine(request):
    """One engine after the other: what a model says must not depend on who plays it."""
    if request.param == "kernel" and find_spec("sim.kernel_engine.engine") is None:
        pytest.skip("the compiled engine is not there")
    _, play = chosen_engine(request.param)
    return play
