locals {
  # Log lines that operators count, warnings and errors. The messages are those of the code; a test holds
  # them together.
  counted_lines = {
    swept     = { service = "aggregator", message = "the sweep moved tasks", about = "sweeps that found a task overdue or forgotten" }
    given-up  = { service = "aggregator|dispatcher", message = "message rejected: DEAD_LETTER", about = "messages that were given up" }
    rejected  = { service = "aggregator|dispatcher", message = "message rejected: .*", about = "messages that were acknowledged without effect" }
    lost      = { service = "dispatcher", message = "a seat stays missing: publishing failed", about = "seats without even an abstention" }
    refused   = { service = "supervisor|dispatcher|aggregator|worker", message = "for the operator: .*", about = "faults that an operator must mend" }
    untold    = { service = "aggregator", message = "gave up telling .*", about = "ends that a subscriber was never told of" }
    abstained = { service = "dispatcher|worker", message = "no vote: .*", about = "seats without a vote" }
  }

  email    = google_monitoring_notification_channel.email[*].id
  channels = concat(local.email, var.notification_channels)

  _requests       = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\""
  _dispatch_queue = "resource.type = \"cloud_tasks_queue\" AND resource.labels.queue_id = one_of(\"${google_cloud_tasks_queue.queue["dispatch"].name}\", \"${google_cloud_tasks_queue.queue["crowd"].name}\")"
  _each_queue     = "{monitored_resource=\"cloud_tasks_queue\", queue_id=~\"${google_cloud_tasks_queue.queue["dispatch"].name}|${google_cloud_tasks_queue.queue["crowd"].name}\"}"

  _failed = "metric.labels.response_code_class = \"5xx\""
  _ours   = "resource.labels.service_name = monitoring.regex.full_match(\"${var.name}-(supervisor|dispatcher|aggregator|worker)\")"

  # Subscriptions by the age in seconds at which a message that waits is late.
  late = {
    for subscription, seconds in merge(
      { for topic, of in local.topics : topic => of.late },
      { for topic in keys(local.topics) : "${topic}-dead-letters" => 120 },
    ) : tostring(seconds) => "${var.name}-${subscription}"...
  }

  # What is told, when, and what to do: docs/deploy.md has a paragraph for each.
  alerts = {
    overdue-tasks = {
      about  = "The sweep had to move tasks: their own timers, or their holders, failed."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["swept"].name}\""
      above  = 3
      during = "600s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    missing-votes = {
      about  = "Seat after seat brings no vote: the model's endpoint refuses or fails, or no worker can be had."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["abstained"].name}\""
      above  = 20
      during = "600s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    dead-letters = {
      about  = "Messages were given up: their handling broke ten times, or their queue brings them no more."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["given-up"].name}\""
      above  = 0
      during = "300s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    rejected-messages = {
      about  = "Message after message is acknowledged without effect: they say nothing that is understood, or are of tasks that are not there."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["rejected"].name}\""
      above  = 20
      during = "600s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    lost-seats = {
      about  = "A seat has neither a vote nor an abstention: its dispatcher could publish neither."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["lost"].name}\""
      above  = 0
      during = "300s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    untold-ends = {
      about  = "A subscriber will never be told of a task's end: its endpoint refused for good, or for days."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["untold"].name}\""
      above  = 0
      during = "300s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    dispatch-depth = {
      about  = "More tasks are with the dispatchers, or wait for one, than all dispatchers hold: a burst, or too few of them."
      filter = "${local._dispatch_queue} AND metric.type = \"cloudtasks.googleapis.com/queue/depth\""
      above  = local.places
      during = "300s"
      align  = "ALIGN_MAX"
      reduce = "REDUCE_SUM"
    }
    dispatch-age = {
      about  = "Tasks wait half a minute and more until a dispatcher is tried: the queue is slowed or full."
      filter = "${local._dispatch_queue} AND metric.type = \"cloudtasks.googleapis.com/queue/task_attempt_delays\""
      above  = 30000 # milliseconds
      during = "300s"
      align  = "ALIGN_PERCENTILE_95"
      reduce = "REDUCE_MAX"
    }
    operator-faults = {
      about  = "Google, or the workers, refuse in a way that does not pass by itself: a grant, an index, a database, a queue is missing."
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line["refused"].name}\""
      above  = 0
      during = "300s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
    spend = {
      about  = "More seats are asked in an hour than alert_seats_per_hour: each costs at least one model call."
      filter = "${local._requests} AND resource.labels.service_name = \"${google_cloud_run_v2_service.worker.name}\""
      above  = var.alert_seats_per_hour
      during = "3600s"
      align  = "ALIGN_SUM"
      reduce = "REDUCE_SUM"
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == "" ? 0 : 1

  display_name = "${var.name} alerts"
  type         = "email"
  labels       = { email_address = var.alert_email }

  depends_on = [google_project_service.api]
}

