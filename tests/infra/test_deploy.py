"""The steps of a deployment, with programs that only write down how they were called."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra import plans
from tests.infra.plans import ROOT, Plan

TFVARS = 'project_id = "my-project"\nregion     = "europe-west1"\nname = "panel"\n'
DIGEST = "sha256:" + "d" * 64
IMAGES = "europe-west1-docker.pkg.dev/my-project/panel-images"
KEY = "a-key-that-nobody-may-see"

LEFT_OUT = shutil.ignore_patterns(".terraform*", "*.tfvars", "*_override.tf")

PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
case "$*" in
  *inspect*) echo "$IMAGE_NAME" ;;
  *--data-file=-*) cat >"$CALLS.stdin" ;;
  *"state pull"*) printf '%s\n' "$STATE" ;;
esac
case "$(basename "$0")" in curl | gcloud) printf '%s' "$ANSWER" ;; esac
case "$*" in *"$FAILS"*) [ -z "$FAILS" ] || exit 1 ;; esac
"""


class Checkout:
    """A checkout as far as the script looks at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        (folder / "scripts").mkdir()
        (folder / "infra" / "terraform").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "deploy", folder / "scripts")
        (folder / "services" / "worker").mkdir(parents=True)
        shutil.copy(ROOT / "services" / "worker" / "base-image", folder / "services" / "worker")
        (folder / "infra" / "terraform" / "terraform.tfvars").write_text(TFVARS)
        programs = folder / "programs"
        programs.mkdir()
        for name in ("gcloud", "terraform", "docker", "curl", "git", "cosign"):
            (programs / name).write_text(PROGRAM)
            (programs / name).chmod(0o755)
        self.environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(self.calls),
            "IMAGE_NAME": f"{IMAGES}/worker@{DIGEST}",
            "ANSWER": '{"result": {"outcome":"CONSENSUS"}}',
            "FAILS": "",
            "STATE": "",
        }

    def deploy(self, *arguments: str, **environment: str) -> tuple[int, list[str]]:
        """The script's exit code, and how it called other programs."""
        self.calls.write_text("")
        command = [str(self.folder / "scripts" / "deploy"), *arguments]
        told = self.environment | environment
        done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
        return done.returncode, self.calls.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh one."""
    return Checkout(tmp_path)


def test_bootstrap_makes_the_state_s_bucket_first(checkout: Checkout) -> None:
    """Versioned and private, whether it was there or not; then what the image needs, of this
    deployment."""
    code, calls = checkout.deploy("bootstrap")
    assert code == 0
    state = "gs://my-project-panel-state"
    private = "--uniform-bucket-level-access --public-access-prevention"
    update = f"gcloud storage buckets update {state} --versioning {private}"
    assert update in calls
    (init,) = [i for i, call in enumerate(calls) if " init " in call]
    (apply,) = [i for i, call in enumerate(calls) if " apply " in call]
    assert calls.index(update) < init < apply
    assert "-backend-config=bucket=my-project-panel-state" in calls[init]
    _, calls = checkout.deploy("bootstrap", FAILS="buckets describe")
    (create,) = [call for call in calls if "buckets create" in call]
    assert create.startswith(f"gcloud storage buckets create {state} ")
    assert create.endswith(private)
    assert calls.index(create) < calls.index(update)


def test_bootstrap_makes_what_takes_minutes_to_be_known(
    checkout: Checkout, terraform: None, plan: Plan, bundles: Path
) -> None:
    """Every grant that needs no service, the metrics that alerts watch, and the database."""
    _, calls = checkout.deploy("bootstrap")
    (apply,) = [call for call in calls if " apply " in call]
    targets = [word for word in apply.split() if word.startswith("-target=")]
    first = {r.address for r in plans.plan(bundles, *targets, image="")}
    later = {r.address for r in plan} - first
    awaited = ("_iam_member", "google_logging_metric", "google_firestore_database", "_index")
    late = {address for address in later if any(kind in address for kind in awaited)}
    # Who may invoke a service, or hear a subscription that pushes to one, is known after it is.
    of_services = ("google_cloud_run_v2_service_iam_member", "google_pubsub_subscription_iam")
    assert {a for a in late if not a.startswith(of_services)} == set()
    assert not [a for a in first if a.startswith("google_cloudfunctions2")]


def test_a_key_is_no_argument(checkout: Checkout) -> None:
    """Arguments show in the list of processes: the key goes in by standard input."""
    code, calls = checkout.deploy("bootstrap", OPENAI_API_KEY=KEY)
    assert code == 0
    assert not [call for call in calls if KEY in call]
    assert calls[-1].startswith("gcloud secrets versions add panel-openai-api-key")
    assert Path(f"{checkout.calls}.stdin").read_text() == KEY


def test_an_image_is_named_by_what_was_pushed(checkout: Checkout) -> None:
    """For Cloud Run's platform, and Terraform is told its digest."""
    code, calls = checkout.deploy("image", TAG="abc")
    assert code == 0
    assert f"docker push {IMAGES}/worker:abc" in calls
    assert "--platform linux/amd64" in calls[0]
    assert "PYTHON=python:3.13-slim@sha256:" in calls[0]
    told = (checkout.folder / "infra" / "terraform" / "image.auto.tfvars").read_text()
    assert told == f'worker_image = "{IMAGES}/worker@{DIGEST}"\n# Not applied yet.\n'


