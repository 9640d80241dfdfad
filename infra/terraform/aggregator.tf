# Turns every ballot, timer and dead letter into one commit. Only Pub/Sub's pushes reach it.
resource "google_cloudfunctions2_function" "aggregator" {
  name        = "${var.name}-aggregator"
  description = local.accounts.aggregator
  location    = var.region

  kms_key_name = local.kms_key

  build_config {
    runtime           = local.runtime
    entry_point       = "aggregate"
    service_account   = local.account_names["function-build"]
    docker_repository = local.function_repository

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.bundle["aggregator"].name
      }
    }
  }

  service_config {
    service_account_email = local.emails["aggregator"]
    ingress_settings      = "ALLOW_INTERNAL_ONLY"

    available_cpu      = "1"
    available_memory   = "512Mi"
    min_instance_count = 0
    max_instance_count = var.aggregator_max_instances
    timeout_seconds    = 60 # the pushes' acknowledgement deadline

    max_instance_request_concurrency = 80

    environment_variables = merge(local.environment, local.dispatching, local.submitting, local.telling)

    dynamic "secret_volumes" {
      for_each = local.webhooks_versions

      content {
        mount_path = local.webhooks_folder
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret["webhooks"].secret_id

        versions {
          version = secret_volumes.value
          path    = local.webhooks_file
        }
      }
    }

    dynamic "secret_environment_variables" {
      for_each = var.webhook_secrets

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret[local.webhook_secrets[secret_environment_variables.key]].secret_id
        version    = secret_environment_variables.value
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.function_build,
    google_project_iam_member.function_build,
    google_project_iam_member.function_source,
    google_secret_manager_secret_iam_member.reader,
  ]
}
