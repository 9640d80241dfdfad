locals {
  repositories = {
    images    = "the worker's images"
    functions = "what the functions are built to"
  }
}

resource "google_artifact_registry_repository" "docker" {
  for_each = local.repositories

  repository_id = "${var.name}-${each.key}"
  description   = each.value
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = local.kms_key

  # What is among the newest is kept, however old: the way back of a rollback.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}