@pytest.mark.parametrize(
    ("found", "fails", "passes"),
    [
        ("LOW\tTrue\ta bug", "", True),
        ("CRITICAL\tFalse\ta hole", "", False),
        ("LOW\tTrue\ta bug\nHIGH\tTrue\ta hole", "", False),
        ("HIGH\tFalse\ta hole that nobody can mend", "", True),
        ("LOW\tTrue\tnot CRITICAL", "", True),
        ("", "", False),
        ("LOW\tTrue\ta bug", "images scan", False),
        ("LOW\tTrue\ta bug", "list-vulnerabilities", False),
    ],
)
def test_an_image_that_is_weak_or_cannot_be_looked_at_ends_the_build(
    checkout: Checkout, found: str, fails: str, *, passes: bool
) -> None:
    """What is not known to be sound does not pass."""
    code, calls = checkout.deploy("scan_image", TAG="abc", ANSWER=found, FAILS=fails)
    assert (code == 0) is passes
    assert f"images scan {IMAGES}/worker:abc --remote" in calls[0]


@pytest.mark.parametrize(
    ("found", "severities", "passes"),
    [
        ("MEDIUM\tTrue\ta bug", "HIGH|MEDIUM", False),
        ("MEDIUM\tTrue\ta bug", "HIGH", True),
        ("HIGH\tTrue\ta hole", "", True),
        ("CRITICAL\tFalse\ta hole", "", False),
    ],
)
def test_the_operator_says_how_bad_is_too_bad(
    checkout: Checkout, found: str, severities: str, *, passes: bool
) -> None:
    """Of what can be mended; what is critical always is."""
    code, calls = checkout.deploy("scan_image", TAG="abc", ANSWER=found, SEVERITIES=severities)
    assert (code == 0) is passes
    assert "vulnerability.effectiveSeverity, vulnerability.fixAvailable," in calls[1]


def test_what_is_deployed_is_signed_with_its_bill_of_materials(checkout: Checkout) -> None:
    """The image by its digest, the functions' bundles, as the account that builds; and looked at
    as whoever deploys would."""
    checkout.deploy("image", TAG="abc")
    code, calls = checkout.deploy("sign")
    assert code == 0
    image = f"{IMAGES}/worker@{DIGEST}"
    bill = "--type cyclonedx --predicate build/sbom/worker.json"
    signer = "--certificate-identity panel-pipeline@my-project.iam.gserviceaccount.com"
    issuer = "--certificate-oidc-issuer https://accounts.google.com"
    of_bundles = [
        call
        for name in ("supervisor", "aggregator")
        for told in [f"--bundle build/sbom/{name}.sigstore.json"]
        for call in (
            f"cosign attest-blob --yes --type cyclonedx --predicate build/sbom/{name}.json {told}"
            f" build/{name}.zip",
            f"cosign verify-blob-attestation --type cyclonedx {told} {signer} {issuer}"
            f" build/{name}.zip",
        )
    ]
    assert calls == [
        f"cosign sign --yes {image}",
        f"cosign attest --yes {bill} {image}",
        f"cosign verify {image} {signer} {issuer}",
        f"cosign verify-attestation --type cyclonedx {image} {signer} {issuer}",
        *of_bundles,
    ]


@pytest.mark.parametrize(
    "step",
    ["sign", "attest", "verify", "verify-attestation", "attest-blob", "verify-blob-attestation"],
)
def test_what_cannot_be_signed_or_verified_ends_the_build(checkout: Checkout, step: str) -> None:
    """The plan waits for this step."""
    checkout.deploy("image", TAG="abc")
    assert checkout.deploy("sign", FAILS=f"{step} ")[0] != 0


def test_no_tag_is_signed(checkout: Checkout) -> None:
    """It may name another image by then."""
    told = checkout.folder / "infra" / "terraform" / "image.auto.tfvars"
    told.write_text(f'worker_image = "{IMAGES}/worker:abc"\n')
    code, calls = checkout.deploy("sign")
    assert code != 0
    assert not calls


