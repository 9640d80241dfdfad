# Google's own spend. The model's is told by the alert on seats, and bounded by max_cost_usd a task.
data "google_project" "this" {
  count = var.billing_account == "" ? 0 : 1

  project_id = var.project_id

  # Read where its API is on: a fresh deployment's plan need not ask.
  depends_on = [google_project_service.api]
}

resource "google_billing_budget" "monthly" {
  count = var.billing_account == "" ? 0 : 1

  billing_account = var.billing_account
  display_name    = "${var.name} in ${var.project_id}"

  budget_filter {
    projects = ["projects/${data.google_project.this[0].number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  # Budgets take e-mail channels alone, five at most: those of notification_channels where they must.
  dynamic "all_updates_rule" {
    for_each = var.alert_email != "" ? [local.email] : length(var.notification_channels) > 0 ? [var.notification_channels] : []

    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }
}
