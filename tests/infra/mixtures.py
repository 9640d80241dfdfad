"""Plans of mixed options: every two are planned in all the ways in which they go together.

A plan with no option and one with all of them tell nothing of an expression over two: `a && b` may
stand where `a || b` should. Here each pair of variables is met with both set, with either, and with
neither, wherever Terraform lets it. The values are those at which an expression turns: 0, an empty
text, false. A new variable joins OPTIONS and some of the MIXTURES; a test says which pairs lack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.infra import agreed
from tests.infra.plans import ROOT, Plan, plan

# What each variable is set to where a mixture names it.
OPTIONS: Mapping[str, str] = {
    "adjudications": "0",
    "adopt_database": "true",
    "adopt_rules": "true",
    "aggregator_max_instances": "3",
    "alert_email": "me@example.com",
    "alert_seats_per_hour": "50",
    "allow_destroy": "true",
    "api_keys_version": "3",
    "audit_reads": "consensus",
    "backup_days": "0",
    "billing_account": "ABCDEF-012345-ABCDEF",
    "binary_authorization": "true",
    "caller_audience": "https://consensus.example",
    "dispatcher_capacity": "20",
    "dispatcher_max_instances": "3",
    "dispatcher_subnetwork": "dispatchers",
    "firebase_project": "demo-users",
    "firestore_database": "second",
    "input_usd_per_mtok": "0",
    "invokers": '["user:me@example.com"]',
    "keep_dispatch_topic": "true",
    "kms_key": "projects/demo/locations/us-central1/keyRings/r/cryptoKeys/k",
    "log_level": "DEBUG",
    "manage_rules": "false",
    "max_cost_usd": "0",
    "monthly_budget": "5",
    "network": "a-network",
    "notification_channels": '["projects/demo/notificationChannels/7"]',
    "openai_base_url": "https://model.example/v1",
    "openai_key_version": "",
    "openai_model": "a-model",
    "otlp_endpoint": "https://collector.example:4318",
    "output_usd_per_mtok": "0",
    "panel_version": "2",
    "public": "true",
    "public_grant": "false",
    "queue_suffix": "-b",
    "results_topic": "true",
    "retention_days": "0",
    "settings": '{CONSENSUS_MAX_OUTPUT_TOKENS="8192"}',
    "static_egress": "true",
    "supervisor_ingress": "ALLOW_INTERNAL_ONLY",
    "supervisor_max_instances": "2",
    "telemetry": "google",
    "voter_keys": '{ANN_API_KEY="3"}',
    "vpc_connector": "projects/demo/locations/us-central1/connectors/c",
    "webhook_secrets": '{CRM_WEBHOOK_SECRET="6"}',
    "webhooks_version": "5",
    "worker_capacity": "8",
    "worker_max_instances": "3",
    "worker_memory": "1Gi",
    "worker_min_instances": "1",
    "worker_subnetwork": "workers",
}
# What every plan is given, and what stands in every name.
UNMIXED = {"bundles", "name", "project_id", "region", "worker_image"}

_TEXT = """
adjudications adopt_database adopt_rules aggregator_max_instances alert_email
alert_seats_per_hour allow_destroy api_keys_version audit_reads backup_days billing_account
binary_authorization dispatcher_capacity dispatcher_max_instances firebase_project
firestore_database input_usd_per_mtok invokers keep_dispatch_topic kms_key log_level
manage_rules max_cost_usd monthly_budget network openai_base_url openai_key_version openai_model
otlp_endpoint output_usd_per_mtok panel_version public_grant queue_suffix results_topic
retention_days settings static_egress supervisor_ingress supervisor_max_instances vpc_connector
webhook_secrets webhooks_version worker_capacity worker_max_instances worker_memory
worker_min_instances worker_subnetwork

adjudications adopt_database adopt_rules aggregator_max_instances alert_email allow_destroy
api_keys_version audit_reads backup_days billing_account binary_authorization
dispatcher_subnetwork firebase_project input_usd_per_mtok invokers log_level openai_base_url
openai_model output_usd_per_mtok public results_topic settings supervisor_ingress
supervisor_max_instances telemetry voter_keys webhooks_version worker_max_instances
worker_memory

