"""A plan of the deployment as values: terraform's own text, read back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOTHING_RAN = 3  # scripts/infra's exit code where there is no way to plan
# In the place of what Google gives, so that a plan says who is told to reach whom.
URLS = {
    part: f"https://{part}.example" for part in ("supervisor", "dispatcher", "aggregator", "worker")
}
PUBSUB_ITSELF = "Pub/Sub itself"
EVERY_OPTION = (
    "-var=public=true",
    "-var=public_grant=false",
    "-var=api_keys_version=3",
    "-var=firebase_project=demo-users",
    '-var=invokers=["user:me@example.com"]',
    "-var=panel_version=2",
    '-var=voter_keys={ANN_API_KEY="3"}',
    "-var=webhooks_version=5",
    '-var=webhook_secrets={CRM_WEBHOOK_SECRET="6"}',
    "-var=results_topic=true",
    "-var=openai_base_url=https://model.example/v1",
    "-var=input_usd_per_mtok=0.15",
    "-var=output_usd_per_mtok=0.6",
    "-var=max_cost_usd=0.05",
    "-var=adjudications=2",
    "-var=worker_min_instances=1",
    "-var=worker_max_instances=30",
    "-var=worker_memory=2Gi",
    "-var=alert_email=me@example.com",
    '-var=notification_channels=["projects/demo/notificationChannels/7"]',
    "-var=billing_account=ABCDEF-012345-ABCDEF",
    "-var=keep_dispatch_topic=true",
    "-var=queue_suffix=-b",
    "-var=firestore_database=second",
    "-var=telemetry=google",
    "-var=audit_reads=panel",
    "-var=binary_authorization=true",
    "-var=kms_key=projects/demo/locations/europe-west1/keyRings/r/cryptoKeys/k",
    "-var=vpc_connector=projects/demo/locations/europe-west1/connectors/c",
    "-var=worker_subnetwork=workers",
    "-var=static_egress=true",
    # Each number and name another one, so that none can stand in another's place unseen.
    "-var=name=panel",
    "-var=region=europe-west1",
    "-var=log_level=WARNING",
    "-var=openai_model=a-model",
    "-var=openai_key_version=4",
    "-var=supervisor_max_instances=11",
    "-var=dispatcher_max_instances=15",
    "-var=aggregator_max_instances=13",
    "-var=dispatcher_capacity=51",  # their product is odd: halves differ
    "-var=worker_capacity=32",
    "-var=retention_days=7",
    "-var=backup_days=14",
    "-var=alert_seats_per_hour=3000",
    "-var=monthly_budget=70",
    "-var=network=a-network",
    "-var=supervisor_ingress=ALLOW_INTERNAL_AND_GCLB",
    "-var=allow_destroy=true",
    '-var=settings={CONSENSUS_MAX_OUTPUT_TOKENS="8192"}',
)
IMAGE = "us-central1-docker.pkg.dev/demo-project/consensus-images/worker@sha256:" + "a" * 64

_RESOURCE = re.compile(r'  # (?P<address>\S+(?:\[".*"\])?) will be created')
_BLOCK = re.compile(r"\+ (?P<name>[\w.-]+|\"[^\"]+\")(?P<map>\s+=)? \{")
_VALUE = re.compile(r"\+ (?P<name>[\w.-]+|\"[^\"]+\")\s+= (?P<value>.*)")


def stand_in_bundles(folder: Path) -> Path:
    """Stand-ins for the bundles: a plan looks at no more than their bytes."""
    for name in ("supervisor", "aggregator"):
        (folder / f"{name}.zip").write_bytes(b"a bundle")
    return folder


class NotPlanned(Exception):
    """Terraform refused; the text says why."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What would be created: blocks are lists of dicts; what is not known yet is absent."""

    address: str
    values: dict[str, Any]

    @property
    def kind(self) -> str:
        """The resource's type."""
        return self.address.partition(".")[0]

    @property
    def key(self) -> str:
        """The instance's key in for_each, else the resource's name."""
        _, bracket, key = self.address.partition('["')
        return key.removesuffix('"]') if bracket else self.address.partition(".")[2]

    def one(self, *path: str) -> Any:
        """The value at the path of nested blocks, each of which is there once."""
        found: Any = self.values
        for name in path:
            (found,) = found[name] if isinstance(found[name], list) else (found[name],)
        return found


