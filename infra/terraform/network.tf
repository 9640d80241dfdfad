# Options of the network. Without them the worker's URL is reached from outside any VPC and IAM keeps
# others out; where the dispatcher comes through a VPC, by a subnetwork or a connector, only what does
# reaches the worker at all. What is sent through a VPC has no address of its own outside it: Google's
# APIs need Private Google Access, everything else a NAT.
locals {
  connectors  = compact([var.vpc_connector])
  subnets     = compact([var.worker_subnetwork])
  through_vpc = var.dispatcher_subnetwork != "" || var.vpc_connector != ""
}

# One address for all that leaves through the subnetworks, for endpoints that ask where calls come from.
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

  # A seat holds a connection, and an instance would get 64 ports whatever its seats. One address has
  # 64,512: 64 each for as many workers as there may be, more for those that need them.
  enable_dynamic_port_allocation      = true
  enable_endpoint_independent_mapping = false
  min_ports_per_vm                    = 64
  max_ports_per_vm                    = 1024

  dynamic "subnetwork" {
    for_each = toset(compact([var.worker_subnetwork, var.dispatcher_subnetwork]))

    content {
      name                    = subnetwork.key
      source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
    }
  }
}
