# The HTTP surface. Only those in var.invokers may call it, or everybody if var.public says so.
resource "google_cloudfunctions2_function" "supervisor" {
  # checkov:skip=CKV_GCP_124: the one door to the outside; IAM guards it
  name        = "${var.name}-supervisor"
  description = local.accounts.supervisor
  location    = var.region

  kms_key_name = local.kms_key

  build_config {
    runtime           = local.runtime
    entry_point       = "submit"
    service_account   = local.account_names["function-build"]
    docker_repository = local.function_repository

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.bundle["supervisor"].name
      }
    }
  }

  service_config {
    service_account_email = local.emails["supervisor"]
    ingress_settings      = var.supervisor_ingress

    available_cpu      = "1"
    available_memory   = "512Mi"
    min_instance_count = 0
    max_instance_count = var.supervisor_max_instances
    timeout_seconds    = 660 # the longest wait, 600 s, and the answer

    # The default of 1 would give every viewer of an event stream an instance of its own.
    max_instance_request_concurrency = 80

    environment_variables = merge(local.environment, local.dispatching, local.submitting, local.telling, { CONSENSUS_PUBLIC = tostring(var.public) }, {
      for name, value in {
        CONSENSUS_CALLER_AUDIENCE  = var.caller_audience == "" ? null : var.caller_audience
        CONSENSUS_FIREBASE_PROJECT = var.firebase_project == "" ? null : var.firebase_project
      } : name => tostring(value) if value != null
    })

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
      for_each = var.api_keys_version == "" ? [] : [var.api_keys_version]

      content {
        key        = "CONSENSUS_API_KEYS"
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret["api-keys"].secret_id
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

# IAM guards a function's HTTP at the Cloud Run service below it.
resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = var.public && var.public_grant ? setunion(var.invokers, ["allUsers"]) : var.invokers

  name     = google_cloudfunctions2_function.supervisor.name
  location = var.region
  role     = "roles/run.invoker"
  member   = each.key

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.supervisor.id]
  }
}
