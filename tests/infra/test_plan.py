"""The deployment as Terraform plans it: who may do what, and nothing open."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from consensus.codec.messages import SweepMessage, decode
from consensus.config import Settings
from consensus.usecases.aggregate import DEAD_LETTER
from tests.infra import agreed, mixtures, plans, wiring
from tests.infra.checks import problems
from tests.infra.plans import ROOT, NotPlanned, of_kind
from tests.infra.plans import Plan as Planned

TERRAFORM = ROOT / "infra" / "terraform"
MOST_SEATS = 256  # of a worker: worker_capacity


def test_nothing_is_open_shared_or_unguarded(plan: Planned) -> None:
    """The IAM graph is exactly the table's, and every other check holds."""
    assert problems(plan) == []


def test_everything_is_wired_as_the_tables_say(plan: Planned) -> None:
    """Every edge, timeout, cap and environment, and nothing secret in the open."""
    assert list(wiring.problems(plan)) == []


def test_edges_that_options_bring_are_wired_as_the_tables_say(telling: Planned) -> None:
    """Subscribers of ends, and the topic that dispatched before queues did."""
    assert list(wiring.edges(telling, {**wiring.PUSHES, **wiring.OPTIONAL_PUSHES})) == []
    assert wiring.publishers(telling).items() >= wiring.OPTIONAL_PUBLISHERS.items()


def test_nothing_secret_stands_in_the_open_with_every_option(whole: Planned) -> None:
    """Keys of callers and voters are named, never told."""
    assert list(wiring.secrets(whole)) == []


@pytest.mark.parametrize("name", ["least", "whole"])
def test_the_plan_is_the_one_that_was_agreed(name: str, plan: Planned, whole: Planned) -> None:
    """Not a value of it changes unseen: `make infra-accept` agrees to what is there now."""
    found = agreed.values(plan)
    if name == "whole":
        found = agreed.beyond(agreed.values(whole), found)
    assert list(agreed.differences(agreed.read(name), found, exact=plan.exact)) == []


def test_every_two_options_are_planned_together_and_apart() -> None:
    """Each variable is mixed with each other one, in every way that Terraform lets them be."""
    variables = set(re.findall(r'^variable "(\w+)"', _read("variables.tf"), re.M))
    assert variables - mixtures.UNMIXED == mixtures.OPTIONS.keys()
    assert mixtures.unmet() == set()


@pytest.mark.parametrize("number", range(len(mixtures.MIXTURES)))
def test_a_mixture_of_options_is_planned_as_it_was_agreed(
    terraform: None, plan: Planned, bundles: Path, number: int
) -> None:
    """What two options have to do with one another does not change unseen."""
    mixed = mixtures.planned(mixtures.MIXTURES[number], bundles, imports=plan.exact)
    assert list(mixtures.differences(number, mixed)) == []
    assert list(mixtures.differences(number, plans.filled_in(mixed))) == []
    assert list(wiring.secrets(mixed)) == []


def test_what_a_provider_fills_in_is_nothing_new(plan: Planned, whole: Planned) -> None:
    """Where Google's own providers plan, their defaults stand beside what was agreed."""
    least = agreed.values(plans.filled_in(plan))
    assert list(agreed.differences(agreed.read("least"), least, exact=False)) == []
    found = agreed.beyond(agreed.values(whole), agreed.values(plan))
    filled = {a: v for a, v in agreed.values(plans.filled_in(whole)).items() if a in found}
    assert list(agreed.differences(agreed.read("whole"), filled, exact=False)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("google_pubsub_topic.another.name", "x"),
        (
            "google_cloudfunctions2_function.dispatcher.service_config.0.environment_variables.X",
            "x",
        ),
        ("google_cloud_run_v2_service.worker.template.0.containers.0.env.99.name", "X"),
        ("google_cloud_run_v2_service.worker.template.0.timeout", "30s"),
    ],
)
def test_what_no_provider_fills_in_is_told(path: str, value: str) -> None:
    """Another resource, an entry of a list or of an environment, a value that was agreed."""
    ours = agreed.read("least")
    told = mixtures.beside(ours, {**dict(mixtures.leaves(ours)), path: value}, {})
    assert len(list(told)) == 1


def test_what_waits_for_what_is_as_it_was_agreed() -> None:
    """Also what no plan shows: dependencies, life cycles, imports, what variables may be."""
    assert list(agreed.differences(agreed.read("order"), agreed.order(agreed.TERRAFORM))) == []


