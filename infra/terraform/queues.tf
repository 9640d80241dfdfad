# Dispatch: a task of a queue is one POST to the dispatcher, held for the life of what was asked.
# Half of the places are those of the crowd, the tasks of owners who have more open than a fair share:
# whoever has few does not wait behind them. Beside each dispatch goes its timer, which rings the
# deadline on the timers topic.
# docs/adr/20261128-dispatch-through-cloud-tasks.md weighs this against pushes.
locals {
  # What all dispatchers can hold at once.
  places = var.dispatcher_max_instances * var.dispatcher_capacity

  # Attempts go on for longer than any task lives, so that being turned away for want of room never
  # ends in a rejection.
  dispatch_attempts = 100

  queues = {
    dispatch = { at_once = ceil(local.places / 2), attempts = local.dispatch_attempts }
    crowd    = { at_once = floor(local.places / 2), attempts = local.dispatch_attempts }
    timers   = { at_once = 100, attempts = 20 }
  }

  # A deleted queue's name stays taken for some days: another suffix makes another name.
  queue_names = { for queue in ["dispatch", "crowd", "timers"] : queue => "${var.name}-${queue}${var.queue_suffix}" }

  # Who fills them: tasks that are new, and those that the sweep sends again.
  dispatching_parts = toset(["supervisor", "aggregator"])

  enqueuers = merge([
    for queue in keys(local.queues) : {
      for part in local.dispatching_parts : "${part}-${queue}" => { queue = queue, part = part }
    }
  ]...)

  # Whose tokens the queues send: the dispatcher's invoker, and the timers topic's publisher.
  senders = merge([
    for account in ["dispatch-push", "scheduler"] : {
      for part in local.dispatching_parts : "${part}-${account}" => { account = account, part = part }
    }
  ]...)

  dispatching = {
    CONSENSUS_DISPATCH_QUEUE   = "projects/${var.project_id}/locations/${var.region}/queues/${google_cloud_tasks_queue.queue["dispatch"].name}"
    CONSENSUS_CROWD_QUEUE      = "projects/${var.project_id}/locations/${var.region}/queues/${google_cloud_tasks_queue.queue["crowd"].name}"
    CONSENSUS_TIMER_QUEUE      = "projects/${var.project_id}/locations/${var.region}/queues/${google_cloud_tasks_queue.queue["timers"].name}"
    CONSENSUS_DISPATCHER_URL   = local.dispatcher_url
    CONSENSUS_DISPATCH_ACCOUNT = local.emails["dispatch-push"]
    CONSENSUS_TIMER_ACCOUNT    = local.emails["scheduler"]
  }
}

resource "google_cloud_tasks_queue" "queue" {
  for_each = local.queues

  name     = local.queue_names[each.key]
  location = var.region

  rate_limits {
    max_concurrent_dispatches = each.value.at_once
    max_dispatches_per_second = 500 # the most that a queue may have
  }

  retry_config {
    max_attempts  = each.value.attempts
    min_backoff   = "1s"
    max_backoff   = "30s"
    max_doublings = 5
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.enqueuers

  name     = google_cloud_tasks_queue.queue[each.value.queue].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = local.members[each.value.part]
}

# Whoever fills a queue must be allowed to send as the account that the queue then shows.
resource "google_service_account_iam_member" "sender" {
  for_each = local.senders

  service_account_id = local.account_names[each.value.account]
  role               = "roles/iam.serviceAccountUser"
  member             = local.members[each.value.part]
}
