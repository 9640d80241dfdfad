# Holds each task in the request that brought it. Only its queue reaches it.
resource "google_cloudfunctions2_function" "dispatcher" {
  name        = "${var.name}-dispatcher"
  description = local.accounts.dispatcher
  location    = var.region

  kms_key_name = local.kms_key

  build_config {
    runtime           = local.runtime
    entry_point       = "dispatch"
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
    service_account_email = local.emails["dispatcher"]
    ingress_settings      = "ALLOW_INTERNAL_ONLY"

    # `scripts/deploy plan` puts Direct VPC egress in the place of these two lines where it is asked for:
    # Google's provider knows that from 7.21 on, and refuses to read it before.
    vpc_connector                 = one(local.connectors)
    vpc_connector_egress_settings = one([for connector in local.connectors : "ALL_TRAFFIC"])

    available_cpu      = "1"
    available_memory   = "512Mi"
    min_instance_count = 0
    max_instance_count = var.dispatcher_max_instances
    timeout_seconds    = 600 # as long as its queue waits; a task lasts 540

    # Tasks held at once by an instance, each with a stream per seat on one event loop.
    max_instance_request_concurrency = var.dispatcher_capacity

    environment_variables = merge(
      local.environment,
      {
        CONSENSUS_WORKER_TARGETS    = "${trimprefix(local.worker_url, "https://")}:443"
        CONSENSUS_WORKER_AUDIENCE   = local.worker_url
        CONSENSUS_DISPATCH_ATTEMPTS = tostring(local.dispatch_attempts)
      },
      { for version in local.panel_versions : "CONSENSUS_PANEL" => local.panel_path },
    )

    dynamic "secret_volumes" {
      for_each = local.panel_versions

      content {
        mount_path = local.panel_folder
        project_id = var.project_id
        secret     = google_secret_manager_secret.secret["panel"].secret_id

        versions {
          version = secret_volumes.value
          path    = local.panel_file
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = (var.dispatcher_subnetwork != "") == fileexists("${path.module}/dispatcher_override.tf")
      error_message = "Run `scripts/deploy lock`, which writes dispatcher_override.tf where terraform.tfvars sets dispatcher_subnetwork, and takes it away else (docs/deploy.md)."
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.function_build,
    google_project_iam_member.function_build,
    google_project_iam_member.function_source,
    google_secret_manager_secret_iam_member.reader,
  ]
}
