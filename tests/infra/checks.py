"""What must hold of every plan: who may do what, and that nothing is open, shared or unguarded."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra import wiring
from tests.infra.plans import PUBSUB_ITSELF, Plan, Resource, of_kind

FUNCTIONS = ("supervisor", "dispatcher", "aggregator")

TOPICS = ("votes", "timers", "sweeps")
DISPATCHING = ("supervisor", "aggregator")
QUEUES = ("dispatch", "crowd", "timers")
SENDERS = ("dispatch-push", "scheduler")
PIPELINE_ROLES = (
    "artifactregistry.reader", "browser", "cloudfunctions.developer", "cloudscheduler.viewer",
    "cloudtasks.viewer", "compute.networkViewer", "datastore.backupSchedulesViewer",
    "firebaserules.viewer", "iam.securityReviewer", "iam.serviceAccountViewer",
    "logging.logWriter", "logging.viewer", "monitoring.viewer", "ondemandscanning.admin",
    "pubsub.viewer", "run.developer",
    "secretmanager.viewer", "serviceusage.serviceUsageConsumer", "storage.bucketViewer",
)  # fmt: skip

# Every grant there is: who, what, on what. A new one is a change of this table, seen in review.
GRANTS = {
    ("supervisor", "datastore.user", "project"),
    ("dispatcher", "datastore.user", "project"),
    ("aggregator", "datastore.user", "project"),
    *((part, "cloudtasks.enqueuer", f"consensus-{q}") for part in DISPATCHING for q in QUEUES),
    *((part, "iam.serviceAccountUser", sender) for part in DISPATCHING for sender in SENDERS),
    ("worker", "pubsub.publisher", "consensus-votes"),
    ("dispatcher", "pubsub.publisher", "consensus-votes"),
    ("dispatcher", "pubsub.publisher", "consensus-timers"),
    ("scheduler", "pubsub.publisher", "consensus-timers"),  # as the timers' queue
    ("scheduler", "pubsub.publisher", "consensus-sweeps"),
    ("dispatcher", "run.invoker", "consensus-worker"),
    ("dispatch-push", "run.invoker", "consensus-dispatcher"),
    ("aggregate-push", "run.invoker", "consensus-aggregator"),
    ("pipeline", "run.invoker", "consensus-supervisor"),
    ("worker", "secretmanager.secretAccessor", "consensus-openai-api-key"),
    ("supervisor", "secretmanager.secretAccessor", "consensus-api-keys"),
    ("supervisor", "secretmanager.secretAccessor", "consensus-webhooks"),
    ("aggregator", "secretmanager.secretAccessor", "consensus-webhooks"),
    ("dispatcher", "secretmanager.secretAccessor", "consensus-panel"),
    ("worker", "secretmanager.secretAccessor", "consensus-panel"),
    ("pipeline", "secretmanager.secretAccessor", "consensus-tfvars"),
    ("pipeline", "secretmanager.secretAccessor", "consensus-smoke-key"),
    ("function-build", "artifactregistry.writer", "consensus-functions"),
    ("function-build", "logging.logWriter", "project"),
    ("function-build", "storage.objectViewer", "project"),
    ("supervisor", "storage.objectUser", "demo-project-consensus-files"),
    ("aggregator", "storage.objectUser", "demo-project-consensus-files"),
    ("pipeline", "artifactregistry.writer", "consensus-images"),
    ("pipeline", "storage.objectAdmin", "demo-project-consensus-sources"),
    ("pipeline", "storage.objectAdmin", "demo-project-consensus-state"),
    *((PUBSUB_ITSELF, "pubsub.publisher", f"consensus-{topic}-dead-letters") for topic in TOPICS),
    *((PUBSUB_ITSELF, "pubsub.subscriber", f"consensus-{topic}") for topic in TOPICS),
    (PUBSUB_ITSELF, "iam.serviceAccountTokenCreator", "dispatch-push"),
    (PUBSUB_ITSELF, "iam.serviceAccountTokenCreator", "aggregate-push"),
    ("pipeline", "iam.serviceAccountOpenIdTokenCreator", "pipeline"),
    *(("pipeline", "iam.serviceAccountUser", a) for a in (*FUNCTIONS, "worker", "function-build")),
    *(("pipeline", role, "project") for role in PIPELINE_ROLES),
    ("pipeline", "projects/demo-project/roles/consensus_database_reader", "project"),
}  # fmt: skip

Grant = tuple[str, str, str]


def grants(plan: Plan) -> set[Grant]:
    """The plan's IAM graph."""
    return {_grant(r) for r in plan if r.kind.endswith("_iam_member")}


def problems(plan: Plan, callers: frozenset[Grant] = frozenset()) -> list[str]:
    """What is wrong with a plan, a sentence each; callers: grants that its options ask for."""
    return [
        *wiring.secrets(plan),
        *_graph(plan, GRANTS | callers),
        *_accounts(plan),
        *_worker(plan),
        *_functions(plan),
        *_messages(plan),
        *_data(plan),
    ]


