"""The kernel engine: plays a plan through a model, compiled. See `sim.engine.contract`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from reports.documents.mistake import mistake_on_command_line
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import EngineOptions, Played, Sink
from sim.engine.refusal import refuse_unrepresentable
from sim.model.service_model import ServiceModel


def silent(_: float) -> None:
    """Progress that nobody watches."""


def never(_: float) -> bool:
    """A plan that is played to its end."""
    return False


def play(
    plan: VisitPlan,
    model: ServiceModel,
    sink: Sink,
    options: EngineOptions,
    *,
    progress: Callable[[float], None] = silent,
    ended: Callable[[float], bool] = never,
) -> Played:
    """See `sim.engine.contract.Engine`. Also raises DocumentError when numba is not installed."""
    refuse_unrepresentable(plan, model)
    if find_spec("numba") is None:
        message = "needs numba: pip install doorbuster[fast], or choose the engine `event`"
        raise mistake_on_command_line("the engine `kernel`", message)
    from sim.kernel_engine.compiled_engine import CompiledRun

    return CompiledRun(plan, model, sink, options, progress, ended).play()
