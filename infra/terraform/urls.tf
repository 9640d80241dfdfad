# Where each part is reached, and who Pub/Sub is: known only after they are made. Whatever names them
# takes them from here, so that a test can put known values in their place and see who names whom.
locals {
  supervisor_url = google_cloudfunctions2_function.supervisor.service_config[0].uri
  dispatcher_url = google_cloudfunctions2_function.dispatcher.service_config[0].uri
  aggregator_url = google_cloudfunctions2_function.aggregator.service_config[0].uri
  worker_url     = google_cloud_run_v2_service.worker.uri
  pubsub_itself  = google_project_service_identity.pubsub.member
}
