# Every task's end as a CloudEvent, for whoever subscribes (docs/webhooks.md). Nothing of ours does.
resource "google_pubsub_topic" "results" {
  count = var.results_topic ? 1 : 0

  name         = "${var.name}-results"
  kms_key_name = local.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic_iam_member" "results" {
  count = var.results_topic ? 1 : 0

  topic  = google_pubsub_topic.results[0].name
  role   = "roles/pubsub.publisher"
  member = local.members["aggregator"]
}

# Whoever takes tasks is told who subscribes; whoever tells, how they are reached.
locals {
  webhooks_versions = compact([var.webhooks_version])
  webhooks_folder   = "/etc/consensus-webhooks"
  webhooks_file     = "webhooks.toml"

  telling = merge(
    { for topic in keys(local._notices_topic) : "CONSENSUS_NOTICES_TOPIC" => google_pubsub_topic.topic[topic].name },
    { for topic in google_pubsub_topic.results : "CONSENSUS_RESULTS_TOPIC" => topic.name },
    { for version in local.webhooks_versions : "CONSENSUS_WEBHOOKS" => "${local.webhooks_folder}/${local.webhooks_file}" },
  )
}
