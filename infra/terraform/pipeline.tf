# What Cloud Build may do: build images, and roll new versions of the four services out. It reads
# everything, so that it can plan; it changes no grant, no secret, no topic and no data. A plan that
# does is for a person to apply.
locals {
  pipeline_roles = toset([
    "roles/artifactregistry.reader",
    "roles/browser",
    "roles/cloudfunctions.developer",
    "roles/cloudscheduler.viewer",
    "roles/cloudtasks.viewer",
    "roles/compute.networkViewer",
    "roles/datastore.backupSchedulesViewer",
    "roles/firebaserules.viewer",
    "roles/iam.securityReviewer",
    "roles/iam.serviceAccountViewer",
    "roles/logging.logWriter",
    "roles/logging.viewer",
    "roles/ondemandscanning.admin",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/run.developer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageConsumer",
    "roles/storage.bucketViewer",
  ])

  # It deploys under these accounts, and builds the functions under the last.
  pipeline_acts_as = toset(["supervisor", "dispatcher", "aggregator", "worker", "function-build"])
}

# What a plan reads of databases: the roles that Google has for it read what is kept in them too, of
# every database of the project.
resource "google_project_iam_custom_role" "database_reader" {
  role_id     = "${replace(var.name, "-", "_")}_database_reader"
  title       = "${var.name} database reader"
  description = "Reads databases, indexes and fields as they are set up, and no document"
  permissions = ["datastore.databases.getMetadata", "datastore.databases.list", "datastore.indexes.get", "datastore.indexes.list"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "pipeline" {
  for_each = setunion(local.pipeline_roles, ["projects/${var.project_id}/roles/${google_project_iam_custom_role.database_reader.role_id}"])

  project = var.project_id
  role    = each.key
  member  = local.members["pipeline"]
}

resource "google_service_account_iam_member" "pipeline" {
  for_each = local.pipeline_acts_as

  service_account_id = local.account_names[each.key]
  role               = "roles/iam.serviceAccountUser"
  member             = local.members["pipeline"]
}

# The smoke test proves who it is with a token of its own, which a build is given on this grant alone:
# https://cloud.google.com/build/docs/securing-builds/authorize-service-to-service-access
resource "google_service_account_iam_member" "pipeline_token" {
  service_account_id = local.account_names["pipeline"]
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.members["pipeline"]
}

resource "google_artifact_registry_repository_iam_member" "pipeline" {
  repository = google_artifact_registry_repository.docker["images"].repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = local.members["pipeline"]
}

resource "google_storage_bucket_iam_member" "pipeline" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectAdmin"
  member = local.members["pipeline"]
}

# Made by `make bootstrap`, before there is a state to keep.
resource "google_storage_bucket_iam_member" "pipeline_state" {
  bucket = "${var.project_id}-${var.name}-state"
  role   = "roles/storage.objectAdmin"
  member = local.members["pipeline"]
}

# The smoke test asks one question.
resource "google_cloud_run_v2_service_iam_member" "pipeline" {
  name     = google_cloudfunctions2_function.supervisor.name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.members["pipeline"]

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.supervisor.id]
  }
}
