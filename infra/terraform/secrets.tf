# The secrets' names and readers. Their values are put in with gcloud (docs/deploy.md), so that no
# key is ever in a variable, a plan or the state.
locals {
  secrets = merge(
    {
      openai-api-key = { readers = ["worker"] }
      api-keys       = { readers = ["supervisor"] }
      webhooks       = { readers = ["supervisor", "aggregator"] } # the endpoints' names and addresses
      panel          = { readers = ["dispatcher", "worker"] }     # the voters' names, models and endpoints
      tfvars         = { readers = ["pipeline"] }                 # what Cloud Build plans with
      smoke-key      = { readers = ["pipeline"] }                 # the API key that its smoke test asks with
    },
    { for variable, secret in local.voter_secrets : secret => { readers = ["worker"] } },
    { for variable, secret in local.webhook_secrets : secret => { readers = ["aggregator"] } },
  )

  # ANN_API_KEY is kept in the secret ann-api-key.
  voter_secrets = { for variable in keys(var.voter_keys) : variable => lower(replace(variable, "_", "-")) }

  webhook_secrets = { for variable in keys(var.webhook_secrets) : variable => lower(replace(variable, "_", "-")) }

  readers = merge([
    for secret, of in local.secrets : {
      for part in of.readers : "${part}-${secret}" => { secret = secret, part = part }
    }
  ]...)

  panel_folder = "/etc/consensus"
  panel_file   = "panel.toml"
  panel_path   = "${local.panel_folder}/${local.panel_file}"
}

resource "google_secret_manager_secret" "secret" {
  for_each = local.secrets

  secret_id = "${var.name}-${each.key}"

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = compact([var.kms_key])

          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  secret_id = google_secret_manager_secret.secret[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.value.part]
}