def test_urls_are_those_of_the_parts() -> None:
    """The one file that tests put other values in the place of."""
    text = _read("urls.tf")
    function = "google_cloudfunctions2_function.{0}.service_config[0].uri"
    expected = {f"{name}_url": function.format(name) for name in wiring.FUNCTIONS}
    expected["worker_url"] = "google_cloud_run_v2_service.worker.uri"
    expected["pubsub_itself"] = "google_project_service_identity.pubsub.member"
    assert dict(re.findall(r"^  (\w+) += (\S+)$", text, re.M)) == expected
    others = "\n".join(p.read_text() for p in TERRAFORM.glob("*.tf") if p.name != "urls.tf")
    assert not re.search(r"service_config\[0\]\.uri|worker\.uri|pubsub\.member", others)


def test_counts(plan: Planned) -> None:
    """The plan has the parts that the design has."""
    counts = Counter(r.kind for r in plan)
    assert counts["google_cloudfunctions2_function"] == 3
    assert counts["google_cloud_run_v2_service"] == 1
    assert counts["google_pubsub_topic"] == counts["google_pubsub_subscription"] == 6
    assert counts["google_cloud_tasks_queue"] == 3
    assert counts["google_service_account"] == 9
    assert counts["google_firestore_index"] == 14
    assert counts["google_monitoring_alert_policy"] == 14


def test_function_builds_read_function_sources_only(plan: Planned) -> None:
    """The one grant of reading in the whole project is narrowed to two buckets."""
    grant = of_kind(plan, "google_project_iam_member")["function_source"].one("condition")
    ours, copies = grant["expression"].split(" || ")
    assert "projects/_/buckets/demo-project-consensus-sources" in ours
    assert "projects/_/buckets/gcf-v2-sources-" in copies


def test_tasks_are_kept_in_one_database_of_the_project(plan: Planned) -> None:
    """Whoever keeps tasks is let into this deployment's database, and into no other."""
    kept = [r for r in plan if r.values.get("role") == "roles/datastore.user"]
    told = {r.one("condition")["expression"] for r in kept}
    assert told == {'resource.name == "projects/demo-project/databases/(default)"'}


def test_the_pipeline_reads_how_databases_are_set_up_and_no_document(plan: Planned) -> None:
    """No role of its own lets it read entities, and no role of Google's that does is granted."""
    role = of_kind(plan, "google_project_iam_custom_role")["database_reader"].values
    assert set(role["permissions"]) == {
        "datastore.databases.getMetadata",
        "datastore.databases.list",
        "datastore.indexes.get",
        "datastore.indexes.list",
    }
    granted = {r.values["role"] for r in plan if "pipeline" in r.values.get("member", "")}
    of_databases = {role for role in granted if role.startswith("roles/datastore.")}
    assert of_databases == {"roles/datastore.backupSchedulesViewer"}
    basic = {"roles/viewer", "roles/editor", "roles/owner", "roles/firebase.viewer"}
    assert granted.isdisjoint(basic)


def test_a_deployment_of_which_nobody_is_told_warns(terraform: None, bundles: Path) -> None:
    """The plan goes on: alerts show in the console. Either way of being told silences it."""
    given = (
        "-var=project_id=demo-project",
        f"-var=bundles={bundles}",
        f"-var=worker_image={plans.IMAGE}",
    )
    channel = '-var=notification_channels=["projects/demo/notificationChannels/7"]'
    for told in ((), ("-var=alert_email=me@example.com",), (channel,)):
        done = plans.run("plan", *given, *told)
        assert done.returncode == 0, done.stderr
        assert ("Nobody is told of an alert" in done.stdout + done.stderr) == (told == ())


def test_channels_are_told_by_every_alert(terraform: None, bundles: Path) -> None:
    """And by the budget, which takes those of e-mail alone, where there is no address."""
    channel = "projects/demo/notificationChannels/7"
    found = plans.plan(
        bundles,
        f'-var=notification_channels=["{channel}"]',
        "-var=billing_account=ABCDEF-012345-ABCDEF",
    )
    alerts = of_kind(found, "google_monitoring_alert_policy").values()
    assert {tuple(alert.values["notification_channels"]) for alert in alerts} == {(channel,)}
    budget = of_kind(found, "google_billing_budget")["monthly[0]"].one("all_updates_rule")
    assert budget["monitoring_notification_channels"] == [channel]


