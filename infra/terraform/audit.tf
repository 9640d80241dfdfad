# Who read what: Google keeps who changed what by itself, and reads only where it is told to. They are
# many, and paid for by their volume. A project has this once, whoever deploys into it: the deployment
# that audit_reads names owns it, so that no two turn it on, and none off for the others.
resource "google_project_iam_audit_config" "data" {
  for_each = toset(var.audit_reads == var.name ? ["datastore.googleapis.com", "secretmanager.googleapis.com", "pubsub.googleapis.com", "cloudtasks.googleapis.com", "storage.googleapis.com"] : [])

  project = var.project_id
  service = each.key

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

# A key of yours, in this region, for what is kept: tasks, messages, secrets, bundles, images. Each of
# Google's services that keeps them must be allowed to use it (docs/deploy.md).
locals {
  kms_key = var.kms_key == "" ? null : var.kms_key
}
