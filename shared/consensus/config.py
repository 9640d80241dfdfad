"""Every setting there is, read from the environment once, at the door.

OPENAI_*, FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and GOOGLE_CLOUD_PROJECT mean what their
users know them to mean; all else is CONSENSUS_*.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from consensus.core.errors import ConfigurationError
from consensus.said_plainly import in_words

LOCAL_PROJECT = "consensus-local"  # what the emulators are told where no project is named
_NAMES_SOMEBODY = re.compile(r"[^/?#]*//[^/?#]*@")  # a URL, as in https://name:password@host
_NOT_JSON = re.compile(r'^error parsing value for field "(\w+)"')  # pydantic-settings' words


class Settings(BaseSettings):
    """The settings of every deployable; each reads those it needs."""

    model_config = SettingsConfigDict(
        env_prefix="CONSENSUS_", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    # The model endpoint, named as in OpenAI's SDK.
    openai_api_key: SecretStr | None = Field(
        None, validation_alias="OPENAI_API_KEY", description="Key of the model endpoint."
    )
    openai_base_url: str | None = Field(
        None,
        validation_alias="OPENAI_BASE_URL",
        description="Endpoint that speaks OpenAI's protocol; unset: OpenAI itself, with a key.",
    )
    openai_model: str = Field(
        "gpt-4o-mini",
        validation_alias="OPENAI_MODEL",
        description="The model to ask, unless CONSENSUS_PANEL names others.",
    )
    openai_org_id: str | None = Field(
        None, validation_alias="OPENAI_ORG_ID", description="Organization that OpenAI bills."
    )
    openai_project_id: str | None = Field(
        None, validation_alias="OPENAI_PROJECT_ID", description="Project that OpenAI bills."
    )

    # Google Cloud and its emulators.
    google_cloud_project: str = Field(
        LOCAL_PROJECT,
        validation_alias="GOOGLE_CLOUD_PROJECT",
        description="Project of Firestore and Pub/Sub.",
    )
    firestore_emulator_host: str | None = Field(
        None,
        validation_alias="FIRESTORE_EMULATOR_HOST",
        description="host:port of a running Firestore emulator.",
    )
    pubsub_emulator_host: str | None = Field(
        None,
        validation_alias="PUBSUB_EMULATOR_HOST",
        description="host:port of a running Pub/Sub emulator.",
    )
    firestore_database: str = Field("(default)", description="Firestore database id.")

    # Topics, by their short names.
    dispatch_topic: str = Field("dispatch", description="Topic of tasks to dispatch.")
    dispatch_queue: str | None = Field(
        None,
        description="Full name of the Cloud Tasks queue of tasks to dispatch; unset: the dispatch "
        "topic is used.",
    )
    votes_topic: str = Field("votes", description="Topic of votes and abstentions.")
    timers_topic: str = Field("timers", description="Topic of deadlines (emulated: sweeps).")
    notices_topic: str = Field("notices", description="Topic of notices to subscribers.")
    results_topic: str | None = Field(
        None,
        description="Topic on which the end of every task is published, as a CloudEvent; unset: "
        "none.",
    )

    # Notices when a task ends.
    webhooks: Path | None = Field(
        None, description="TOML or JSON file of webhook endpoints (docs/webhooks.md)."
    )

    # The dispatch queue.
    crowd_queue: str | None = Field(
        None,
        description="Full name of the queue for tasks of owners above their fair share; "
        "unset: they wait among the others.",
    )
    timer_queue: str | None = Field(
        None,
        description="Full name of the queue that announces each task's deadline on the timers "
        "topic.",
    )
    dispatcher_url: str | None = Field(
        None, description="The dispatcher's https URL, to which the queue sends tasks."
    )
    dispatch_account: str | None = Field(
        None, description="The account whose ID token the dispatch queue sends."
    )
    timer_account: str | None = Field(
        None, description="The account as which the timer queue publishes."
    )
    dispatch_attempts: int = Field(
        100, ge=1, le=1000, description="Attempts of the dispatch queue for one task."
    )
    cloud_tasks_host: str | None = Field(
        None,
        validation_alias="CLOUD_TASKS_EMULATOR_HOST",
        description="host:port of a substitute for Cloud Tasks that speaks its gRPC API.",
    )

    # Batches' files.
    files_bucket: str | None = Field(
        None,
        description="Cloud Storage bucket of batches' files; unset: serve keeps them beside its "
        "store, functions in CONSENSUS_FILES.",
    )
    files: Path | None = Field(None, description="Folder of batches' files if there is no bucket.")
    storage_emulator_host: str | None = Field(
        None,
        validation_alias="STORAGE_EMULATOR_HOST",
        description="URL of a substitute for Cloud Storage that speaks its JSON API.",
    )

    # The panel: its voters and their workers.
    panel: Path | None = Field(
        None,
        description="TOML or JSON file of voters; unset: one voter that asks the OPENAI_* model.",
    )
    workers: int = Field(3, ge=1, le=64, description="Workers that serve starts.")
    max_workers: int = Field(15, ge=1, le=64, description="Most workers that serve may run.")
    worker_capacity: int = Field(
        256, ge=1, le=1024, description="Seats that one worker takes at once."
    )
    worker_targets: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host:port of the dispatcher's workers, comma-separated."
    )
    worker_audience: str | None = Field(
        None,
        description="The worker service's https URL; if set, calls go over TLS with an ID token.",
    )
    worker_token: SecretStr | None = Field(
        None, description="Token that workers require of callers if no IAM guards them."
    )
    reflection: bool = Field(False, description="Whether workers offer gRPC reflection.")
    hedge: bool = Field(True, description="Whether a slow seat is asked a second time.")

    # The model call.
    temperature: float | None = Field(None, ge=0, le=2, description="Sent to the model if set.")
    logprobs: Literal["auto", "off"] = Field(
        "auto", description="auto: confidence from log-probabilities if the endpoint returns them."
    )
    structured: Literal["auto", "off"] = Field(
        "auto",
        description="auto: ask for short answers by a JSON schema if the endpoint takes one.",
    )
    max_output_tokens: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Most tokens of one answer; unset: 4,096, or 32,768 once a model thinks.",
    )
    reasoning_effort: str | None = Field(
        None,
        pattern=r"\A[a-z]{1,20}\z",
        description="Sent to the model if set: how hard it thinks (none, low, medium, high).",
    )
    call_seconds: float | None = Field(
        None, gt=0, description="Most seconds of one model call; unset: until the task's deadline."
    )
    extra_body: dict[str, Any] = Field(
        {}, description="JSON object of extra fields for every request to the model."
    )
    headers: dict[str, str] = Field(
        {}, description="JSON object of extra headers for every request to the model."
    )
    model_attempts: int = Field(
        3, ge=1, le=10, description="Most attempts at one seat's model call."
    )
    input_usd_per_mtok: float | None = Field(
        None, ge=0, description="Price of a million input tokens."
    )
    output_usd_per_mtok: float | None = Field(
        None, ge=0, description="Price of a million output tokens."
    )

    # How a task is planned and decided.
    analysis: Literal["rules", "model"] = Field(
        "rules",
        description="model: a model proposes how a task is decided, within bounds; rules: rules "
        "decide.",
    )
    adjudications: int = Field(
        6,
        ge=0,
        le=20,
        description="Most pairs of answers that a model is asked about in a task; 0: none.",
    )
    learn: bool = Field(
        True,
        description="Whether later plans learn from finished tasks: how answers spread, "
        "who agrees.",
    )
    weigh_voters: bool = Field(
        True, description="Whether they also learn what each voter's votes weigh."
    )
    calibration: Path | None = Field(
        None, description="File from `replay --learn --calibration FILE`, for probability_correct."
    )

    # Limits.
    max_prompt_bytes: int = Field(
        100_000,
        ge=1,
        description="Most bytes of a prompt in UTF-8; longer ones get 413.",
    )
    max_open_tasks: int = Field(
        200, ge=1, description="Most open tasks of one owner; more get 429."
    )
    fair_share: int = Field(
        20,
        ge=1,
        description="Open tasks of one owner above which further ones wait apart from others'.",
    )
    batch_tasks: int = Field(
        16,
        ge=1,
        description="Most open tasks of one owner's batches together; never more than half of "
        "CONSENSUS_MAX_OPEN_TASKS.",
    )
    max_file_bytes: int = Field(
        100_000_000, ge=1, description="Most bytes of a batch's file; larger ones get 413."
    )
    max_files: int = Field(
        500,
        ge=1,
        le=10_000,
        description="Most files of one owner, results included; the next gets 409 until some are "
        "deleted.",
    )
    max_files_bytes: int = Field(
        2_000_000_000, ge=1, description="Most bytes of one owner's files together."
    )
    max_batches: int = Field(50, ge=1, le=500, description="Most batches of one owner in progress.")
    max_open_seats: int = Field(
        1000,
        ge=1,
        description="Working seats of one owner at which its next task gets 429. In Firestore "
        "tasks that come at one moment may pass it together: see deploy.md, Quotas and limits.",
    )
    max_tasks_per_minute: int | None = Field(
        None, ge=1, description="Most new tasks of one owner within a minute; more get 429."
    )
    max_cost_usd: float | None = Field(
        None, ge=0, description="Most that one task may spend; it is closed there."
    )

    # One machine.
    store: Path = Field(
        Path.home() / ".local" / "share" / "consensus" / "tasks.sqlite3",
        description="The store's file.",
    )
    retention_days: int = Field(
        30,
        ge=0,
        description="Days for which finished tasks are kept; 0: for ever.",
    )
    demo_seed: int = Field(0, description="Seed of the demo panel's answers.")
    demo_latency_ms: int = Field(600, ge=0, description="Typical milliseconds of a demo answer.")
    votes_url: str | None = Field(
        None, description="Where an embedded worker POSTs its ballots, many together."
    )
    votes_token: SecretStr | None = Field(None, description="Token that this URL requires.")

    # Who may call the supervisor.
    public: bool = Field(
        False,
        description="Whether everybody can reach the service, which then needs API keys or "
        "Firebase users.",
    )
    cloud_run_service: str | None = Field(
        None,
        validation_alias="K_SERVICE",
        description="Set by Cloud Run, where IAM identifies callers.",
    )
    api_keys: SecretStr | None = Field(
        None, description="owner:sha256hex of an API key, comma-separated; unset: one local owner."
    )
    firebase_project: str | None = Field(
        None, description="Firebase project whose signed-in users are owners, by their uid."
    )
    caller_audience: str | None = Field(
        None,
        description="Audience of callers' Google ID tokens, whose signatures are then checked here "
        "too; unset: IAM alone identifies callers.",
    )
    push_audience: str | None = Field(
        None, description="Audience that pushes' ID tokens must name if IAM does not guard."
    )
    push_account: str | None = Field(
        None, description="The service account that pushes; goes with CONSENSUS_PUSH_AUDIENCE."
    )

    operators: Annotated[tuple[str, ...], NoDecode] = Field(
        ("local",), description="Owners who may see GET /ready, comma-separated."
    )
    deciders: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Owners who may see and decide on everybody's unsettled tasks, "
        "comma-separated; everybody decides on their own.",
    )
    push_token: SecretStr | None = Field(
        None, description="Token that pushes must bring if neither IAM nor ID tokens guard them."
    )

    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Other sites whose pages may call, comma-separated: https://app.example.com.",
    )

    # Credentials that commands send with `--url`.
    api_key: SecretStr | None = Field(None, description="API key that commands send with --url.")
    token: SecretStr | None = Field(
        None, description="Bearer token that they send: an ID token for IAM or from Firebase."
    )

    # Logs and telemetry.
    telemetry: Literal["otlp", "google"] = Field(
        "otlp",
        description="otlp: spans and figures go where OTEL_EXPORTER_OTLP_ENDPOINT says, if it "
        "says; google: to this project's Cloud Trace and Cloud Monitoring.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least severe level that is logged."
    )

    @field_validator("worker_targets", "operators", "deciders", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("openai_base_url")
    @classmethod
    def _names_nobody(cls, url: str | None) -> str | None:
        """A URL is shown, logged and traced; a key is none of these."""
        if url and _NAMES_SOMEBODY.match(url):
            raise ValueError("must hold no name or password; a key goes into OPENAI_API_KEY")
        return url

    @classmethod
    def read(cls) -> Settings:
        """This process's settings; ConfigurationError names every variable that is wrong."""
        try:
            return cls()
        except ValueError as error:
            raise ConfigurationError(_explain(error)) from None

    @classmethod
    def variables(cls) -> list[str]:
        """The name of every variable that is read."""
        return [_variable((name,)) for name in cls.model_fields]

    def with_changes(self, **changes: object) -> Settings:
        """These settings with others in some places."""
        return self.model_copy(update=changes)

    def environment(self, *secrets: str) -> dict[str, str]:
        """The environment that makes a child process read these very settings.

        Of the secrets it is told those that are named here; the others read as unset, also where
        this process has them in an environment of its own that the child inherits.
        """
        told: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            text = _as_text(getattr(self, name))
            if field.annotation == SecretStr | None and name not in secrets:
                text = ""
            if text is not None:
                told[_variable((name,))] = text
        return told

    @property
    def names_cloud(self) -> bool:
        """Whether these settings are of a stack on Firestore, real or emulated."""
        return (
            self.firestore_emulator_host is not None or self.google_cloud_project != LOCAL_PROJECT
        )

    @property
    def cloud_project(self) -> str:
        """The Google Cloud project, "" on a laptop and on the emulators."""
        emulated = self.firestore_emulator_host or self.pubsub_emulator_host
        return "" if emulated or not self.names_cloud else self.google_cloud_project

    @property
    def has_endpoint(self) -> bool:
        """Whether the caller named a model endpoint; without one the demo panel stands in."""
        own = self.openai_api_key is not None or self.openai_base_url is not None
        return own or self.panel is not None


def _explain(error: ValueError) -> str:
    problems: list[dict[str, Any]] = getattr(error, "errors", list)()
    parts = [f"{_variable(p['loc'])} {in_words(p)}" for p in problems]
    if named := _NOT_JSON.search(str(error)):
        parts = [f"{_variable((named[1],))} must be JSON"]
    return "Bad setting: " + "; ".join(parts or [str(error)])


def _variable(location: tuple[object, ...]) -> str:
    name = str(location[0]) if location else "?"
    field = Settings.model_fields.get(name)
    alias = field.validation_alias if field else None
    if isinstance(alias, str):
        return alias
    return name if name.isupper() else f"CONSENSUS_{name.upper()}"


def _as_text(value: object) -> str | None:
    match value:
        case None | "" | ():
            return None
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return ",".join(map(str, value))
        case dict():
            return json.dumps(value) if value else None
        case _:
            return str(value)
