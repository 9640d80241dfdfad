terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 9.0"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 6.50, < 9.0"
    }
  }

  # One bucket per deployment, made by `make bootstrap`, which also names it to `terraform init`.
  backend "gcs" {
    prefix = "consensus"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # Budgets and security rules ask whose quota a person's own credentials use.
  user_project_override = true
  billing_project       = var.project_id

  default_labels = { app = var.name }
}

provider "google-beta" {
  project = var.project_id
  region  = var.region

  user_project_override = true
  billing_project       = var.project_id
}
