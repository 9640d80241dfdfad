"""Who reaches whom, and within what limits: tables of every edge, timeout, cap and environment.

topic or queue -> path -> door -> audience -> account -> entry point -> timeout

A plan is made with known URLs in the place of those that Google gives (plans.URLS), so that each
value in it says which part it means. A new edge, or another limit, is a change of these tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from consensus.adapters.google.cloud_tasks import HELD_AT_MOST
from consensus.bootstrap.stand_ins import ACK_SECONDS, MAX_ATTEMPTS
from tests.infra.plans import URLS, Plan, Resource, of_kind

PROJECT, REGION = "demo-project", "us-central1"
QUEUES = f"projects/{PROJECT}/locations/{REGION}/queues"
RETENTION_DAYS = 30
PLACES = 10 * 40  # tasks that all dispatchers hold at once


def account(part: str) -> str:
    """The e-mail of a part's account."""
    return f"consensus-{part}@{PROJECT}.iam.gserviceaccount.com"


# Each function: its bundle and entry point, and its limits.
FUNCTIONS: Mapping[str, Mapping[str, object]] = {
    "supervisor": {
        "entry_point": "submit",
        "bundle": "supervisor",
        "timeout_seconds": "660",  # the longest wait, 600 s, and the answer
        "max_instance_count": "10",
        "max_instance_request_concurrency": "80",
        "ingress_settings": "ALLOW_ALL",
    },
    "dispatcher": {
        "entry_point": "dispatch",
        "bundle": "supervisor",
        "timeout_seconds": str(int(HELD_AT_MOST.total_seconds())),
        "max_instance_count": "10",
        "max_instance_request_concurrency": "40",
        "ingress_settings": "ALLOW_INTERNAL_ONLY",
    },
    "aggregator": {
        "entry_point": "aggregate",
        "bundle": "aggregator",
        "timeout_seconds": str(ACK_SECONDS),
        "max_instance_count": "10",
        "max_instance_request_concurrency": "80",
        "ingress_settings": "ALLOW_INTERNAL_ONLY",
    },
}
OF_EVERY_FUNCTION = {
    "runtime": "python313",
    "available_cpu": "1",
    "available_memory": "512Mi",
    "min_instance_count": "0",
}

# Each topic with its subscription: the door and path that it is pushed to, as whom, and the age in
# seconds at which a message that waits there is late.
Edges = Mapping[str, tuple[str, str, str, int]]


def _with_dead_letters(edges: Edges) -> Edges:
    dead = ("aggregator", "/dead-letters", "aggregate-push", 120)
    return {**edges, **{f"{topic}-dead-letters": dead for topic in edges}}


PUSHES = _with_dead_letters(
    {
        "consensus-votes": ("aggregator", "/votes", "aggregate-push", 120),
        "consensus-timers": ("aggregator", "/timers", "aggregate-push", 120),
        "consensus-sweeps": ("aggregator", "/timers", "aggregate-push", 120),
    }
)
# Those that options bring: subscribers of ends, and what dispatched tasks before queues did.
OPTIONAL_PUSHES = _with_dead_letters(
    {
        "consensus-notices": ("aggregator", "/notices", "aggregate-push", 300),
        "consensus-dispatch": ("dispatcher", "/dispatch", "dispatch-push", 720),
    }
)
WITH_OPTIONAL_PUSHES = (
    "-var=keep_dispatch_topic=true",
    "-var=webhooks_version=5",
    "-var=results_topic=true",
)
# Who says what on a topic that options bring. Nothing of ours hears the results.
OPTIONAL_PUBLISHERS = {
    "consensus-notices": {"supervisor", "aggregator"},
    "consensus-dispatch": {"supervisor", "aggregator"},
    "consensus-results": {"aggregator"},
}