OLD = f"{IMAGES}/worker@sha256:" + "e" * 64
NEW = f"{IMAGES}/worker@{DIGEST}"
RUNS_OLD = f'{{\n  "resources": [\n    "image": "{OLD}",\n  ]\n}}'
HOLD = f"-var=worker_image={OLD}"
WORKER_ALONE = "-target=google_cloud_run_v2_service.worker"


def rolled_out(calls: list[str]) -> list[str]:
    """The plans and applies, by their options and plan files."""
    verbs = [call.split()[2:] for call in calls if call.split()[2] in ("plan", "apply")]
    return [
        " ".join([verb, *(word.rpartition("/")[2] if "/build/" in word else word for word in rest)])
        for verb, *rest in verbs
    ]


def test_the_worker_changes_after_the_functions(checkout: Checkout) -> None:
    """They hold its image while all else is applied, and then it alone: the graph has the
    dispatcher before the aggregator, which refuses votes in a form that it does not know."""
    checkout.deploy("image", TAG="abc")
    code, calls = checkout.deploy("plan", STATE=RUNS_OLD)
    assert code == 0
    assert rolled_out(calls) == [f"plan -input=false terraform.tfplan {HOLD}"]
    code, calls = checkout.deploy("apply", STATE=RUNS_OLD)
    assert code == 0
    assert rolled_out(calls) == [
        "apply -input=false terraform.tfplan",
        f"plan -input=false worker.tfplan {WORKER_ALONE}",
        "apply -input=false worker.tfplan",
    ]
    _, calls = checkout.deploy("apply", STATE=RUNS_OLD)
    assert rolled_out(calls) == ["apply -input=false terraform.tfplan"]


def test_the_worker_stays_where_the_functions_were_not_applied(checkout: Checkout) -> None:
    """And the image still waits: it is planned again without a word."""
    checkout.deploy("image", TAG="abc")
    checkout.deploy("plan", STATE=RUNS_OLD)
    code, calls = checkout.deploy("apply", STATE=RUNS_OLD, FAILS="terraform.tfplan")
    assert code != 0
    assert rolled_out(calls) == ["apply -input=false terraform.tfplan"]
    assert checkout.deploy("plan", STATE=RUNS_OLD)[0] == 0


@pytest.mark.parametrize("state", ["", RUNS_OLD.replace(OLD, NEW)], ids=["none", "the same"])
def test_one_apply_does_where_no_other_worker_runs(checkout: Checkout, state: str) -> None:
    """The first of all, and one that leaves the worker as it is."""
    checkout.deploy("image", TAG="abc")
    code, calls = checkout.deploy("plan", STATE=state)
    assert code == 0
    assert rolled_out(calls) == ["plan -input=false terraform.tfplan"]
    _, calls = checkout.deploy("apply", STATE=state)
    assert rolled_out(calls) == ["apply -input=false terraform.tfplan"]


def test_the_way_back_begins_with_the_worker(checkout: Checkout) -> None:
    """At once, by the graph: older functions do not know what the newer worker sends."""
    checkout.deploy("image", TAG="abc")
    checkout.deploy("plan", STATE=RUNS_OLD)
    _, calls = checkout.deploy("plan", STATE=RUNS_OLD, WORKER="first")
    assert rolled_out(calls) == ["plan -input=false terraform.tfplan"]
    _, calls = checkout.deploy("apply", STATE=RUNS_OLD, WORKER="first")
    assert rolled_out(calls) == ["apply -input=false terraform.tfplan"]
    code, calls = checkout.deploy("plan", STATE=RUNS_OLD, WORKER="second")
    assert code != 0
    assert rolled_out(calls) == []


def test_an_image_that_was_applied_before_is_not_put_back_unseen(checkout: Checkout) -> None:
    """Cloud Build may have rolled another out since; whoever means it says so."""
    checkout.deploy("image", TAG="abc")
    checkout.deploy("plan")
    checkout.deploy("apply")
    assert checkout.deploy("plan", STATE=RUNS_OLD.replace(OLD, NEW))[0] == 0
    saved = checkout.folder / "build" / "terraform.tfplan"
    saved.parent.mkdir(exist_ok=True)
    saved.write_text("an earlier plan, which must not be applied in the place of a refused one")
    code, calls = checkout.deploy("plan", STATE=RUNS_OLD)
    assert code != 0
    assert rolled_out(calls) == []
    assert not saved.exists()
    code, calls = checkout.deploy("plan", STATE=RUNS_OLD, WORKER="last")
    assert code == 0
    assert rolled_out(calls) == [f"plan -input=false terraform.tfplan {HOLD}"]


