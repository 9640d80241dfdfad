"""How tasks are accepted, on one machine and in the cloud alike."""

from __future__ import annotations

from consensus.adapters.local.calibration_file import read_calibrations
from consensus.adapters.webhooks.webhooks_file import subscribers
from consensus.bootstrap.analysts import Close, analyst
from consensus.bootstrap.identifiers import new_id
from consensus.config import Settings
from consensus.ports import Clock, EventBus, TaskStore
from consensus.usecases.experience import Experience
from consensus.usecases.submit import Submit


def submitting(
    settings: Settings, store: TaskStore, bus: EventBus, clock: Clock, *, topic: bool = False
) -> tuple[Submit, Close]:
    """The submit use case of the settings, and how to close it. Raises ConfigurationError.

    topic: whether there is a bus with a results topic.
    """
    asked, close = analyst(settings)
    experience = Experience(
        store,
        clock,
        learn=settings.learn,
        calibrations=read_calibrations(settings),
        weigh=settings.weigh_voters,
    )
    submit = Submit(
        store,
        bus,
        clock,
        new_id,
        max_cost_usd=settings.max_cost_usd,
        max_open_tasks=settings.max_open_tasks,
        max_open_seats=settings.max_open_seats,
        max_tasks_per_minute=settings.max_tasks_per_minute,
        experience=experience,
        adjudications=settings.adjudications,
        fair_share=settings.fair_share if settings.crowd_queue else None,
        analyst=asked,
        subscribers=subscribers(settings, topic=topic),
    )
    return submit, close