adopt_database adopt_rules alert_seats_per_hour dispatcher_capacity dispatcher_max_instances
dispatcher_subnetwork firebase_project firestore_database keep_dispatch_topic kms_key manage_rules
max_cost_usd monthly_budget network notification_channels openai_key_version panel_version public
public_grant queue_suffix retention_days static_egress telemetry voter_keys webhook_secrets
worker_capacity worker_min_instances worker_subnetwork

adjudications adopt_database adopt_rules allow_destroy api_keys_version audit_reads
binary_authorization dispatcher_max_instances invokers manage_rules max_cost_usd
notification_channels openai_model panel_version queue_suffix retention_days
supervisor_max_instances telemetry voter_keys vpc_connector webhooks_version worker_capacity
worker_max_instances worker_min_instances worker_subnetwork

adopt_database adopt_rules aggregator_max_instances alert_email alert_seats_per_hour backup_days
billing_account caller_audience dispatcher_capacity dispatcher_subnetwork firestore_database
input_usd_per_mtok keep_dispatch_topic kms_key log_level monthly_budget network
notification_channels openai_base_url openai_key_version otlp_endpoint output_usd_per_mtok
public_grant results_topic settings supervisor_ingress voter_keys webhook_secrets

adopt_database alert_seats_per_hour api_keys_version binary_authorization
dispatcher_max_instances input_usd_per_mtok invokers keep_dispatch_topic kms_key manage_rules
openai_base_url otlp_endpoint public public_grant results_topic settings static_egress
vpc_connector webhooks_version worker_memory worker_min_instances worker_subnetwork

adjudications adopt_rules alert_email allow_destroy audit_reads backup_days billing_account
caller_audience dispatcher_capacity log_level monthly_budget network openai_key_version
openai_model otlp_endpoint output_usd_per_mtok panel_version queue_suffix retention_days
static_egress supervisor_ingress vpc_connector webhook_secrets worker_capacity
worker_max_instances worker_memory worker_subnetwork

aggregator_max_instances alert_email alert_seats_per_hour allow_destroy api_keys_version
binary_authorization firebase_project firestore_database log_level max_cost_usd monthly_budget
openai_base_url openai_model panel_version results_topic retention_days supervisor_max_instances
telemetry vpc_connector webhook_secrets worker_min_instances

adjudications aggregator_max_instances backup_days billing_account dispatcher_capacity
dispatcher_max_instances dispatcher_subnetwork firebase_project firestore_database
input_usd_per_mtok invokers keep_dispatch_topic manage_rules max_cost_usd network
notification_channels output_usd_per_mtok public_grant queue_suffix settings
supervisor_max_instances webhooks_version worker_capacity worker_max_instances worker_memory

aggregator_max_instances audit_reads binary_authorization caller_audience dispatcher_subnetwork
firestore_database input_usd_per_mtok keep_dispatch_topic kms_key log_level manage_rules
max_cost_usd monthly_budget openai_base_url openai_key_version output_usd_per_mtok panel_version
supervisor_ingress supervisor_max_instances telemetry voter_keys webhooks_version
worker_capacity worker_max_instances worker_memory worker_min_instances worker_subnetwork

adjudications aggregator_max_instances alert_email alert_seats_per_hour api_keys_version
audit_reads billing_account dispatcher_capacity dispatcher_max_instances invokers kms_key
openai_key_version openai_model otlp_endpoint panel_version public public_grant queue_suffix
results_topic retention_days settings static_egress supervisor_ingress webhook_secrets
worker_subnetwork

aggregator_max_instances alert_email alert_seats_per_hour allow_destroy api_keys_version
audit_reads backup_days binary_authorization firebase_project input_usd_per_mtok kms_key
monthly_budget network openai_base_url public_grant queue_suffix retention_days settings
supervisor_max_instances telemetry voter_keys vpc_connector worker_capacity worker_subnetwork