def test_every_variable_that_is_set_is_a_setting() -> None:
    """No deployable is told something that it does not read."""
    known = {f"CONSENSUS_{name.upper()}" for name in Settings.model_fields}
    known |= {str(f.validation_alias) for f in Settings.model_fields.values() if f.validation_alias}
    told = set(re.findall(r"\b(?:CONSENSUS|OPENAI|GOOGLE_CLOUD)_[A-Z_]+\b", _all_terraform()))
    assert told <= known


def test_the_sweep_is_a_message_that_the_aggregator_knows(plan: Planned) -> None:
    """The scheduler's body is a publish of one well-formed sweep."""
    target = of_kind(plan, "google_cloud_scheduler_job")["sweep"].one("http_target")
    (message,) = json.loads(base64.b64decode(target["body"]))["messages"]
    assert decode(base64.b64decode(message["data"]), (SweepMessage,)) == SweepMessage("")
    assert target["uri"].endswith("/projects/demo-project/topics/consensus-sweeps:publish")


def test_no_field_has_an_index_that_nobody_named(plan: Planned) -> None:
    """An index of a field that grows with time holds a whole collection to 500 writes a second.

    Those that are named are held to the stores' queries: tests/contract/test_firestore_indexes.py.
    """
    fields = [r.values for r in plan if r.kind == "google_firestore_field"]
    exempt = {f["collection"] for f in fields if f["field"] == "*"}
    assert exempt == {
        "tasks", "votes", "idempotency", "rejections", "feedback", "erased", "notices", "places",
        "batches", "files",
    }  # fmt: skip


def test_every_collection_expires(plan: Planned) -> None:
    """Votes do not go with their task: each collection has its own time to live."""
    fields = [
        r.values for r in plan if r.kind == "google_firestore_field" and "ttl_config" in r.values
    ]
    assert {f["collection"] for f in fields} == {
        "tasks", "votes", "idempotency", "rejections", "feedback", "erased", "notices",
        "batches", "files",
    }  # fmt: skip
    assert {f["field"] for f in fields} == {"expires_at"}


def test_counted_log_lines_are_lines_that_the_code_writes() -> None:
    """A metric of a line that was reworded, or is logged at no level kept, would count nothing."""
    text = (TERRAFORM / "monitoring.tf").read_text()
    code = "\n".join(p.read_text() for p in (ROOT / "shared" / "consensus").rglob("*.py"))
    messages = re.findall(r'\bmessage = "([^"]+)"', text)
    assert len(messages) == 7
    # In a call that logs, or in one that is told what to log where it fails.
    logs = r'(?:log\.(?:warning|error)\(\s*|publish_or_warn\([^"]*)"([^"]+)"'
    written = re.findall(logs, code)
    for message in messages:
        line = message.replace(".*", "%s")
        assert any(re.fullmatch(re.escape(w).replace("%s", ".+"), line) for w in written), message
    given_up = f"message rejected: {DEAD_LETTER}"
    assert given_up in messages


def test_every_alert_says_what_to_do_and_how_to_see_it(plan: Planned) -> None:
    """It names a paragraph of the page on deploying, which is there; no paragraph is of none."""
    page = (ROOT / "docs" / "deploy.md").read_text()
    told = page.partition("\n## The dashboard and the alerts\n")[2].partition("\n## ")[0]
    _, *paragraphs = told.split("\n### ")
    alerts = [r.values for r in plan if r.kind == "google_monitoring_alert_policy"]
    names = [alert["display_name"].removeprefix("consensus: ") for alert in alerts]
    assert sorted(p.partition("\n")[0] for p in paragraphs) == sorted(names)
    assert [p for p in paragraphs if "\nTo see it: " not in p] == []
    for alert, name in zip(alerts, names, strict=True):
        assert alert["documentation"][0]["content"].endswith(f"docs/deploy.md, {name}.")


def test_every_variable_is_typed_described_and_validated() -> None:
    """A wrong value is refused by name before anything is made."""
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', _read("variables.tf"), re.M | re.S)
    assert [name for name, _ in blocks] == sorted(name for name, _ in blocks)
    for name, block in blocks:
        assert "description = " in block, name
        assert "type        = " in block, name
        assert "validation {" in block or "= bool" in block, name


