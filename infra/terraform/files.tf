# Batches' files: what callers send to be asked, and their results. Erasing a task must erase it here,
# so no version stays, and nothing that was deleted.
resource "google_storage_bucket" "files" {
  # checkov:skip=CKV_GCP_78: a version would keep what was erased
  name     = "${var.project_id}-${var.name}-files"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.allow_destroy

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = compact([var.kms_key])

    content {
      default_kms_key_name = encryption.value
    }
  }

  # A batch may run for a day; from then on its files are kept as long as tasks are.
  dynamic "lifecycle_rule" {
    for_each = var.retention_days == 0 ? [] : [var.retention_days + 1]

    content {
      condition {
        age = lifecycle_rule.value
      }
      action {
        type = "Delete"
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_iam_member" "files" {
  for_each = toset(["supervisor", "aggregator"])

  bucket = google_storage_bucket.files.name
  role   = "roles/storage.objectUser"
  member = local.members[each.key]
}

# Of both parts that make tasks: one from a request, one from a line of a batch.
locals {
  submitting = merge({ CONSENSUS_FILES_BUCKET = google_storage_bucket.files.name }, {
    for name, value in {
      CONSENSUS_MAX_COST_USD  = var.max_cost_usd
      CONSENSUS_ADJUDICATIONS = var.adjudications
    } : name => tostring(value) if value != null
  })
}
