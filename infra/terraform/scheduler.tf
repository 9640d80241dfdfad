# The sweep: each minute the aggregator closes what is overdue and dispatches again what nobody took.
resource "google_cloud_scheduler_job" "sweep" {
  name        = "${var.name}-sweep"
  description = "asks the aggregator to look at every open task"
  region      = var.region
  schedule    = "* * * * *"
  time_zone   = "Etc/UTC"

  attempt_deadline = "30s"

  retry_config {
    retry_count = 1 # the next minute brings the next one
  }

  # Straight to Pub/Sub's API, so that the job has an account of its own with one right.
  http_target {
    http_method = "POST"
    uri         = "https://pubsub.googleapis.com/v1/projects/${var.project_id}/topics/${google_pubsub_topic.topic["sweeps"].name}:publish"
    headers     = { "Content-Type" = "application/json" }
    body = base64encode(jsonencode({
      messages = [{ data = base64encode(jsonencode({ version = 1, kind = "sweep" })) }]
    }))

    oauth_token {
      service_account_email = local.emails["scheduler"]
    }
  }

  lifecycle {
    # Cloud Scheduler tells the token that it sends as a header, which older providers would take away
    # again with each apply.
    ignore_changes = [http_target[0].headers["Authorization"]]
  }

  depends_on = [google_pubsub_topic_iam_member.publisher]
}