def _graph(plan: Plan, expected: set[Grant] | frozenset[Grant]) -> Iterator[str]:
    found = grants(plan)
    yield from (f"unexpected grant: {grant}" for grant in sorted(found - expected))
    yield from (f"missing grant: {grant}" for grant in sorted(expected - found))
    for resource in plan:
        if resource.kind.endswith(("_iam_binding", "_iam_policy")):
            yield f"{resource.address} takes away what others were granted"
        if resource.kind == "google_service_account_key":
            yield f"{resource.address} is a key that can be lost"


def _accounts(plan: Plan) -> Iterator[str]:
    used = {name: f.one("service_config").get("service_account_email") for name, f in _named(plan)}
    worker = of_kind(plan, "google_cloud_run_v2_service").get("worker")
    used["worker"] = worker.one("template").get("service_account") if worker else None
    for part, account in used.items():
        if account != f"consensus-{part}@demo-project.iam.gserviceaccount.com":
            yield f"{part} runs as {account}, not as an account of its own"


def _worker(plan: Plan) -> Iterator[str]:
    services = of_kind(plan, "google_cloud_run_v2_service")
    if set(services) != {"worker"}:
        yield f"services are {sorted(services)}"
        return
    worker = services["worker"]
    container = worker.one("template", "containers")
    if worker.values.get("invoker_iam_disabled") is not False:
        yield "the worker's invoker check may be off"
    if "@sha256:" not in container["image"]:
        yield "the worker's image is not named by digest"
    if container["resources"][0].get("cpu_idle") is not True:
        yield "the worker's CPU is paid for while nobody asks"
    if container["ports"][0].get("name") != "h2c":
        yield "the worker's port does not speak h2c"
    for probe in ("startup_probe", "liveness_probe"):
        if "grpc" not in container.get(probe, [{}])[0]:
            yield f"the worker has no gRPC {probe}"


def _functions(plan: Plan) -> Iterator[str]:
    functions = dict(_named(plan))
    if set(functions) != set(FUNCTIONS):
        yield f"functions are {sorted(functions)}"
    for name, function in functions.items():
        config = function.one("service_config")
        ingress = "ALLOW_ALL" if name == "supervisor" else "ALLOW_INTERNAL_ONLY"
        if config.get("ingress_settings") != ingress:
            yield f"{name} has ingress {config.get('ingress_settings')}"
        if int(config.get("max_instance_request_concurrency", 1)) == 1:
            yield f"{name} takes one request an instance"


def _messages(plan: Plan) -> Iterator[str]:
    subscriptions = of_kind(plan, "google_pubsub_subscription")
    topics = {r.values["name"] for r in of_kind(plan, "google_pubsub_topic").values()}
    topics |= {r.values["name"] for r in plan if r.kind == "google_pubsub_topic"}
    pushed = {r.values["topic"] for r in plan if r.kind == "google_pubsub_subscription"}
    yield from (f"nobody hears topic {topic}" for topic in sorted(topics - pushed))
    for resource in (r for r in plan if r.kind == "google_pubsub_subscription"):
        name, values = resource.values["name"], resource.values
        if "oidc_token" not in resource.one("push_config"):
            yield f"{name} pushes without a token"
        if "retry_policy" not in values:
            yield f"{name} retries without a pause"
        if "expiration_policy" not in values or "ttl" in resource.one("expiration_policy"):
            yield f"{name} is gone after a month of silence"
        if not name.endswith("-dead-letters"):
            policy = values.get("dead_letter_policy", [{}])[0]
            dead = policy.get("dead_letter_topic", "").rpartition("/")[2]
            if dead != f"{name}-dead-letters" or dead not in topics:
                yield f"{name} has no dead letters"
    if not subscriptions:
        yield "there are no subscriptions"


def _data(plan: Plan) -> Iterator[str]:
    database = of_kind(plan, "google_firestore_database")["tasks"].values
    if database["point_in_time_recovery_enablement"] != "POINT_IN_TIME_RECOVERY_ENABLED":
        yield "the database cannot be brought back"
    for name, bucket in of_kind(plan, "google_storage_bucket").items():
        if bucket.values.get("public_access_prevention") != "enforced":
            yield f"bucket {name} could be opened to all"


def _named(plan: Plan) -> Iterator[tuple[str, Resource]]:
    yield from of_kind(plan, "google_cloudfunctions2_function").items()


def _grant(resource: Resource) -> Grant:
    values = resource.values
    target = next(
        (
            values[k]
            for k in (
                "topic",
                "subscription",
                "secret_id",
                "bucket",
                "repository",
                "name",
                "service_account_id",
            )
            if k in values
        ),
        "project",
    )
    return (
        _part(values["member"]),
        values["role"].removeprefix("roles/"),
        _part(target),
    )


def _part(name: str) -> str:
    """An account's part: consensus-worker@... is worker; any other name is itself."""
    account = name.rpartition("/")[2].removeprefix("serviceAccount:")
    if account.endswith("@demo-project.iam.gserviceaccount.com"):
        return account.partition("@")[0].removeprefix("consensus-")
    return name
