resource "google_firestore_database" "tasks" {
  name        = var.firestore_database
  location_id = var.region
  type        = "FIRESTORE_NATIVE"

  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.allow_destroy ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = var.allow_destroy ? "DELETE" : "ABANDON"

  dynamic "cmek_config" {
    for_each = compact([var.kms_key])

    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [google_project_service.api]
}

locals {
  # The queries of the task store: a caller's tasks, by each filter of a listing (several filters join
  # these indexes, since all end in the same order), everybody's unsettled ones by the same filters,
  # the open ones by deadline, and how many seats a caller's tasks have out. A test holds them, and the
  # single fields below, to the queries that the stores make: tests/contract/test_firestore_indexes.py.
  indexes = {
    owner             = [["owner", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-state       = [["owner", "ASCENDING"], ["state", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-outcome     = [["owner", "ASCENDING"], ["outcome", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-unsettled   = [["owner", "ASCENDING"], ["unsettled", "ASCENDING"], ["created_at", "DESCENDING"]]
    unsettled         = [["unsettled", "ASCENDING"], ["created_at", "DESCENDING"]]
    unsettled-state   = [["unsettled", "ASCENDING"], ["state", "ASCENDING"], ["created_at", "DESCENDING"]]
    unsettled-outcome = [["unsettled", "ASCENDING"], ["outcome", "ASCENDING"], ["created_at", "DESCENDING"]]
    unsettled-labels  = [["unsettled", "ASCENDING"], ["labels", "CONTAINS"], ["created_at", "DESCENDING"]]
    owner-labels      = [["owner", "ASCENDING"], ["labels", "CONTAINS"], ["created_at", "DESCENDING"]]
    owner-seats       = [["owner", "ASCENDING"], ["state", "ASCENDING"], ["seats_out", "ASCENDING"]]
    deadline          = [["state", "ASCENDING"], ["deadline", "ASCENDING"]]
  }

  # What expires; places do not, since there are a bounded number of them for each owner.
  collections = toset(["tasks", "votes", "rejections", "idempotency", "feedback", "erased", "notices", "batches", "files"])

  # Fields that a query filters or sorts by alone, or that it joins: a caller's open tasks, what is to be
  # erased with a task, what is to be told by now. That last grows with time; it is written for each end
  # and not for each vote.
  # No other field has an index of its own: each would be written with every commit, and one whose
  # values grow with time takes 500 writes a second for the whole collection.
  queried = {
    tasks-owner      = { collection = "tasks", field = "owner", order = "ASCENDING" }
    tasks-state      = { collection = "tasks", field = "state", order = "ASCENDING" }
    votes-counted    = { collection = "votes", field = "counted", order = "ASCENDING" }
    rejections-at    = { collection = "rejections", field = "at", order = "DESCENDING" }
    rejections-task  = { collection = "rejections", field = "task_id", order = "ASCENDING" }
    notices-due      = { collection = "notices", field = "due", order = "ASCENDING" }
    notices-task     = { collection = "notices", field = "task_id", order = "ASCENDING" }
    batches-owner    = { collection = "batches", field = "owner", order = "ASCENDING" }
    batches-active   = { collection = "batches", field = "active", order = "ASCENDING" }
    idempotency-task = { collection = "idempotency", field = "task_id", order = "ASCENDING" }
  }
}

resource "google_firestore_index" "tasks" {
  for_each = local.indexes

  database   = google_firestore_database.tasks.name
  collection = "tasks"

  dynamic "fields" {
    for_each = each.value

    content {
      field_path   = fields.value[0]
      order        = fields.value[1] == "CONTAINS" ? null : fields.value[1]
      array_config = fields.value[1] == "CONTAINS" ? "CONTAINS" : null
    }
  }

  # Ties are broken by name, in the direction of the field before it.
  fields {
    field_path = "__name__"
    order      = each.value[length(each.value) - 1][1]
  }
}

# What was said of a caller's answers, the last first.
resource "google_firestore_index" "feedback" {
  database   = google_firestore_database.tasks.name
  collection = "feedback"

  fields {
    field_path = "owner"
    order      = "ASCENDING"
  }
  fields {
    field_path = "at"
    order      = "DESCENDING"
  }
  fields {
    field_path = "__name__"
    order      = "DESCENDING"
  }
}

# A caller's batches and files, the newest first.
resource "google_firestore_index" "batches" {
  for_each = toset(["batches", "files"])

  database   = google_firestore_database.tasks.name
  collection = each.key

  fields {
    field_path = "owner"
    order      = "ASCENDING"
  }
  fields {
    field_path = "created_at"
    order      = "DESCENDING"
  }
  fields {
    field_path = "__name__"
    order      = "DESCENDING"
  }
}

# Votes do not go with their task: each collection has a time to live of its own.
resource "google_firestore_field" "expiry" {
  for_each = local.collections

  database   = google_firestore_database.tasks.name
  collection = each.key
  field      = "expires_at"

  ttl_config {}
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = setunion(local.collections, ["places"])

  database   = google_firestore_database.tasks.name
  collection = each.key
  field      = "*"

  index_config {}
}

resource "google_firestore_field" "queried" {
  for_each = local.queried

  database   = google_firestore_database.tasks.name
  collection = each.value.collection
  field      = each.value.field

  index_config {
    indexes {
      order       = each.value.order
      query_scope = "COLLECTION"
    }
  }
}

# A week of points in time is kept besides; a backup outlives the database.
resource "google_firestore_backup_schedule" "daily" {
  count = var.backup_days == 0 ? 0 : 1

  database  = google_firestore_database.tasks.name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}

resource "google_firebaserules_ruleset" "tasks" {
  count = var.manage_rules ? 1 : 0

  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/../firestore.rules")
    }
  }

  lifecycle {
    create_before_destroy = true # a release must point to one
  }

  depends_on = [google_firestore_database.tasks]
}

resource "google_firebaserules_release" "tasks" {
  count = var.manage_rules ? 1 : 0

  name         = local.release
  ruleset_name = "projects/${var.project_id}/rulesets/${google_firebaserules_ruleset.tasks[0].name}"

  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.tasks]
  }
}

# What is there already, by a deployment before or by hand, is taken over and not made again.
locals {
  release = var.firestore_database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.firestore_database}"
}

import {
  for_each = toset(var.adopt_database ? [var.firestore_database] : [])
  to       = google_firestore_database.tasks
  id       = "projects/${var.project_id}/databases/${each.key}"
}

import {
  for_each = toset(var.adopt_rules && var.manage_rules ? [local.release] : [])
  to       = google_firebaserules_release.tasks[0]
  id       = "projects/${var.project_id}/releases/${each.key}"
}