def test_the_example_plans(terraform: None, bundles: Path) -> None:
    """terraform.tfvars.example is complete but for the image."""
    example = TERRAFORM / "terraform.tfvars.example"
    found = plans.plan(bundles, f"-var-file={example}")
    assert of_kind(found, "google_monitoring_notification_channel")


def test_files_are_formatted() -> None:
    """terraform fmt has nothing to say."""
    if not shutil.which("terraform"):
        pytest.skip("no terraform")
    command = ["terraform", "fmt", "-check", "-recursive", "-no-color", str(ROOT / "infra")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_public_means_the_supervisor_alone(terraform: None, bundles: Path) -> None:
    """With keys, everybody may reach the supervisor, and still nothing else."""
    found = plans.plan(bundles, "-var=public=true", "-var=api_keys_version=1")
    assert problems(found, frozenset({("allUsers", "run.invoker", "consensus-supervisor")})) == []
    config = of_kind(found, "google_cloudfunctions2_function")["supervisor"].one("service_config")
    assert config["secret_environment_variables"][0]["key"] == "CONSENSUS_API_KEYS"


def test_two_deployments_in_a_project_share_no_name(
    terraform: None, plan: Planned, bundles: Path
) -> None:
    """Of names that a project has once; each API, and each of the pipeline's roles, is shared."""
    other = plans.plan(bundles, "-var=name=second", "-var=firestore_database=second")

    def named(found: Planned) -> set[tuple[str, str, str]]:
        keys = ("name", "account_id", "secret_id", "repository_id", "role_id")
        unnamed = ("_iam_member", "google_project_service", "google_firestore_index")
        return {
            (r.kind, key, " ".join(str(r.values.get(k, "")) for k in (key, "database", "bucket")))
            for r in found
            for key in keys
            if key in r.values and not any(kind in r.kind for kind in unnamed)
        }

    assert named(plan) & named(other) == set()


def test_one_deployment_has_a_projects_reads_logged(terraform: None, bundles: Path) -> None:
    """Both are told which of them; the other neither turns it on nor, destroyed, off again."""
    audited = "-var=audit_reads=consensus"
    one = plans.plan(bundles, audited)
    second = ("-var=name=second", "-var=firestore_database=second")
    other = plans.plan(bundles, *second, audited)
    assert len(of_kind(one, "google_project_iam_audit_config")) == 5
    assert of_kind(other, "google_project_iam_audit_config") == {}


def test_a_setting_reaches_every_part(terraform: None, bundles: Path) -> None:
    """What says how tasks are asked and decided can be set without touching Terraform's files."""
    found = plans.plan(bundles, '-var=settings={CONSENSUS_MAX_OUTPUT_TOKENS="8192"}')
    container = of_kind(found, "google_cloud_run_v2_service")["worker"].one(
        "template", "containers"
    )
    told = {v["name"]: v.get("value") for v in container["env"]}
    assert told["CONSENSUS_MAX_OUTPUT_TOKENS"] == "8192"
    for function in of_kind(found, "google_cloudfunctions2_function").values():
        environment = function.one("service_config")["environment_variables"]
        assert environment["CONSENSUS_MAX_OUTPUT_TOKENS"] == "8192"


def test_both_subnetworks_lead_out_by_the_static_address(terraform: None, bundles: Path) -> None:
    """With ports for more connections than an instance has seats; one subnetwork is told once."""
    both = ("-var=static_egress=true", "-var=worker_subnetwork=workers")
    for dispatchers in ("dispatchers", "workers"):
        through = f"-var=dispatcher_subnetwork={dispatchers}"
        found = plans.plan(bundles, *both, through, direct_vpc=True)
        nat = of_kind(found, "google_compute_router_nat")["egress[0]"].values
        assert {s["name"] for s in nat["subnetwork"]} == {"workers", dispatchers}
        assert len(nat["subnetwork"]) == len({"workers", dispatchers})
        assert int(nat["max_ports_per_vm"]) > MOST_SEATS
        assert nat["enable_dynamic_port_allocation"] is True


def test_firebase_users_may_be_owners(terraform: None, bundles: Path) -> None:
    """A public supervisor without keys is told whose users it serves."""
    found = plans.plan(bundles, "-var=public=true", "-var=firebase_project=demo-users")
    config = of_kind(found, "google_cloudfunctions2_function")["supervisor"].one("service_config")
    assert config["environment_variables"]["CONSENSUS_FIREBASE_PROJECT"] == "demo-users"
    assert not config.get("secret_environment_variables")


def test_a_panel_and_its_keys_reach_who_needs_them(terraform: None, bundles: Path) -> None:
    """Both parts read the panel's file; a voter's key is the worker's alone, by version."""
    found = plans.plan(bundles, "-var=panel_version=2", '-var=voter_keys={ANN_API_KEY="3"}')
    reader = ("worker", "secretmanager.secretAccessor", "consensus-ann-api-key")
    assert problems(found, frozenset({reader})) == []
    template = of_kind(found, "google_cloud_run_v2_service")["worker"].one("template")
    container = template["containers"][0]
    told = {v["name"]: v for v in container["env"]}
    (mount,) = container["volume_mounts"]
    (item,) = template["volumes"][0]["secret"][0]["items"]
    assert told["CONSENSUS_PANEL"]["value"] == f"{mount['mount_path']}/{item['path']}"
    key = told["ANN_API_KEY"]["value_source"][0]["secret_key_ref"][0]
    assert key == {"secret": "consensus-ann-api-key", "version": "3"}
    dispatcher = of_kind(found, "google_cloudfunctions2_function")["dispatcher"]
    (volume,) = dispatcher.one("service_config")["secret_volumes"]
    assert (volume["secret"], volume["versions"][0]["version"]) == ("consensus-panel", "2")


def test_webhooks_are_told_by_the_aggregator_alone(terraform: None, bundles: Path) -> None:
    """The supervisor knows who subscribes, the aggregator how each is reached, and no other."""
    secret = '-var=webhook_secrets={CRM_WEBHOOK_SECRET="6"}'
    found = plans.plan(bundles, "-var=webhooks_version=5", secret, "-var=results_topic=true")
    by_topic = {
        ("supervisor", "pubsub.publisher", "consensus-notices"),
        ("aggregator", "pubsub.publisher", "consensus-notices"),
        ("aggregator", "pubsub.publisher", "consensus-results"),
        (plans.PUBSUB_ITSELF, "pubsub.publisher", "consensus-notices-dead-letters"),
        (plans.PUBSUB_ITSELF, "pubsub.subscriber", "consensus-notices"),
        ("aggregator", "secretmanager.secretAccessor", "consensus-crm-webhook-secret"),
    }
    assert [p for p in problems(found, frozenset(by_topic)) if "grant" in p] == []
    functions = of_kind(found, "google_cloudfunctions2_function")
    for name, function in functions.items():
        config = function.one("service_config")
        told = config["environment_variables"]
        volumes = config.get("secret_volumes", [])
        if name == "dispatcher":
            assert "CONSENSUS_WEBHOOKS" not in told
            continue
        (volume,) = volumes
        (version,) = volume["versions"]
        assert told["CONSENSUS_WEBHOOKS"] == f"{volume['mount_path']}/{version['path']}"
        assert (volume["secret"], version["version"]) == ("consensus-webhooks", "5")
        assert told["CONSENSUS_NOTICES_TOPIC"] == "consensus-notices"
        assert told["CONSENSUS_RESULTS_TOPIC"] == "consensus-results"
    keys = {
        name: [v["key"] for v in f.one("service_config").get("secret_environment_variables", [])]
        for name, f in functions.items()
    }
    assert keys == {"supervisor": [], "dispatcher": [], "aggregator": ["CRM_WEBHOOK_SECRET"]}
    push = of_kind(found, "google_pubsub_subscription")["notices"].one("push_config")
    assert push["push_endpoint"] == f"{plans.URLS['aggregator']}/notices"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["-var=public=true"], "must tell callers apart"),
        (["-var=worker_image=worker:latest"], "sha256"),
        (["-var=worker_image="], "make image"),
        (["-var=openai_key_version=latest"], "number"),
        (["-var=openai_base_url=http://model.example/v1"], "https"),
        (['-var=invokers=["allUsers"]'], "set public"),
        (["-var=max_cost_usd=1"], "unknown cost"),
        (["-var=dispatcher_subnetwork=workers"], "scripts/deploy lock"),
        (["-var=log_level=ERROR"], "alerts count warnings"),
        (['-var=voter_keys={API_KEYS="1"}'], "ending in _KEY"),
        (['-var=settings={CONSENSUS_PUBLIC="true"}'], "has variables here"),
        (
            ['-var=settings={CONSENSUS_HEDGE="false",CONSENSUS_TEMPERATURE="9"}'],
            "each: CONSENSUS_TEMPERATURE is not.",
        ),
        (["-var=caller_audience=https://c.example", "-var=api_keys_version=1"], "invokers alone"),
    ],
)
def test_what_cannot_work_is_refused(
    terraform: None, bundles: Path, options: list[str], word: str
) -> None:
    """A value that would be unsafe or useless is refused, and the refusal says what to do."""
    with pytest.raises(NotPlanned) as refused:
        plans.plan(bundles, *options)
    assert word in " ".join(str(refused.value).replace("│", " ").split())