caller_audience dispatcher_max_instances invokers
"""
MIXTURES = tuple(frozenset(part.split()) for part in _TEXT.strip().split("\n\n"))

# Which of two variables is set while the other is or is not, where Terraform refuses that.
IMPOSSIBLE = {
    (("api_keys_version", True), ("caller_audience", True)),
    (("caller_audience", True), ("firebase_project", True)),
    (("caller_audience", True), ("public", True)),
    (("dispatcher_subnetwork", True), ("vpc_connector", True)),
    (("otlp_endpoint", True), ("telemetry", True)),
    (("static_egress", True), ("worker_subnetwork", False)),
}

# Options that import, and what they do: Google's own providers ask Google about it while planning.
IMPORTING: Mapping[str, str] = {
    "adopt_database": "google_firestore_database.tasks",
    "adopt_rules": "google_firebaserules_release.tasks[0]",
}

Met = tuple[tuple[str, bool], tuple[str, bool]]


def planned(
    mixture: frozenset[str], bundles: Path, infra: Path = ROOT / "infra", *, imports: bool = True
) -> Plan:
    """The plan of a deployment with these options. Raises NotPlanned.

    imports: whether with those that take over what there is, which the stand-in alone can plan.
    """
    mixture = mixture if imports else mixture - IMPORTING.keys()
    options = [f"-var={name}={OPTIONS[name]}" for name in sorted(mixture)]
    direct_vpc = "dispatcher_subnetwork" in mixture
    return plan(bundles, *options, infra=infra, direct_vpc=direct_vpc)


def unmet() -> set[Met]:
    """The pairs, each with whether it is set, that neither a mixture nor the least plan has."""
    names = sorted(OPTIONS)
    pairs = list(combinations(names, 2))
    every = {((a, x), (b, y)) for a, b in pairs for x in (False, True) for y in (False, True)}
    met = {((a, a in m), (b, b in m)) for m in (*MIXTURES, frozenset()) for a, b in pairs}
    return every - met - IMPOSSIBLE


def differences(number: int, mixed: Plan) -> Iterator[str]:
    """What a plan of that mixture has otherwise than was agreed, a sentence each.

    Where Google's own providers planned it, what they fill in may stand beside what was agreed, and
    nothing is said of what is imported.
    """
    least, told = agreed.read("least"), agreed.read("mixtures")[str(number)]
    found = agreed.values(mixed)
    if mixed.exact:
        yield from agreed.differences(told, otherwise(found, least))
        return
    yield from beside(least, dict(leaves(found)), told)


def beside(
    least: Mapping[str, Any], has: Mapping[str, Any], told: Mapping[str, Any]
) -> Iterator[str]:
    """What differs from the least plan as it was agreed, but for what was told of this one, and for
    what a provider may have filled in.
    """
    wanted = {path: v for path, v in {**dict(leaves(least)), **told}.items() if v is not None}
    known = {prefix for path in wanted for prefix in _prefixes(path)}
    for path in sorted(wanted.keys() | has.keys()):
        if path.startswith(tuple(f"{address}." for address in IMPORTING.values())):
            continue
        if path not in has:
            yield f"{path} is gone"
        elif path in wanted:
            if has[path] != wanted[path]:
                yield f"{path} is {has[path]!r}, not {wanted[path]!r}"
        elif has[path] is not None and (path in told or not _is_filled_in(path, known)):
            yield f"{path} is new"


def _is_filled_in(path: str, known: set[str]) -> bool:
    """Whether a provider may have added a value that was not agreed: an attribute of a block that
    was. It adds no resource, nothing to a list, and nothing to a map of ours.
    """
    new = next(prefix for prefix in _prefixes(path) if prefix not in known)
    block, _, name = new.rpartition(".")
    return block.count(".") > 0 and not name.isdigit() and not block.endswith(agreed.MAPS)


def _prefixes(path: str) -> Iterator[str]:
    """The path's beginnings, by its dots, and itself."""
    for n, letter in enumerate(path):
        if letter == ".":
            yield path[:n]
    yield path


def leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each single value of a plan, by its path."""
    if isinstance(values, dict | list) and values:
        inner = values.items() if isinstance(values, dict) else enumerate(values)
        for key, value in inner:
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, values


def otherwise(mixed: dict[str, Any], least: dict[str, Any]) -> dict[str, Any]:
    """The single values of a mixture's plan that are not the least plan's; None: it has none."""
    found, usual = dict(leaves(mixed)), dict(leaves(least))
    absent = object()
    told = {path: v for path, v in found.items() if usual.get(path, absent) != v}
    return told | dict.fromkeys(usual.keys() - found.keys())