class Plan(list[Resource]):
    """What would be created. exact: whether each known value is one that Terraform's files set."""

    exact = False
    ask = ""  # the command that asks one question


def run(
    *arguments: str, infra: Path = ROOT / "infra", **environment: str
) -> subprocess.CompletedProcess[str]:
    """scripts/infra with these arguments, on that folder."""
    told = os.environ | {"INFRA": str(infra)} | environment
    command = [str(ROOT / "scripts" / "infra"), *arguments]
    return subprocess.run(
        command, env=told, check=False, capture_output=True, text=True, timeout=600
    )


def plan(
    bundles: Path,
    *options: str,
    infra: Path = ROOT / "infra",
    image: str = IMAGE,
    direct_vpc: bool = False,
) -> Plan:
    """The plan of a fresh deployment. Raises NotPlanned.

    direct_vpc: as after scripts/deploy wrote its override, which takes a later provider: an empty
    one stands for it (test_deploy reads the real one).
    """
    given = {"project_id": "demo-project", "bundles": str(bundles), "worker_image": image}
    variables = [f"-var={name}={value}" for name, value in given.items()]
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(infra, Path(scratch) / "infra"))
        known = {f"{part}_url": url for part, url in URLS.items()}
        known["pubsub_itself"] = PUBSUB_ITSELF
        lines = [f'  {name} = "{value}"' for name, value in known.items()]
        override = copy / "terraform" / "urls_override.tf"
        override.write_text("\n".join(["locals {", *lines, "}", ""]))
        if direct_vpc:
            (copy / "terraform" / "dispatcher_override.tf").touch()
        done = run("plan", *variables, *options, infra=copy)
    if done.returncode:
        raise NotPlanned(done.stdout + done.stderr)
    planned = Plan(read(done.stdout))
    command = re.search(r'^  \+ ask += (".*")$', done.stdout, re.M)
    planned.ask = json.loads(command[1]) if command else ""
    planned.exact = "with the providers' schemas alone" in done.stderr
    return planned


def filled_in(planned: Plan) -> Plan:
    """The plan as Google's own providers might show it: with values that nobody asked for.

    A stand-in for them, so that what is looked at where they plan is looked at here too.
    """
    labels = {"goog-terraform-provisioned": "true"}
    added = {"project": "demo-project", "effective_labels": labels, "terraform_labels": labels}
    filled = Plan(Resource(r.address, _filled_in({**added, **r.values})) for r in planned)
    filled.exact = False
    return filled


def _filled_in(values: dict[str, Any]) -> dict[str, Any]:
    """With a default in each block that says something."""
    if not values:
        return values
    blocks = {
        name: [_filled_in(v) if isinstance(v, dict) else v for v in value]
        for name, value in values.items()
        if isinstance(value, list)
    }
    return {**values, **blocks, "a_default": "of the provider"}


def of_kind(resources: Plan, kind: str) -> dict[str, Resource]:
    """The resources of a type, by key."""
    return {r.key: r for r in resources if r.kind == kind}


def read(text: str) -> Iterator[Resource]:
    """The resources that terraform's text says it would create."""
    lines = iter(text.splitlines())
    for line in lines:
        if head := _RESOURCE.fullmatch(line):
            next(lines)
            yield Resource(head["address"], _block(lines))


def _block(lines: Iterator[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for line in lines:
        text = line.strip()
        if text == "}":
            return {name: value for name, value in values.items() if value is not None}
        if block := _BLOCK.fullmatch(text):
            inside = _block(lines)
            name = block["name"].strip('"')
            values[name] = inside if block["map"] else [*values.get(name, []), inside]
        elif value := _VALUE.fullmatch(text):
            values[value["name"].strip('"')] = _read(value["value"], lines)
    raise ValueError("the plan ends in a block")


def _read(text: str, lines: Iterator[str]) -> Any:
    if text.startswith(("(known after", "(sensitive")):
        return None
    if text == "[":
        return [_read(line.strip(" +,"), lines) for line in iter(lambda: next(lines).strip(), "]")]
    if text.endswith("("):  # jsonencode(
        return "\n".join(iter(lambda: next(lines).strip(), ")"))
    if text.startswith("<<-EOT"):
        return "\n".join(iter(lambda: next(lines).strip(), "EOT"))
    if text.startswith('"'):
        return json.loads(text)
    return {"true": True, "false": False, "{}": {}, "[]": []}.get(text, text)
