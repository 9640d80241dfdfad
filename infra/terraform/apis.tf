locals {
  apis = setunion([
    "artifactregistry", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudresourcemanager",
    "cloudscheduler", "cloudtasks", "firebaserules", "firestore", "iam", "iamcredentials", "logging", "monitoring", "ondemandscanning",
    "pubsub", "run", "secretmanager", "serviceusage", "storage", "telemetry",
  ], var.binary_authorization ? ["binaryauthorization"] : [])
}

resource "google_project_service" "api" {
  for_each = local.apis

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # others in the project may use it
}