# Each queue: how many tasks at once, and how many attempts at one.
QUEUED: Mapping[str, Mapping[str, object]] = {
    "consensus-dispatch": {"max_concurrent_dispatches": str(PLACES // 2), "max_attempts": "100"},
    "consensus-crowd": {"max_concurrent_dispatches": str(PLACES // 2), "max_attempts": "100"},
    "consensus-timers": {"max_concurrent_dispatches": "100", "max_attempts": "20"},
}
OF_EVERY_QUEUE = {
    "max_dispatches_per_second": "500",
    "min_backoff": "1s",
    "max_backoff": "30s",
    "max_doublings": "5",
}

COMMON = {
    "GOOGLE_CLOUD_PROJECT": PROJECT,
    "CONSENSUS_FIRESTORE_DATABASE": "(default)",
    "CONSENSUS_RETENTION_DAYS": str(RETENTION_DAYS),
    "CONSENSUS_VOTES_TOPIC": "consensus-votes",
    "CONSENSUS_TIMERS_TOPIC": "consensus-timers",
    "CONSENSUS_LOG_LEVEL": "INFO",
}
DISPATCHING = {
    "CONSENSUS_DISPATCH_QUEUE": f"{QUEUES}/consensus-dispatch",
    "CONSENSUS_CROWD_QUEUE": f"{QUEUES}/consensus-crowd",
    "CONSENSUS_TIMER_QUEUE": f"{QUEUES}/consensus-timers",
    "CONSENSUS_DISPATCHER_URL": URLS["dispatcher"],
    "CONSENSUS_DISPATCH_ACCOUNT": account("dispatch-push"),
    "CONSENSUS_TIMER_ACCOUNT": account("scheduler"),
}
SUBMITTING = {"CONSENSUS_FILES_BUCKET": f"{PROJECT}-consensus-files"}
# What each part is told, and nothing besides.
ENVIRONMENTS: Mapping[str, Mapping[str, str]] = {
    "supervisor": COMMON | DISPATCHING | SUBMITTING | {"CONSENSUS_PUBLIC": "false"},
    "aggregator": COMMON | DISPATCHING | SUBMITTING,
    "dispatcher": COMMON
    | {
        "CONSENSUS_WORKER_TARGETS": "worker.example:443",
        "CONSENSUS_WORKER_AUDIENCE": URLS["worker"],
        "CONSENSUS_DISPATCH_ATTEMPTS": "100",
    },
    "worker": {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "OPENAI_MODEL": "gpt-4o-mini",
        "CONSENSUS_VOTES_TOPIC": "consensus-votes",
        "CONSENSUS_WORKER_CAPACITY": "64",
        "CONSENSUS_LOG_LEVEL": "INFO",
    },
}

# Each alert: its metric and resource, what it must pass, over how long, and for how long.
LINE = "logging.googleapis.com/user/consensus/"
ALERTS: Mapping[str, tuple[str, str, str, str, str]] = {
    "overdue-tasks": (f"{LINE}swept", "cloud_run_revision", "3", "600s", "0s"),
    "missing-votes": (f"{LINE}abstained", "cloud_run_revision", "20", "600s", "0s"),
    "operator-faults": (f"{LINE}refused", "cloud_run_revision", "0", "300s", "0s"),
    "dead-letters": (f"{LINE}given-up", "cloud_run_revision", "0", "300s", "0s"),
    "rejected-messages": (f"{LINE}rejected", "cloud_run_revision", "20", "600s", "0s"),
    "lost-seats": (f"{LINE}lost", "cloud_run_revision", "0", "300s", "0s"),
    "untold-ends": (f"{LINE}untold", "cloud_run_revision", "0", "300s", "0s"),
    "dispatch-depth": (
        "cloudtasks.googleapis.com/queue/depth",
        "cloud_tasks_queue", str(PLACES), "300s", "0s",
    ),
    "dispatch-age": (
        "cloudtasks.googleapis.com/queue/task_attempt_delays",
        "cloud_tasks_queue", "30000", "300s", "0s",
    ),
    "spend": (
        "run.googleapis.com/request_count", "cloud_run_revision", "2000", "3600s", "0s",
    ),
    "error-ratio": (
        "run.googleapis.com/request_count", "cloud_run_revision", "0.05", "300s", "300s",
    ),
}  # fmt: skip
EACH_QUEUE = (
    '{monitored_resource="cloud_tasks_queue", queue_id=~"consensus-dispatch|consensus-crowd"}'
)
PAUSED = (
    f"cloudtasks_googleapis_com:queue_depth{EACH_QUEUE} > 0 unless on (queue_id) sum by (queue_id)"
    f" (increase(cloudtasks_googleapis_com:queue_task_attempt_count{EACH_QUEUE}[5m])) > 0"
)

SECRET_NAME = re.compile(
    r"(KEY|TOKEN|SECRET|PASS|PASSWORD|PASSWD|PWD|CREDENTIAL|BEARER|DSN|HEADER)S?$", re.IGNORECASE
)
NO_SECRETS = {"CONSENSUS_MAX_OUTPUT_TOKENS"}  # counts of tokens
SECRET_VALUE = re.compile(
    r"\bsk[-_](live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{8,}|AIza[\w-]{20,}|gh[pousr]_\w{20,}"
    r"|AKIA[0-9A-Z]{12,}|xox[abpr]-[\w-]{8,}|ya29\.[\w-]{8,}|-----BEGIN|://[^/\s:@]+:[^/\s@]+@"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\."
)
# A long word of letters and digits mixed is a key until it is known for something else.
SECRET_WORD = re.compile(
    r"(?=[^-.:/]*\d)(?=[^-.:/]*[A-Za-z])[A-Za-z0-9_+=]{24,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)


def problems(plan: Plan) -> Iterator[str]:
    """What is wired wrongly in the plan of a deployment that says no more than it must."""
    yield from _functions(plan)
    yield from _worker(plan)
    yield from edges(plan, PUSHES)
    yield from _queues(plan)
    yield from _scheduler(plan)
    yield from _environments(plan)
    yield from _alerts(plan)
    yield from _kept(plan)
    yield from secrets(plan)


def secrets(plan: Plan) -> Iterator[str]:
    """What looks like a secret and stands in the open: in any environment, or anywhere at all."""
    for part, told in environments(plan).items():
        for name, value in told.items():
            if name in NO_SECRETS and value.isdecimal():
                continue
            if SECRET_NAME.search(name) or SECRET_VALUE.search(value) or SECRET_WORD.search(value):
                yield f"{part} is told {name} in the open"
    for resource in plan:
        for path, value in _texts(resource.values):
            if SECRET_VALUE.search(value):
                yield f"{resource.address} has what looks like a secret at {path}"


def publishers(plan: Plan) -> dict[str, set[str]]:
    """Which parts may say something on each topic."""
    found: dict[str, set[str]] = {}
    for grant in (r.values for r in plan if r.kind == "google_pubsub_topic_iam_member"):
        part = grant["member"].partition("@")[0].removeprefix("serviceAccount:consensus-")
        found.setdefault(grant["topic"], set()).add(part)
    return found


def environments(plan: Plan) -> dict[str, dict[str, str]]:
    """What each part is told in the open, by part."""
    found = {
        name: dict(function.one("service_config").get("environment_variables", {}))
        for name, function in of_kind(plan, "google_cloudfunctions2_function").items()
    }
    for name, service in of_kind(plan, "google_cloud_run_v2_service").items():
        told = service.one("template", "containers").get("env", [])
        found[name] = {v["name"]: v["value"] for v in told if "value" in v}
    builds = of_kind(plan, "google_cloudfunctions2_function").items()
    for name, function in builds:
        if told := function.one("build_config").get("environment_variables"):
            found[f"{name}'s build"] = dict(told)
    return found


def _functions(plan: Plan) -> Iterator[str]:
    found = of_kind(plan, "google_cloudfunctions2_function")
    yield from _named("function", found, FUNCTIONS)
    for name, expected in FUNCTIONS.items():
        if name not in found:
            continue
        function = found[name]
        build, config = function.one("build_config"), function.one("service_config")
        archive = build["source"][0]["storage_source"][0]["object"]
        told = {**build, **config, "bundle": archive.partition("-")[0]}
        yield from _differ(name, told, {**OF_EVERY_FUNCTION, **expected})
        if function.values["name"] != f"consensus-{name}":
            yield f"{name} is called {function.values['name']}"


def _worker(plan: Plan) -> Iterator[str]:
    for service in of_kind(plan, "google_cloud_run_v2_service").values():
        template = service.one("template")
        container = service.one("template", "containers")
        told = {
            "ingress": service.values["ingress"],
            **template,
            **template["scaling"][0],
            **container["resources"][0]["limits"],
            "port": container["ports"][0]["container_port"],
        }
        expected = {
            # Reached from outside any VPC: IAM keeps others out.
            "ingress": "INGRESS_TRAFFIC_ALL",
            "timeout": "600s",  # a stream may last as long as its task
            "max_instance_request_concurrency": ENVIRONMENTS["worker"]["CONSENSUS_WORKER_CAPACITY"],
            "min_instance_count": "0",
            "max_instance_count": "15",
            "cpu": "1",
            "memory": "512Mi",
            "port": "8080",
        }
        yield from _differ("worker", told, expected)
        for probe, seconds in (("startup_probe", "2"), ("liveness_probe", "30")):
            told = container.get(probe, [{}])[0]
            yield from _differ(f"worker's {probe}", told, {"period_seconds": seconds})


def edges(plan: Plan, pushes: Edges) -> Iterator[str]:
    """What is wrong with the topics, their subscriptions, and the alert on what waits in them."""
    yield from _pushes(plan, pushes)
    yield from _late(plan, pushes)


def _pushes(plan: Plan, pushes: Edges) -> Iterator[str]:
    found = {r.values["name"]: r for r in plan if r.kind == "google_pubsub_subscription"}
    yield from _named("subscription", found, pushes)
    for name in pushes.keys() & found.keys():
        door, path, sender, _ = pushes[name]
        push, values = found[name].one("push_config"), found[name].values
        token = push["oidc_token"][0] if push.get("oidc_token") else {}
        dead = name.endswith("-dead-letters")
        told = {
            **values,
            **push,
            **token,
            **(values["retry_policy"][0] if "retry_policy" in values else {}),
            **(values["dead_letter_policy"][0] if "dead_letter_policy" in values else {}),
        }
        expected = {
            "topic": name,
            "push_endpoint": URLS[door] + path,
            "audience": URLS[door],
            "service_account_email": account(sender),
            "ack_deadline_seconds": FUNCTIONS[door]["timeout_seconds"],
            "message_retention_duration": "604800s",
            "minimum_backoff": "10s" if dead else "1s",
            "maximum_backoff": "600s" if dead else "60s",
            **({} if dead else {"max_delivery_attempts": str(MAX_ATTEMPTS)}),
        }
        yield from _differ(name, told, expected)
    for topic in (r for r in plan if r.kind == "google_pubsub_topic"):
        policy = topic.values.get("message_storage_policy", [{}])[0]
        if policy.get("allowed_persistence_regions") != [REGION]:
            yield f"{topic.values['name']} may be kept outside {REGION}"


def _late(plan: Plan, pushes: Edges) -> Iterator[str]:
    """Each subscription is watched, and from the age that the table has."""
    policy = of_kind(plan, "google_monitoring_alert_policy").get("late")
    watched: dict[str, str] = {}
    for condition in policy.values["conditions"] if policy else []:
        threshold = condition["condition_threshold"][0]
        asked = threshold["filter"]
        age = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
        if f'metric.type = "{age}"' not in asked or threshold["comparison"] != "COMPARISON_GT":
            yield f"late-messages asks {asked}"
        expected = {"alignment_period": "60s", "per_series_aligner": "ALIGN_MAX"}
        yield from _differ("late-messages", threshold["aggregations"][0], expected)
        _, _, named = asked.partition("subscription_id = one_of(")
        watched |= dict.fromkeys(re.findall(r'"([^"]+)"', named), threshold["threshold_value"])
    yield from _named("late-messages of", watched, pushes)
    for name in pushes.keys() & watched.keys():
        if watched[name] != str(pushes[name][3]):
            yield f"late-messages waits {watched[name]} s for {name}, not {pushes[name][3]}"


def _queues(plan: Plan) -> Iterator[str]:
    found = {r.values["name"]: r for r in plan if r.kind == "google_cloud_tasks_queue"}
    yield from _named("queue", found, QUEUED)
    for name in QUEUED.keys() & found.keys():
        told = {**found[name].one("rate_limits"), **found[name].one("retry_config")}
        yield from _differ(name, told, {**OF_EVERY_QUEUE, **QUEUED[name]})
        if found[name].values.get("location") != REGION:
            yield f"{name} is in {found[name].values.get('location')}"


def _scheduler(plan: Plan) -> Iterator[str]:
    jobs = of_kind(plan, "google_cloud_scheduler_job")
    yield from _named("scheduler job", jobs, {"sweep": None})
    for job in jobs.values():
        target = job.one("http_target")
        told = {**job.values, **target, **job.one("retry_config")}
        expected = {
            "schedule": "* * * * *",
            "time_zone": "Etc/UTC",
            "attempt_deadline": "30s",
            "retry_count": "1",
            "http_method": "POST",
            "uri": "https://pubsub.googleapis.com/v1/projects/demo-project/topics/"
            "consensus-sweeps:publish",
        }
        yield from _differ("sweep", told, expected)
        if "oidc_token" in target or "oauth_token" not in target:
            yield "the sweep has no OAuth token, which Google's own APIs want"
        elif target["oauth_token"][0]["service_account_email"] != account("scheduler"):
            yield "the sweep is not published as the scheduler"


def _environments(plan: Plan) -> Iterator[str]:
    found = environments(plan)
    yield from _named("environment", found, ENVIRONMENTS)
    for part in ENVIRONMENTS.keys() & found.keys():
        for name in sorted(found[part].keys() - ENVIRONMENTS[part].keys()):
            yield f"{part} is told {name}, which is not in the table"
        yield from _differ(part, found[part], ENVIRONMENTS[part])


def _alerts(plan: Plan) -> Iterator[str]:
    found = {}
    for policy in (r for r in plan if r.kind == "google_monitoring_alert_policy"):
        name = policy.values["display_name"].removeprefix("consensus: ")
        found[name] = policy.values["conditions"][0]
    absent = found.pop("no-sweep", None)
    paused = found.pop("paused-queue", None)
    found.pop("late-messages", None)  # see _late
    yield from _named("alert", found, ALERTS)
    for name in ALERTS.keys() & found.keys():
        (condition,) = found[name].get("condition_threshold", [{}])
        metric, resource, above, period, lasting = ALERTS[name]
        asked = condition.get("filter", "")
        for wanted in (f'metric.type = "{metric}"', f'resource.type = "{resource}"'):
            if wanted not in asked:
                yield f"{name} does not watch {wanted}"
        told = {**condition, **condition.get("aggregations", [{}])[0]}
        expected = {
            "comparison": "COMPARISON_GT",
            "threshold_value": above,
            "alignment_period": period,
            "duration": lasting,
        }
        yield from _differ(name, told, expected)
    (absence,) = (absent or {}).get("condition_absent", [{}])
    watched = '"consensus-sweeps"' in absence.get("filter", "")
    if absence.get("duration") != "600s" or not watched:
        yield "no-sweep does not watch for ten minutes without a sweep"
    (query,) = (paused or {}).get("condition_prometheus_query_language", [{}])
    silent = int(query.get("duration", "0s").removesuffix("s"))
    # An attempt at the one task of a queue may be counted so late, and no later.
    if query.get("query") != PAUSED or not HELD_AT_MOST.total_seconds() < silent <= 900:
        yield "paused-queue does not watch for tasks of which none is tried"


def _kept(plan: Plan) -> Iterator[str]:
    """What must outlive a mistake."""
    for resource in (r for r in plan if r.kind == "google_storage_bucket"):
        if resource.values.get("force_destroy") is not False:
            yield f"{resource.address} may be destroyed with what it holds"
        if resource.values["name"].endswith("-files"):
            yield from _erasable(resource)
        elif resource.one("versioning").get("enabled") is not True:
            yield f"{resource.address} keeps no versions"
    for key, resource in of_kind(plan, "google_artifact_registry_repository").items():
        policies = {p.get("action"): p for p in resource.values.get("cleanup_policies", [])}
        kept = policies.get("KEEP", {}).get("most_recent_versions", [{}])[0].get("keep_count")
        after = policies.get("DELETE", {}).get("condition", [{}])[0].get("older_than")
        if (kept, after) != ("10", "2592000s"):
            yield f"repository {key} keeps {kept} images, and others for {after}"
    for resource in of_kind(plan, "google_cloud_run_v2_service").values():
        if resource.values.get("deletion_protection") is not True:
            yield f"{resource.address} may be deleted by mistake"
    backups = of_kind(plan, "google_firestore_backup_schedule")
    if [b.values.get("retention") for b in backups.values()] != ["604800s"]:
        yield "the database is not backed up each day for a week"


def _erasable(bucket: Resource) -> Iterator[str]:
    """What callers erase is gone, and what they forget goes with their tasks."""
    if "versioning" in bucket.values:
        yield f"{bucket.address} keeps what was erased, as a version"
    if str(bucket.one("soft_delete_policy").get("retention_duration_seconds")) != "0":
        yield f"{bucket.address} keeps what was erased"
    rule = bucket.one("lifecycle_rule")
    days = str(rule["condition"][0].get("age"))
    if rule["action"][0].get("type") != "Delete" or days != str(RETENTION_DAYS + 1):
        yield f"{bucket.address} keeps files for {days} days"


def _named(kind: str, found: Mapping[str, object], expected: Mapping[str, object]) -> Iterator[str]:
    yield from (f"unexpected {kind}: {name}" for name in sorted(found.keys() - expected.keys()))
    yield from (f"missing {kind}: {name}" for name in sorted(expected.keys() - found.keys()))


def _differ(part: str, found: Mapping[str, Any], expected: Mapping[str, object]) -> Iterator[str]:
    for name, wanted in expected.items():
        if found.get(name) != wanted:
            yield f"{part}: {name} is {found.get(name)}, not {wanted}"


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
