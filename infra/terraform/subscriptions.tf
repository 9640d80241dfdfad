# What reaches the private functions, each under an account that may invoke that one function.
locals {
  doors = {
    dispatcher = {
      url     = local.dispatcher_url
      account = "dispatch-push"
    }
    aggregator = {
      url     = local.aggregator_url
      account = "aggregate-push"
    }
  }
}

resource "google_pubsub_subscription" "push" {
  for_each = local.topics

  name  = "${var.name}-${each.key}"
  topic = google_pubsub_topic.topic[each.key].name

  ack_deadline_seconds       = each.value.ack
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = "${local.doors[each.value.door].url}${each.value.path}"

    oidc_token {
      service_account_email = local.emails[local.doors[each.value.door].account]
      audience              = local.doors[each.value.door].url
    }
  }

  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "60s"
  }

  dead_letter_policy {
    dead_letter_topic = "projects/${var.project_id}/topics/${google_pubsub_topic.dead[each.key].name}"
    # Refusals of an overloaded aggregator are attempts too. The most there are: 95 minutes of them.
    # What breaks each time it is handled, the aggregator gives up itself, after ten.
    max_delivery_attempts = 100
  }

  expiration_policy {
    ttl = "" # never: after 31 days without a task it would be gone
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push,
    google_pubsub_topic_iam_member.dead_letter,
  ]
}

# The aggregator records what was given up; a dead letter that it cannot record waits a week.
resource "google_pubsub_subscription" "dead" {
  for_each = local.topics

  name  = "${var.name}-${each.key}-dead-letters"
  topic = google_pubsub_topic.dead[each.key].name

  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = "${local.doors.aggregator.url}/dead-letters"

    oidc_token {
      service_account_email = local.emails[local.doors.aggregator.account]
      audience              = local.doors.aggregator.url
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [google_cloud_run_v2_service_iam_member.push]
}

# Pub/Sub itself forwards dead letters, and mints the tokens of pushes.
resource "google_project_service_identity" "pubsub" {
  provider = google-beta

  project = var.project_id
  service = "pubsub.googleapis.com"

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic_iam_member" "dead_letter" {
  for_each = local.topics

  topic  = google_pubsub_topic.dead[each.key].name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_itself
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  for_each = local.topics

  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_itself
}

resource "google_service_account_iam_member" "push_token" {
  for_each = toset(["dispatch-push", "aggregate-push"])

  service_account_id = local.account_names[each.key]
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_itself
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = {
    dispatcher = google_cloudfunctions2_function.dispatcher.name
    aggregator = google_cloudfunctions2_function.aggregator.name
  }

  name     = each.value
  location = var.region
  role     = "roles/run.invoker"
  member   = local.members[local.doors[each.key].account]

  lifecycle {
    # A function that was made anew has nobody who may invoke it.
    replace_triggered_by = [
      google_cloudfunctions2_function.dispatcher.id,
      google_cloudfunctions2_function.aggregator.id,
    ]
  }
}
