resource "google_firestore_database" "tasks" {
  name        = var.firestore_database
  location_id = var.region
  type        = "FIRESTORE_NATIVE"

  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.allow_destroy ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = var.allow_destroy ? "DELETE" : "ABANDON"

  depends_on = [google_project_service.api]
}

locals {
  # The queries of the task store: a caller's tasks, by each filter of a listing (several filters join
  # these indexes, since all end in the same order), the open ones by deadline, and how many seats a
  # caller's tasks have out.
  indexes = {
    owner           = [["owner", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-state     = [["owner", "ASCENDING"], ["state", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-outcome   = [["owner", "ASCENDING"], ["outcome", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-unsettled = [["owner", "ASCENDING"], ["unsettled", "ASCENDING"], ["created_at", "DESCENDING"]]
    owner-labels    = [["owner", "ASCENDING"], ["labels", "CONTAINS"], ["created_at", "DESCENDING"]]
    owner-seats     = [["owner", "ASCENDING"], ["state", "ASCENDING"], ["seats_out", "ASCENDING"]]
    deadline        = [["state", "ASCENDING"], ["deadline", "ASCENDING"]]
  }

  # Long or never queried: an index would only cost, and has a limit of 1,500 bytes.
  unindexed = {
    tasks       = ["doubts", "labels", "messages", "metadata", "plan", "planning", "progress", "prompt", "result", "traceparent", "usage", "waves"]
    votes       = ["detail", "reading", "usage"]
    rejections  = ["detail", "payload"]
    idempotency = ["fingerprint"]
    feedback    = ["answer"]
    erased      = ["at"]
  }

  unindexed_fields = merge([
    for collection, fields in local.unindexed : {
      for field in fields : "${collection}-${field}" => { collection = collection, field = field }
    }
  ]...)
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

# Votes do not go with their task: each collection has a time to live of its own.
resource "google_firestore_field" "expiry" {
  for_each = local.unindexed

  database   = google_firestore_database.tasks.name
  collection = each.key
  field      = "expires_at"

  ttl_config {}
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = local.unindexed_fields

  database   = google_firestore_database.tasks.name
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

resource "google_firebaserules_ruleset" "tasks" {
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
  name         = var.firestore_database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.firestore_database}"
  ruleset_name = "projects/${var.project_id}/rulesets/${google_firebaserules_ruleset.tasks.name}"

  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.tasks]
  }
}
