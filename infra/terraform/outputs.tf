output "ask" {
  description = "A ready command that asks one question: with the API key in API_KEY, a user's token in TOKEN, and, for caller_audience, an account to impersonate in AS, where these are asked for."
  value = join(" ", compact([
    "curl -sS ${local.supervisor_url}/v1/tasks",
    "-H 'Content-Type: application/json' -H 'Prefer: wait=60'",
    var.public ? "" : "-H \"${var.caller_audience == "" ? "" : "X-Serverless-"}Authorization: Bearer $(gcloud auth print-identity-token)\"",
    var.caller_audience == "" ? "" : "-H \"Authorization: Bearer $(gcloud auth print-identity-token --audiences '${var.caller_audience}' --impersonate-service-account \"$AS\" --include-email)\"",
    var.firebase_project == "" || var.api_keys_version != "" ? "" : "-H \"Authorization: Bearer $TOKEN\"",
    var.api_keys_version == "" ? "" : "-H \"X-API-Key: $API_KEY\"",
    "-d '{\"prompt\": \"What is 17% of 2,340?\"}'",
  ]))

  depends_on = [google_cloud_run_v2_service_iam_member.caller]
}

output "dashboard" {
  description = "The dashboard in the console."
  value       = "https://console.cloud.google.com/monitoring/dashboards/builder/${element(split("/", google_monitoring_dashboard.this.id), 3)}?project=${var.project_id}"
}

output "egress_address" {
  description = "The one address that static_egress sends from; empty without it."
  value       = join("", google_compute_address.egress[*].address)
}

output "image_repository" {
  description = "Where `make image` pushes the worker's image."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.docker["images"].repository_id}"
}

output "operator" {
  description = "The environment in which `consensus rejections` sees this deployment: env $(terraform output -raw operator) consensus rejections."
  value = join(" ", [for name, value in merge(local.environment, local.dispatching) : "${name}=${value}"
  if !contains(keys(var.settings), name)])
}

output "pipeline_account" {
  description = "The account to run cloudbuild.yaml as."
  value       = local.account_names["pipeline"]
}

output "secrets" {
  description = "The secrets to put values into with gcloud."
  value       = { for name, secret in google_secret_manager_secret.secret : name => secret.secret_id }
}

output "url" {
  description = "The service's URL."
  value       = local.supervisor_url
}