check "alerts_are_sent" {
  assert {
    condition     = var.alert_email != "" || length(var.notification_channels) > 0
    error_message = "Nobody is told of an alert: it shows in the console only. Set alert_email or notification_channels (docs/deploy.md)."
  }
}

resource "google_logging_metric" "line" {
  for_each = local.counted_lines

  name        = "${var.name}/${each.key}"
  description = each.value.about
  filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.name}-(${each.value.service})$\" AND jsonPayload.message=~\"^${each.value.message}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.alerts

  display_name          = "${var.name}: ${each.key}"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = each.key

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "0s"

      aggregations {
        alignment_period     = each.value.during
        per_series_aligner   = each.value.align
        cross_series_reducer = each.value.reduce
      }
    }
  }

  documentation {
    content   = "${each.value.about} What to do: docs/deploy.md, ${each.key}."
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "${var.name}: error-ratio"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "error-ratio"

    condition_threshold {
      filter             = "${local._requests} AND ${local._failed} AND ${local._ours}"
      denominator_filter = "${local._requests} AND ${local._ours}"
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.05
      duration           = "300s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }

      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  documentation {
    content   = "One request in twenty of a service fails. What to do: docs/deploy.md, error-ratio."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "late" {
  display_name          = "${var.name}: late-messages"
  combiner              = "OR"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = local.late

    content {
      display_name = "late-messages, ${conditions.key} s"

      condition_threshold {
        filter          = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = one_of(${join(", ", formatlist("\"%s\"", conditions.value))})"
        comparison      = "COMPARISON_GT"
        threshold_value = tonumber(conditions.key)
        duration        = "0s"

        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_MAX"
          cross_series_reducer = "REDUCE_MAX"
          group_by_fields      = ["resource.label.subscription_id"]
        }
      }
    }
  }

  documentation {
    content   = "Messages wait longer than they may: tasks end late, or subscribers are told late. What to do: docs/deploy.md, late-messages."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

# A queue with tasks at which none is tried. An attempt is counted when it ends, after 600 s at most,
# which is how long a dispatch is held: so long a queue of one task is silent and well.
resource "google_monitoring_alert_policy" "paused" {
  display_name          = "${var.name}: paused-queue"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "paused-queue"

    condition_prometheus_query_language {
      query                     = "cloudtasks_googleapis_com:queue_depth${local._each_queue} > 0 unless on (queue_id) sum by (queue_id) (increase(cloudtasks_googleapis_com:queue_task_attempt_count${local._each_queue}[5m])) > 0"
      duration                  = "720s"
      evaluation_interval       = "60s"
      disable_metric_validation = true # a fresh project has neither metric
    }
  }

  documentation {
    content   = "Tasks wait in a queue, and for twelve minutes none was tried. What to do: docs/deploy.md, paused-queue."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.api]
}

# The sweep comes each minute, whatever else happens, and alone on its subscription.
resource "google_monitoring_alert_policy" "no_sweep" {
  display_name          = "${var.name}: no-sweep"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "no-sweep"

    condition_absent {
      filter   = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/push_request_count\" AND metric.labels.response_class = \"ack\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.push["sweeps"].name}\""
      duration = "600s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = "No sweep was handled for ten minutes. What to do: docs/deploy.md, no-sweep."
    mime_type = "text/markdown"
  }
}

# Spans and figures, where they go to Google.
resource "google_project_iam_member" "telemetry" {
  for_each = local.telemetry_writers

  project = var.project_id
  role    = each.value.role
  member  = local.members[each.value.part]
}

locals {
  telemetry_writers = merge([
    for part in var.telemetry == "google" ? ["supervisor", "dispatcher", "aggregator", "worker"] : [] : {
      for kind in ["traces", "metrics"] : "${part}-${kind}" => { part = part, role = "roles/telemetry.${kind}Writer" }
    }
  ]...)
}
