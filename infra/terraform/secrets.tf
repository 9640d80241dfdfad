# The secrets' names and readers. Their values are put in with gcloud (docs/deploy.md), so that no
# key is ever in a variable, a plan or the state.
locals {
  secrets = {
    openai-api-key = { reader = "worker" }
    api-keys       = { reader = "supervisor" }
    tfvars         = { reader = "pipeline" } # a copy of terraform.tfvars: what Cloud Build plans with
  }
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets

  secret_id = "${var.name}-${each.key}"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secrets

  secret_id = google_secret_manager_secret.secret[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.value.reader]
}