def test_no_plan_without_the_state(checkout: Checkout) -> None:
    """What runs is not known then."""
    checkout.deploy("image", TAG="abc")
    code, calls = checkout.deploy("plan", FAILS="state pull")
    assert code != 0
    assert rolled_out(calls) == []


def test_what_was_rolled_out_last_is_taken_over(checkout: Checkout) -> None:
    """The image of the state, and the variables that Cloud Build planned with; ours stay beside."""
    folder = checkout.folder / "infra" / "terraform"
    theirs = TFVARS + 'max_cost_usd = "1"\n'
    code, calls = checkout.deploy("fetch", STATE=RUNS_OLD, ANSWER=theirs)
    assert code == 0
    assert (
        "gcloud secrets versions access latest --secret panel-tfvars --project my-project" in calls
    )
    assert (folder / "terraform.tfvars").read_text() == theirs
    assert (folder / "terraform.tfvars.before").read_text() == TFVARS
    assert (folder / "image.auto.tfvars").read_text() == f'worker_image = "{OLD}"\n'
    checkout.deploy("fetch", STATE=RUNS_OLD, ANSWER=theirs)  # again, and ours are still there
    assert (folder / "terraform.tfvars.before").read_text() == TFVARS
    _, calls = checkout.deploy("plan", STATE=RUNS_OLD)
    assert rolled_out(calls) == ["plan -input=false terraform.tfplan"]


@pytest.mark.parametrize("fails", ["state pull", "secrets versions access"])
def test_what_cannot_be_taken_over_changes_nothing(checkout: Checkout, fails: str) -> None:
    """Nor does an empty secret, or a deployment that is not there."""
    told = checkout.folder / "infra" / "terraform" / "terraform.tfvars"
    for given in ({"FAILS": fails}, {"ANSWER": ""}, {"STATE": ""}):
        assert checkout.deploy("fetch", **{"STATE": RUNS_OLD} | given)[0] != 0
        assert told.read_text() == TFVARS
        assert not (told.parent / "image.auto.tfvars").exists()


def test_direct_vpc_egress_takes_the_connector_s_place(checkout: Checkout) -> None:
    """The dispatcher's settings again, as they are, with the subnetwork's; without it, none."""
    terraform = checkout.folder / "infra" / "terraform"
    shutil.copy(ROOT / "infra" / "terraform" / "dispatcher.tf", terraform)
    checkout.deploy("plan", TF_VAR_dispatcher_subnetwork="dispatchers")
    override = terraform / "dispatcher_override.tf"
    written = [line for line in override.read_text().splitlines() if line.startswith("    ")]
    had = (terraform / "dispatcher.tf").read_text().partition("  service_config {")[2]
    had = had.partition("\n  }\n")[0]
    kept = [line for line in had.splitlines() if line and line.lstrip()[0] != "#"]
    connector = [line for line in kept if " vpc_connector" in line]
    assert len(connector) == 2
    direct = [
        '    direct_vpc_egress = "VPC_EGRESS_ALL_TRAFFIC"',
        "    direct_vpc_network_interface {",
        "      network    = var.network",
        "      subnetwork = var.dispatcher_subnetwork",
        "    }",
    ]
    at = kept.index(connector[0])
    kept[at : at + 2] = direct
    assert written[-len(kept) :] == kept
    assert '      version = ">= 7.21, < 9.0"' in written
    checkout.deploy("plan")
    assert not override.exists()


def test_direct_vpc_egress_needs_the_lock_file_renewed(checkout: Checkout) -> None:
    """Terraform itself refuses the providers that are locked; the step locks later ones."""
    terraform = shutil.which("terraform")
    if not terraform:
        pytest.skip("no terraform")
    (checkout.folder / "programs" / "terraform").unlink()
    folder = checkout.folder / "infra" / "terraform"
    shutil.copytree(ROOT / "infra" / "terraform", folder, ignore=LEFT_OUT, dirs_exist_ok=True)
    told = checkout.environment | {"TF_CLI_CONFIG_FILE": str(checkout.folder / "mirrored")}
    mirror = checkout.folder / "mirror"
    (checkout.folder / "mirrored").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )

    def init() -> int:
        command = [terraform, f"-chdir={folder}", "init", "-input=false", "-backend=false"]
        return subprocess.run(command, env=told, capture_output=True, check=False).returncode

    def lock(subnetwork: str) -> str:
        with_it = {"TF_VAR_dispatcher_subnetwork": subnetwork}
        assert checkout.deploy("lock", **told, **with_it)[0] == 0
        return (folder / ".terraform.lock.hcl").read_text()

    provide(mirror, "6.50.0")
    assert '"6.50.0"' in lock("")
    provide(mirror, "8.7.0")
    assert init() == 0
    shutil.copy(folder / ".terraform.lock.hcl", checkout.folder)
    assert lock("dispatchers").count('"8.7.0"') == 2
    assert init() == 0
    shutil.copy(checkout.folder / ".terraform.lock.hcl", folder)
    assert init() != 0