IAM_S = 'Authorization: Bearer $(gcloud auth print-identity-token)"'
CALLER_S = (
    "Authorization: Bearer $(gcloud auth print-identity-token --audiences 'https://c.example'"
    ' --impersonate-service-account "$AS" --include-email)"'
)


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ([], [IAM_S]),
        (["-var=caller_audience=https://c.example"], [f"X-Serverless-{IAM_S}", CALLER_S]),
        (
            ["-var=public=true", "-var=firebase_project=my-app"],
            ['Authorization: Bearer $TOKEN"'],
        ),
        (["-var=public=true", "-var=api_keys_version=1"], ['X-API-Key: $API_KEY"']),
        (["-var=api_keys_version=1"], [IAM_S, 'X-API-Key: $API_KEY"']),
    ],
)
def test_the_ready_command_sends_what_its_deployment_asks_for(
    terraform: None, bundles: Path, options: list[str], headers: list[str]
) -> None:
    """Each way of naming a caller, and no other."""
    ask = plans.plan(bundles, *options).ask
    before, _, _ = ask.partition(" -d ")
    sent = before.split(' -H "')[1:]
    assert sent == headers


# Of every variable that is not a yes or no: values that are refused, by the variable's own words.
WRONG: dict[str, list[str]] = {
    "adjudications": ["-1", "21", "1.5"],
    "aggregator_max_instances": ["0", "1001", "1.5"],
    "alert_email": ["me", "me@example", "a b@example.com"],
    "alert_seats_per_hour": ["0", "-5"],
    "api_keys_version": ["latest", "v1", "0"],
    "audit_reads": ["true", "My Deployment"],
    "backup_days": ["-1", "99", "0.5"],
    "billing_account": ["my-account", "012345-ABCDEF"],
    "bundles": ["build/"],
    "caller_audience": ["two words"],
    "dispatcher_capacity": ["1", "251"],
    "dispatcher_max_instances": ["0", "126"],
    "dispatcher_subnetwork": ["My Subnet", "-x"],
    "firebase_project": ["My App", "a"],
    "firestore_database": ["ab", "UPPER", "-name"],
    "input_usd_per_mtok": ["-0.1"],
    "invokers": ['["allUsers"]', '["me@example.com"]', '["user:me"]', '["user: me@example.com"]'],
    "kms_key": [
        "my-key",
        "projects/p/keys/k",
        "projects/p/locations/europe/keyRings/r/cryptoKeys/k",
    ],
    "log_level": ["ERROR", "info"],
    "max_cost_usd": ["1", "-1"],
    "monthly_budget": ["0", "1.5"],
    "name": ["ab", "Consensus", "a-name-too-long", "my-google"],
    "network": ["My Network", ""],
    "notification_channels": ['["me@example.com"]', '["notificationChannels/1"]'],
    "openai_base_url": [
        "http://model.example/v1",
        "model.example",
        "https://me:secret@model.example/v1",
    ],
    "openai_key_version": ["latest", "01"],
    "openai_model": ["", " a-model"],
    "otlp_endpoint": ["http://collector.example", "https://me:secret@collector.example"],
    "output_usd_per_mtok": ["-1"],
    "panel_version": ["latest", "0"],
    "project_id": ["My Project", "p", "123456"],
    "queue_suffix": ["b", "-B", "-longer-than-ten"],
    "region": ["us-central1-a", "us", "europe"],
    "retention_days": ["-1", "3651", "1.5"],
    "settings": [
        '{CONSENSUS_PUBLIC="true"}',
        '{OPENAI_API_KEY="sk"}',
        '{CONSENSUS_TEMPERATURE="9"}',
    ],
    "supervisor_ingress": ["ALL", "ALLOW_NONE"],
    "supervisor_max_instances": ["0", "2000"],
    "telemetry": ["otlp", ""],
    "voter_keys": [
        '{API_KEYS="1"}',
        '{OPENAI_API_KEY="1"}',
        '{ANN_API_KEY="latest"}',
        '{ANN_API_KEY="0"}',
    ],
    "vpc_connector": ["my-connector", "projects/p/locations/europe-west1/connectors/c"],
    "webhook_secrets": ['{CRM_KEY="1"}', '{CRM_WEBHOOK_SECRET="latest"}'],
    "webhooks_version": ["latest", "0"],
    "worker_capacity": ["0", "257", "1.5"],
    "worker_image": ["worker:latest", "worker@sha256:abc"],
    "worker_max_instances": ["0", "1001"],
    "worker_memory": ["512", "1GB", "128Mi", "8Gi"],
    "worker_min_instances": ["-1", "16", "0.5"],
    "worker_subnetwork": ["My Subnet", "-x"],
}


