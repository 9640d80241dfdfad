locals {
  _by_service = { groupByFields = ["resource.label.service_name"], crossSeriesReducer = "REDUCE_SUM" }
  _by_queue   = { groupByFields = ["resource.label.subscription_id"], crossSeriesReducer = "REDUCE_MAX" }
  _run        = "resource.type = \"cloud_run_revision\" AND ${local._ours} AND metric.type = \"run.googleapis.com"
  _queue      = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = starts_with(\"${var.name}-\") AND metric.type = \"pubsub.googleapis.com/subscription"

  charts = [
    { title = "Requests a second", filter = "${local._run}/request_count\"", align = "ALIGN_RATE", by = local._by_service },
    { title = "Server errors a second", filter = "${local._run}/request_count\" AND ${local._failed}", align = "ALIGN_RATE", by = local._by_service },
    { title = "Instances", filter = "${local._run}/container/instance_count\"", align = "ALIGN_MAX", by = local._by_service },
    { title = "Latency, 95th percentile (ms)", filter = "${local._run}/request_latencies\"", align = "ALIGN_DELTA", by = merge(local._by_service, { crossSeriesReducer = "REDUCE_PERCENTILE_95" }) },
    { title = "Messages waiting", filter = "${local._queue}/num_undelivered_messages\"", align = "ALIGN_MAX", by = local._by_queue },
    { title = "Oldest message (s)", filter = "${local._queue}/oldest_unacked_message_age\"", align = "ALIGN_MAX", by = local._by_queue },
    { title = "Tasks queued for a dispatcher", filter = "${local._dispatch_queue} AND metric.type = \"cloudtasks.googleapis.com/queue/depth\"", align = "ALIGN_MAX", by = { crossSeriesReducer = "REDUCE_SUM" } },
    { title = "Delay of dispatches, 95th percentile (ms)", filter = "${local._dispatch_queue} AND metric.type = \"cloudtasks.googleapis.com/queue/task_attempt_delays\"", align = "ALIGN_PERCENTILE_95", by = { crossSeriesReducer = "REDUCE_MAX" } },
    { title = "Dead letters", filter = "${local._queue}/dead_letter_message_count\"", align = "ALIGN_SUM", by = merge(local._by_queue, { crossSeriesReducer = "REDUCE_SUM" }) },
  ]

  counts = [
    for name, line in local.counted_lines : {
      title  = "${title(name)}: ${line.about}"
      filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.line[name].name}\""
      align  = "ALIGN_SUM"
      by     = { crossSeriesReducer = "REDUCE_SUM" }
    }
  ]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 12
      tiles = [
        for i, chart in concat(local.charts, local.counts) : merge(
          # Google leaves zeros and empty lists out of what it keeps: each plan would put them in again.
          { for axis, at in { xPos = 6 * (i % 2), yPos = 4 * floor(i / 2) } : axis => at if at > 0 },
          {
            width  = 6
            height = 4
            widget = {
              title = chart.title
              xyChart = {
                dataSets = [{
                  plotType = "LINE"
                  timeSeriesQuery = {
                    timeSeriesFilter = {
                      filter      = chart.filter
                      aggregation = merge({ alignmentPeriod = "60s", perSeriesAligner = chart.align }, chart.by)
                    }
                  }
                }]
              }
            }
          },
        )
      ]
    }
  })
}
