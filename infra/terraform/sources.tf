# The functions' source bundles. An object is named by its content: new code, and nothing else, is
# a new deployment.
locals {
  _bundles = coalesce(var.bundles, "${path.module}/../../build")
}

resource "google_storage_bucket" "sources" {
  name     = "${var.project_id}-${var.name}-sources"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.allow_destroy

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = compact([var.kms_key])

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    # Each object has one version, whose name is its content: it is never followed by a newer one.
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_object" "bundle" {
  for_each = toset(["supervisor", "aggregator"])

  name   = "${each.key}-${filemd5("${local._bundles}/${each.key}.zip")}.zip"
  bucket = google_storage_bucket.sources.name
  source = "${local._bundles}/${each.key}.zip"
}

# A build reads from the bucket that Cloud Functions copies bundles to, which it makes itself at the
# first deployment: a grant on it could not be made before.
resource "google_project_iam_member" "function_source" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = local.members["function-build"]

  condition {
    title       = "function sources"
    description = "The bundles' bucket, and Cloud Functions' own copy of it"
    expression = join(" || ", [
      for bucket in [google_storage_bucket.sources.name, "gcf-v2-sources-"] :
      "resource.name.startsWith(\"projects/_/buckets/${bucket}\")"
    ])
  }
}

resource "google_artifact_registry_repository_iam_member" "function_build" {
  repository = google_artifact_registry_repository.docker["functions"].repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = local.members["function-build"]
}

resource "google_project_iam_member" "function_build" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = local.members["function-build"]
}
