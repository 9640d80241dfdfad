# What the three functions' environments have in common; each function has a file of its own.
locals {
  runtime = "python313"

  function_repository = "projects/${var.project_id}/locations/${var.region}/repositories/${google_artifact_registry_repository.docker["functions"].repository_id}"

  environment = merge(var.settings, {
    GOOGLE_CLOUD_PROJECT         = var.project_id
    CONSENSUS_FIRESTORE_DATABASE = google_firestore_database.tasks.name
    CONSENSUS_RETENTION_DAYS     = tostring(var.retention_days)
    CONSENSUS_VOTES_TOPIC        = google_pubsub_topic.topic["votes"].name
    CONSENSUS_TIMERS_TOPIC       = google_pubsub_topic.topic["timers"].name
    CONSENSUS_LOG_LEVEL          = var.log_level
  }, local.telemetry)

  # Where spans and figures go: nowhere, to Google, or to a collector of yours.
  telemetry = merge(
    { for chosen in var.telemetry == "google" ? ["google"] : [] : "CONSENSUS_TELEMETRY" => chosen },
    { for url in compact([var.otlp_endpoint]) : "OTEL_EXPORTER_OTLP_ENDPOINT" => url },
  )
}