@pytest.mark.parametrize(
    "value",
    ["", "0", "1", "-1", "01", "1.5", "2", "2.0", "2.1", "10", "11", "1000000", "1000001", "true",
     "True", "no", "auto", "off", "warm", " 1"],
)  # fmt: skip
def test_terraform_takes_no_setting_that_the_parts_would_refuse(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would not start."""
    for name, pattern in _patterns().items():
        if re.search(pattern, value):
            monkeypatch.setenv(name, value)
            Settings.read()


def test_each_setting_of_terraforms_can_be_set() -> None:
    """By the value that it has else, or one of its kind."""
    for name, pattern in _patterns().items():
        usual = Settings.model_fields[name.removeprefix("CONSENSUS_").lower()].default
        assert re.search(pattern, str(1 if usual is None else usual).lower()), name


def test_every_variable_has_wrong_values() -> None:
    """But those that are yes or no, which Terraform itself holds to that."""
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', _read("variables.tf"), re.M | re.S)
    assert {name for name, block in blocks if "= bool" not in block} == WRONG.keys()


@pytest.mark.parametrize("turn", range(max(map(len, WRONG.values()))))
def test_each_wrong_value_is_refused_by_name(terraform: None, bundles: Path, turn: int) -> None:
    """A file with a wrong value for each variable is answered with what each may be."""
    wrong = {name: values[turn] for name, values in WRONG.items() if turn < len(values)}
    # A rule that names other variables is looked at only where those are right.
    related = {name for name in wrong if len(set(re.findall(r"var\.(\w+)", _block(name)))) > 1}
    for names in (wrong.keys() - related, *({name} for name in sorted(related))):
        if not names:
            continue
        with pytest.raises(NotPlanned) as refused:
            plans.plan(bundles, *(f"-var={name}={wrong[name]}" for name in names))
        said = " ".join(str(refused.value).replace("│", " ").split())
        assert [name for name in names if f'variable "{name}"' not in said] == []


def test_destroy_is_allowed_by_name_only(terraform: None, plan: Planned, bundles: Path) -> None:
    """The data outlives a destroy unless allow_destroy says otherwise."""
    kept = of_kind(plan, "google_firestore_database")["tasks"].values
    assert (kept["deletion_policy"], kept["delete_protection_state"]) == (
        "ABANDON",
        "DELETE_PROTECTION_ENABLED",
    )
    found = plans.plan(bundles, "-var=allow_destroy=true")
    gone = of_kind(found, "google_firestore_database")["tasks"].values
    assert (gone["deletion_policy"], gone["delete_protection_state"]) == (
        "DELETE",
        "DELETE_PROTECTION_DISABLED",
    )
    assert (
        of_kind(found, "google_cloud_run_v2_service")["worker"].values["deletion_protection"]
        is False
    )


def _patterns() -> dict[str, str]:
    """How each value of the variable `settings` reads, as Terraform has it."""
    text = _read("settings.tf")
    named = dict(re.findall(r'^  (a_\w+) = "(.*)"$', text, re.M))
    told = re.findall(r'^    (CONSENSUS_\w+) += (?:local\.(\w+)|"(.*)")$', text, re.M)
    assert len(told) == text.count("    CONSENSUS_")
    return {name: named.get(shared) or own for name, shared, own in told}


def _block(name: str) -> str:
    """A variable's text."""
    found = re.search(rf'^variable "{name}" \{{\n(.*?)^\}}', _read("variables.tf"), re.M | re.S)
    assert found
    return found[1]


def _all_terraform() -> str:
    return "\n".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))


def _read(name: str) -> str:
    return (TERRAFORM / name).read_text()
