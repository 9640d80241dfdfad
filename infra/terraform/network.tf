# Options of the network. Without them the worker's URL is reached from outside any VPC and IAM keeps
# others out; where the dispatcher comes through a VPC, by a subnetwork or a connector, only what does
# reaches the worker at all.
locals {
  connectors  = compact([var.vpc_connector])
  subnets     = compact([var.worker_subnetwork])
  through_vpc = var.dispatcher_subnetwork != "" || var.vpc_connector != ""
}

# One address for all that the worker sends, for endpoints that ask where calls come from.
resource "google_compute_address" "egress" {
  count = var.static_egress ? 1 : 0

  name   = "${var.name}-egress"
  region = var.region
}

resource "google_compute_router" "egress" {
  count = var.static_egress ? 1 : 0

  name    = "${var.name}-egress"
  region  = var.region
  network = var.network
}

resource "google_compute_router_nat" "egress" {
  count = var.static_egress ? 1 : 0

  name                               = "${var.name}-egress"
  router                             = google_compute_router.egress[0].name
  region                             = var.region
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.egress[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = var.worker_subnetwork
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }
}