def provide(mirror: Path, version: str) -> None:
    """Put what Terraform takes for Google's providers where it finds them; it starts none."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    for name in ("google", "google-beta"):
        where = mirror / "registry.terraform.io" / "hashicorp" / name / version
        where /= f"{os.uname().sysname.lower()}_{machine}"
        where.mkdir(parents=True)
        program = where / f"terraform-provider-{name}_v{version}"
        program.write_text(f"#!/bin/sh\n# {name} {version}\n")
        program.chmod(0o755)


def test_names_come_from_the_file_and_not_from_the_shell(checkout: Checkout) -> None:
    """Some shells have a NAME of their own; Terraform's own variables serve where no file does."""
    assert checkout.deploy("init", NAME="DESKTOP", PROJECT="other")[1] == [
        "terraform -chdir=infra/terraform init -input=false"
        " -backend-config=bucket=my-project-panel-state"
    ]
    (checkout.folder / "infra" / "terraform" / "terraform.tfvars").unlink()
    assert checkout.deploy("init")[0] != 0
    _, (init,) = checkout.deploy("init", TF_VAR_project_id="theirs", TF_VAR_name="tv")
    assert init.endswith("bucket=theirs-tv-state")


@pytest.mark.parametrize(
    ("answer", "passes"), [("CONSENSUS", True), ("NO_CONSENSUS", False), ("FAILED", False)]
)
def test_the_smoke_test_wants_an_answer(checkout: Checkout, answer: str, *, passes: bool) -> None:
    """Any end but consensus fails it; a key is sent where there is one."""
    given = {"URL": "https://service.example", "TOKEN": "token", "API_KEY": "key"}
    outcome = f'{{"result":{{"outcome":"{answer}"}}}}'
    code, (call,) = checkout.deploy("smoke", **given, ANSWER=outcome)
    assert (code == 0) is passes
    assert "X-API-Key: key" in call
    assert "Authorization: Bearer token" in call


AUDIENCE = "https://consensus.example"


def test_callers_send_two_tokens_where_the_service_checks_one_itself(checkout: Checkout) -> None:
    """IAM's apart, and the caller's own for the audience, which gcloud prints for an account."""
    told = checkout.folder / "infra" / "terraform" / "terraform.tfvars"
    told.write_text(f'{TFVARS}caller_audience = "{AUDIENCE}"\n')
    given = {"URL": "https://service.example", "TOKEN": "of-iam"}
    _, calls = checkout.deploy("smoke", **given, AS="me@my-project.example")
    asked = f"--audiences {AUDIENCE} --impersonate-service-account me@my-project.example"
    assert calls[0] == f"gcloud auth print-identity-token {asked} --include-email"
    assert f"-H Authorization: Bearer {checkout.environment['ANSWER']}" in calls[1]
    code, (call,) = checkout.deploy("smoke", **given, CALLER_TOKEN="of-the-caller")
    assert code == 0
    assert "-H X-Serverless-Authorization: Bearer of-iam" in call
    assert "-H Authorization: Bearer of-the-caller" in call
    assert call.count("uthorization: Bearer") == 2
    # Cloud Build's account has a token of its own.
    _, calls = checkout.deploy("smoke", **given)
    assert calls[0] == f"gcloud auth print-identity-token --audiences {AUDIENCE}"


def test_an_app_s_users_ask_by_their_own_tokens(checkout: Checkout) -> None:
    """gcloud has none of theirs, so that nothing is asked without one."""
    told = checkout.folder / "infra" / "terraform" / "terraform.tfvars"
    told.write_text(f'{TFVARS}firebase_project = "my-app"\n')
    given = {"URL": "https://service.example", "TOKEN": ""}
    code, calls = checkout.deploy("smoke", **given)
    assert code != 0
    assert calls == []
    code, (call,) = checkout.deploy("smoke", **given | {"TOKEN": "of-a-user"})
    assert code == 0
    assert "-H Authorization: Bearer of-a-user" in call
    told.write_text(f'{TFVARS}firebase_project = "my-app"\napi_keys_version = "1"\n')
    assert checkout.deploy("smoke", **given, API_KEY="key")[0] == 0
