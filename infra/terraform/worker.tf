# One seat a stream. Only the dispatcher may invoke it; where that comes from outside any VPC, IAM and
# not ingress keeps others out (network.tf).
resource "google_cloud_run_v2_service" "worker" {
  name        = "${var.name}-worker"
  description = local.accounts.worker
  location    = var.region

  ingress              = local.through_vpc ? "INGRESS_TRAFFIC_INTERNAL_ONLY" : "INGRESS_TRAFFIC_ALL"
  invoker_iam_disabled = false
  deletion_protection  = !var.allow_destroy

  dynamic "binary_authorization" {
    for_each = var.binary_authorization ? ["the project's policy"] : []

    content {
      use_default = true
    }
  }

  template {
    service_account = local.emails["worker"]

    # A stream may last as long as its task.
    timeout                          = "600s"
    max_instance_request_concurrency = var.worker_capacity

    encryption_key = local.kms_key

    dynamic "vpc_access" {
      for_each = local.subnets

      content {
        egress = "ALL_TRAFFIC"

        network_interfaces {
          network    = var.network
          subnetwork = vpc_access.value
        }
      }
    }

    scaling {
      min_instance_count = var.worker_min_instances
      max_instance_count = var.worker_max_instances
    }

    containers {
      image = var.worker_image

      ports {
        name           = "h2c" # gRPC: HTTP/2 without TLS behind Cloud Run's front end
        container_port = 8080
      }

      resources {
        limits            = { cpu = "1", memory = var.worker_memory }
        cpu_idle          = true # CPU while a stream is open, and none is needed after it
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 60

        grpc {
          port = 8080
        }
      }

      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3

        grpc {
          port = 8080
        }
      }

      dynamic "env" {
        for_each = local.worker_environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.worker_keys

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.secret[env.value.secret].secret_id
              version = env.value.version
            }
          }
        }
      }

      dynamic "volume_mounts" {
        for_each = local.panel_versions

        content {
          name       = "panel"
          mount_path = local.panel_folder
        }
      }
    }

    dynamic "volumes" {
      for_each = local.panel_versions

      content {
        name = "panel"

        secret {
          secret = google_secret_manager_secret.secret["panel"].secret_id

          items {
            path    = local.panel_file
            version = volumes.value
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.worker_image != ""
      error_message = "Set worker_image to what `make image` printed; docs/deploy.md has the order."
    }
  }

  depends_on = [
    google_project_service.api, # binary_authorization brings one of its own
    google_secret_manager_secret_iam_member.reader,
  ]
}

locals {
  panel_versions = var.panel_version == "" ? [] : [var.panel_version]

  worker_keys = merge(
    { for version in compact([var.openai_key_version]) : "OPENAI_API_KEY" => { secret = "openai-api-key", version = version } },
    { for variable, version in var.voter_keys : variable => { secret = local.voter_secrets[variable], version = version } },
  )

  worker_environment = {
    for name, value in merge(var.settings, local.telemetry, {
      GOOGLE_CLOUD_PROJECT          = var.project_id
      OPENAI_BASE_URL               = var.openai_base_url
      OPENAI_MODEL                  = var.openai_model
      CONSENSUS_VOTES_TOPIC         = google_pubsub_topic.topic["votes"].name
      CONSENSUS_WORKER_CAPACITY     = tostring(var.worker_capacity)
      CONSENSUS_INPUT_USD_PER_MTOK  = try(tostring(var.input_usd_per_mtok), null)
      CONSENSUS_OUTPUT_USD_PER_MTOK = try(tostring(var.output_usd_per_mtok), null)
      CONSENSUS_LOG_LEVEL           = var.log_level
      CONSENSUS_PANEL               = var.panel_version == "" ? "" : local.panel_path
    }) : name => value if value != null && value != ""
  }
}

resource "google_cloud_run_v2_service_iam_member" "dispatcher" {
  name     = google_cloud_run_v2_service.worker.name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.members["dispatcher"]

  lifecycle {
    replace_triggered_by = [google_cloud_run_v2_service.worker.id]
  }
}
