# One account per part, so that each can do its own work and nothing else. None has a key.
locals {
  accounts = {
    supervisor     = "takes tasks: reads and writes tasks, queues them for a dispatcher"
    dispatcher     = "holds tasks: reads and writes tasks, invokes the worker, publishes ballots and deadlines"
    aggregator     = "decides tasks: reads and writes tasks, queues them again"
    worker         = "takes seats: reads the model's key, publishes its ballots"
    dispatch-push  = "brings dispatches: invokes the dispatcher"
    aggregate-push = "brings ballots, timers and dead letters: invokes the aggregator"
    scheduler      = "rings the sweep each minute, and tasks' deadlines"
    function-build = "builds the functions"
    pipeline       = "Cloud Build: builds the image, rolls out new versions"
  }
}

# Spelt out, since what Google would compute is not known to a plan, and a plan should tell who may
# do what. Taken from the account itself, so that the account comes first.
locals {
  emails = {
    for part, account in google_service_account.part :
    part => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com"
  }

  members = { for part, email in local.emails : part => "serviceAccount:${email}" }

  account_names = {
    for part, email in local.emails : part => "projects/${var.project_id}/serviceAccounts/${email}"
  }
}

resource "google_service_account" "part" {
  for_each = local.accounts

  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name} ${each.key}"
  description  = each.value

  depends_on = [google_project_service.api]
}

# The parts that keep tasks. Firestore takes grants on the project alone; the condition keeps them
# out of its other databases, among them those of a second deployment.
resource "google_project_iam_member" "tasks" {
  for_each = toset(["supervisor", "dispatcher", "aggregator"])

  project = var.project_id
  role    = "roles/datastore.user"
  member  = local.members[each.key]

  condition {
    title       = "${var.name} tasks"
    description = "This deployment's database"
    expression  = "resource.name == \"projects/${var.project_id}/databases/${var.firestore_database}\""
  }
}
