# What is said on each topic, who may say it, where it is pushed, and after how many seconds a message
# that still waits is late.
locals {
  topics = merge(local._dispatch_topic, local._notices_topic, {
    votes = {
      publishers = ["worker", "dispatcher"]
      door       = "aggregator"
      path       = "/votes"
      ack        = 60
      late       = 120
    }
    timers = { # apart from votes: a backlog of those must not delay it, a worker may not forge it
      publishers = ["dispatcher", "scheduler"]
      door       = "aggregator"
      path       = "/timers"
      ack        = 60
      late       = 120
    }
    sweeps = { # apart from timers: those must not hide that no sweep comes any more
      publishers = ["scheduler"]
      door       = "aggregator"
      path       = "/timers"
      ack        = 60
      late       = 120
    }
  })

  # What dispatched tasks before queues did: kept while it drains (docs/deploy.md).
  _dispatch_topic = {
    for kept in var.keep_dispatch_topic ? ["dispatch"] : [] : kept => {
      publishers = ["supervisor", "aggregator"]
      door       = "dispatcher"
      path       = "/dispatch"
      ack        = 600 # seconds: the request is held for the task's life
      late       = 720
    }
  }

  # What subscribers are to be told of tasks' ends: where there are any.
  has_subscribers = var.webhooks_version != "" || var.results_topic

  _notices_topic = {
    for told in local.has_subscribers ? ["notices"] : [] : told => {
      publishers = ["supervisor", "aggregator"]
      door       = "aggregator"
      path       = "/notices"
      ack        = 60
      late       = 300 # an endpoint that is slow to answer holds back its own notices first
    }
  }

  publishers = merge([
    for topic, of in local.topics : {
      for part in of.publishers : "${part}-${topic}" => { topic = topic, part = part }
    }
  ]...)
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics

  name         = "${var.name}-${each.key}"
  kms_key_name = local.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "dead" {
  for_each = local.topics

  name         = "${var.name}-${each.key}-dead-letters"
  kms_key_name = local.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishers

  topic  = google_pubsub_topic.topic[each.value.topic].name
  role   = "roles/pubsub.publisher"
  member = local.members[each.value.part]
}
