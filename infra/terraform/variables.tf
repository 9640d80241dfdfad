variable "adjudications" {
  description = "Pairs of answers that a model may be asked about in a task, at most 20, 0: none; null: 6."
  type        = number
  default     = null

  validation {
    condition     = var.adjudications == null || contains(range(21), coalesce(var.adjudications, 0))
    error_message = "adjudications must be a whole number from 0 to 20."
  }
}

variable "adopt_database" {
  description = "Whether the database is there already and is taken over: after a destroy that kept it, or in a project that has (default)."
  type        = bool
  default     = false
}

variable "adopt_rules" {
  description = "Whether a release of security rules is there already and is taken over; what it said is then replaced."
  type        = bool
  default     = false
}

variable "aggregator_max_instances" {
  description = "Aggregator instances at most; one carries about 600 tasks a minute (docs/scale.md)."
  type        = number
  default     = 10

  validation {
    condition     = contains(range(1, 1001), var.aggregator_max_instances)
    error_message = "aggregator_max_instances must be a whole number from 1 to 1000."
  }
}

variable "alert_email" {
  description = "Address that alerts and the budget are mailed to; empty: notification_channels alone."
  type        = string
  default     = ""

  validation {
    condition     = var.alert_email == "" || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alert_email))
    error_message = "alert_email must be an e-mail address, or empty."
  }
}

variable "alert_seats_per_hour" {
  description = "Seats (each at least one model call) in an hour above which an alert tells of the spend."
  type        = number
  default     = 2000

  validation {
    condition     = var.alert_seats_per_hour > 0
    error_message = "alert_seats_per_hour must be above 0."
  }
}

variable "allow_destroy" {
  description = "Whether `terraform destroy` may delete the database, the services and the buckets with all they hold."
  type        = bool
  default     = false
}

variable "api_keys_version" {
  description = "Version of the secret with the API keys (owner:sha256hex, comma-separated); empty: callers are known by IAM alone."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.api_keys_version))
    error_message = "api_keys_version must be a version's number, not \"latest\": a new key is a new deployment."
  }
}

variable "audit_reads" {
  description = "Name of the one deployment that has every read of tasks, secrets, messages and queues logged, for the whole project (data access logs; paid for by volume); empty: none has."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{1,11}[a-z0-9])?$", var.audit_reads)) && !contains(["true", "false"], var.audit_reads)
    error_message = "audit_reads must be a deployment's name, this one's or that of another in the project which has reads logged, or empty."
  }
}

variable "backup_days" {
  description = "Days that a daily backup of the database is kept; 0: no backups, points in time alone."
  type        = number
  default     = 7

  validation {
    condition     = contains(range(0, 99), var.backup_days)
    error_message = "backup_days must be a whole number from 0 to 98 (14 weeks)."
  }
}

variable "billing_account" {
  description = "Billing account (XXXXXX-XXXXXX-XXXXXX) for the budget alert; empty: no budget."
  type        = string
  default     = ""

  validation {
    condition     = var.billing_account == "" || can(regex("^([0-9A-F]{6}-){2}[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account must read XXXXXX-XXXXXX-XXXXXX, or be empty."
  }
}

variable "binary_authorization" {
  description = "Whether the worker runs only images that the project's Binary Authorization policy lets in."
  type        = bool
  default     = false
}

variable "bundles" {
  description = "Folder with the function bundles that `make bundle` writes; empty: build/ of this checkout."
  type        = string
  default     = ""

  validation {
    condition     = !endswith(var.bundles, "/")
    error_message = "bundles must be a folder's path without a slash at its end."
  }
}

variable "caller_audience" {
  description = "Audience of callers' Google ID tokens, which the supervisor then checks itself besides IAM (docs/deploy.md); empty: IAM's check alone names callers."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[^\\s]*$", var.caller_audience)) && (var.caller_audience == "" || !var.public && var.api_keys_version == "" && var.firebase_project == "")
    error_message = "caller_audience must hold no spaces, and goes with invokers alone: where there are keys or users, they name the caller and no audience is asked for."
  }
}

variable "dispatcher_capacity" {
  description = "Tasks that one dispatcher instance holds at once."
  type        = number
  default     = 40

  validation {
    condition     = contains(range(2, 251), var.dispatcher_capacity)
    error_message = "dispatcher_capacity must be a whole number from 2 to 250."
  }
}

variable "dispatcher_max_instances" {
  description = "Dispatcher instances at most; times dispatcher_capacity, the tasks held at once. The queue is told."
  type        = number
  default     = 10

  validation {
    condition     = contains(range(1, 1001), var.dispatcher_max_instances) && var.dispatcher_max_instances * var.dispatcher_capacity <= 5000
    error_message = "dispatcher_max_instances must be a whole number from 1, and times dispatcher_capacity at most 5000: a queue brings no more at once."
  }
}

variable "dispatcher_subnetwork" {
  description = "Subnetwork through which the dispatcher reaches the worker (Direct VPC egress), which then takes nothing from outside; empty: IAM alone keeps others out."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z]([a-z0-9-]{0,61}[a-z0-9])?)?$", var.dispatcher_subnetwork)) && (var.dispatcher_subnetwork == "" || var.vpc_connector == "")
    error_message = "dispatcher_subnetwork must be a subnetwork's name, or empty, and goes without vpc_connector."
  }
}

variable "firebase_project" {
  description = "Firebase project whose signed-in users may submit and cancel tasks of their own; empty: none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{4,28}[a-z0-9])?$", var.firebase_project))
    error_message = "firebase_project must be a project's id, or empty."
  }
}

variable "firestore_database" {
  description = "Firestore database id; (default) has a free daily quota."
  type        = string
  default     = "(default)"

  validation {
    condition     = can(regex("^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.firestore_database))
    error_message = "firestore_database must be (default), or 4 to 63 of a-z, 0-9 and -."
  }
}

variable "input_usd_per_mtok" {
  description = "Price of a million tokens in, for the tasks' cost; null: cost is unknown."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.input_usd_per_mtok, 0) >= 0
    error_message = "input_usd_per_mtok must not be negative."
  }
}

variable "invokers" {
  description = "Who may call the supervisor, as IAM members (user:, group:, serviceAccount:)."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.invokers : can(regex("^((user|group|serviceAccount):[^@\\s]+@|domain:)[^@\\s]+\\.[^@\\s]+$", member))])
    error_message = "invokers must be user:, group:, serviceAccount: or domain: members; for everybody set public."
  }
}

variable "keep_dispatch_topic" {
  description = "Whether the topic that dispatched tasks before queues did is kept while it drains; a new deployment has none."
  type        = bool
  default     = false
}

variable "kms_key" {
  description = "Cloud KMS key of yours, by its full name, for all that is kept; empty: Google's own keys. Set it with the first deployment: the database refuses another, and secrets would be made anew, without their versions."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+)?$", var.kms_key))
    error_message = "kms_key must read projects/P/locations/L/keyRings/R/cryptoKeys/K, where L is the region, or be empty: the database and the buckets take no key from elsewhere."
  }
}

variable "log_level" {
  description = "Least severity that is logged."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING"], var.log_level)
    error_message = "log_level must be DEBUG, INFO or WARNING: alerts count warnings."
  }
}

variable "manage_rules" {
  description = "Whether the database's security rules are this deployment's; false where a project's own must stay."
  type        = bool
  default     = true
}

variable "max_cost_usd" {
  description = "Spend at which a task is closed (needs the two prices); null: only max_votes bounds it."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.max_cost_usd, 0) >= 0
    error_message = "max_cost_usd must not be negative."
  }

  validation {
    condition     = var.max_cost_usd == null || (var.input_usd_per_mtok != null && var.output_usd_per_mtok != null) || var.panel_version != ""
    error_message = "max_cost_usd needs input_usd_per_mtok and output_usd_per_mtok, or a panel that has prices: an unknown cost cannot be bounded."
  }
}

variable "monthly_budget" {
  description = "Monthly spend on Google Cloud, in the billing account's currency, that the budget tells of."
  type        = number
  default     = 50

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget must be a whole number from 1."
  }
}

variable "name" {
  description = "Beginning of every resource's name, so that several deployments may share a project."
  type        = string
  default     = "consensus"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,11}[a-z0-9]$", var.name)) && !startswith(var.name, "goog") && !strcontains(var.name, "google")
    error_message = "name must be 3 to 13 of a-z, 0-9 and -, beginning with a letter: account names hold 30. Google keeps names with goog to itself."
  }
}

variable "network" {
  description = "VPC network of worker_subnetwork and dispatcher_subnetwork."
  type        = string
  default     = "default"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.network))
    error_message = "network must be a network's name."
  }
}

variable "notification_channels" {
  description = "Notification channels that alerts go to beside alert_email, by their full names; with a billing_account and without alert_email, e-mail channels, for the budget too."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for channel in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))])
    error_message = "notification_channels must be names such as projects/my-project/notificationChannels/123, as `gcloud beta monitoring channels list` prints them."
  }

  validation {
    condition     = var.billing_account == "" || var.alert_email != "" || length(var.notification_channels) <= 5
    error_message = "notification_channels must be at most 5 where the budget uses them: set alert_email for the budget."
  }
}

variable "openai_base_url" {
  description = "Base URL of the model endpoint; empty: OpenAI's own."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https://[^/?#@\\s]+([/?#][^\\s]*)?)?$", var.openai_base_url))
    error_message = "openai_base_url must begin with https://, since a key and prompts travel to it, and hold no name or password: the key goes into its secret (docs/deploy.md)."
  }
}

variable "openai_key_version" {
  description = "Version of the secret with the model endpoint's key; empty: the endpoint asks for none."
  type        = string
  default     = "1"

  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.openai_key_version))
    error_message = "openai_key_version must be a version's number, not \"latest\": a new key is a new deployment."
  }

  validation {
    condition     = var.openai_key_version != "" || var.openai_base_url != "" || var.panel_version != ""
    error_message = "Without openai_key_version name an endpoint that needs no key in openai_base_url, or a panel."
  }
}

variable "openai_model" {
  description = "Model that the panel asks."
  type        = string
  default     = "gpt-4o-mini"

  validation {
    condition     = trimspace(var.openai_model) == var.openai_model && var.openai_model != ""
    error_message = "openai_model must not be empty, nor begin or end with a space."
  }
}

variable "otlp_endpoint" {
  description = "A collector of yours that takes OTLP over HTTP, such as https://collector.example:4318; empty: none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https://[^/@ ]+(/[^@ ]*)?)?$", var.otlp_endpoint)) && (var.otlp_endpoint == "" || var.telemetry == "none")
    error_message = "otlp_endpoint must be an https:// URL without a name or password in it, and goes with telemetry = \"none\"."
  }
}

variable "output_usd_per_mtok" {
  description = "Price of a million tokens out, for the tasks' cost; null: cost is unknown."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.output_usd_per_mtok, 0) >= 0
    error_message = "output_usd_per_mtok must not be negative."
  }
}

variable "panel_version" {
  description = "Version of the secret with the panel's file, for several models or endpoints; empty: one voter, the OPENAI_* model."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.panel_version))
    error_message = "panel_version must be a version's number, not \"latest\": a new panel is a new deployment."
  }
}

variable "project_id" {
  description = "Google Cloud project; one that holds nothing else is best."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id: 6 to 30 of a-z, 0-9 and -, not its name or number."
  }
}

variable "public" {
  description = "Whether everybody may reach the supervisor; API keys or Firebase users then tell callers apart."
  type        = bool
  default     = false

  validation {
    condition     = !var.public || var.api_keys_version != "" || var.firebase_project != ""
    error_message = "A public supervisor must tell callers apart: set api_keys_version or firebase_project (docs/deploy.md says how)."
  }
}

variable "public_grant" {
  description = "Whether a public supervisor is opened by a grant to allUsers; false where the organisation forbids that (docs/deploy.md has the other way)."
  type        = bool
  default     = true
}

variable "queue_suffix" {
  description = "End of the queues' names: another one where a queue was deleted lately, since its name stays taken for days."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(-[a-z0-9]{1,10})?$", var.queue_suffix))
    error_message = "queue_suffix must be - and 1 to 10 of a-z and 0-9, or empty."
  }
}

variable "region" {
  description = "Region of everything; cannot be changed once the database is there."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as us-central1, not a zone or a multi-region."
  }
}

variable "results_topic" {
  description = "Whether every task's end is published on a topic, NAME-results, as a CloudEvent (docs/webhooks.md)."
  type        = bool
  default     = false
}

variable "retention_days" {
  description = "Days that tasks, votes and rejections are kept; 0: until they are deleted."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 0 && var.retention_days <= 3650 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number from 0 to 3650."
  }
}

variable "settings" {
  description = "Further settings by their variables, such as { CONSENSUS_MAX_OUTPUT_TOKENS = \"8192\" }; docs/settings.md tells of each."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.settings), keys(local.settings))) == 0
    error_message = "settings takes what says how tasks are asked and decided (docs/settings.md); the rest has variables here."
  }

  validation {
    condition     = alltrue([for name, value in var.settings : can(regex(local.settings[name], value)) if contains(keys(local.settings), name)])
    error_message = "settings must be what docs/settings.md says of each: ${join(", ", [for name, value in var.settings : "${name} is not" if !can(regex(lookup(local.settings, name, ""), value))])}."
  }
}

variable "static_egress" {
  description = "Whether all that is sent through worker_subnetwork and dispatcher_subnetwork leaves from one address (Cloud NAT; needs worker_subnetwork)."
  type        = bool
  default     = false

  validation {
    condition     = !var.static_egress || var.worker_subnetwork != ""
    error_message = "static_egress needs worker_subnetwork: an address is a subnetwork's."
  }
}

variable "supervisor_ingress" {
  description = "From where the supervisor may be reached: ALLOW_ALL, or ALLOW_INTERNAL_AND_GCLB behind a load balancer of yours."
  type        = string
  default     = "ALLOW_ALL"

  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_AND_GCLB", "ALLOW_INTERNAL_ONLY"], var.supervisor_ingress)
    error_message = "supervisor_ingress must be ALLOW_ALL, ALLOW_INTERNAL_AND_GCLB or ALLOW_INTERNAL_ONLY."
  }
}

variable "supervisor_max_instances" {
  description = "Supervisor instances at most; one takes 80 requests at once, waiting ones and event streams among them."
  type        = number
  default     = 10

  validation {
    condition     = contains(range(1, 1001), var.supervisor_max_instances)
    error_message = "supervisor_max_instances must be a whole number from 1 to 1000."
  }
}

variable "telemetry" {
  description = "Where spans and figures go: none, or google (Cloud Trace and Cloud Monitoring, which are paid for by their volume)."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "google"], var.telemetry)
    error_message = "telemetry must be none or google; a collector of yours is otlp_endpoint."
  }
}

variable "voter_keys" {
  description = "Variables that the panel's file names for its voters' keys, each with the version of its secret: { ANN_API_KEY = \"1\" } is kept in NAME-ann-api-key."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for variable, version in var.voter_keys : can(regex("^[A-Z][A-Z0-9_]*_(KEY|TOKEN)$", variable)) && can(regex("^[1-9][0-9]*$", version)) && !contains(["OPENAI_API_KEY", "SMOKE_KEY"], variable)])
    error_message = "voter_keys must map variables such as ANN_API_KEY, ending in _KEY or _TOKEN, to numbers of versions; OPENAI_API_KEY is openai_key_version's, SMOKE_KEY the pipeline's."
  }
}

variable "vpc_connector" {
  description = "Serverless VPC connector, by its full name, in the place of dispatcher_subnetwork, for Google providers before 7.21."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(projects/[^/]+/locations/${var.region}/connectors/[^/]+)?$", var.vpc_connector))
    error_message = "vpc_connector must read projects/P/locations/L/connectors/C, where L is the region, or be empty."
  }
}

variable "webhook_secrets" {
  description = "Variables that the webhooks' file names for their secrets, each with the version of its secret: { CRM_WEBHOOK_SECRET = \"1\" } is kept in NAME-crm-webhook-secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for variable, version in var.webhook_secrets : can(regex("^[A-Z][A-Z0-9_]*_SECRET$", variable)) && can(regex("^[1-9][0-9]*$", version))])
    error_message = "webhook_secrets must map variables such as CRM_WEBHOOK_SECRET, ending in _SECRET, to numbers of versions."
  }
}

variable "webhooks_version" {
  description = "Version of the secret with the webhooks' file (docs/webhooks.md); empty: no endpoint is told."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.webhooks_version))
    error_message = "webhooks_version must be a version's number, not \"latest\": another file is another deployment."
  }
}

variable "worker_capacity" {
  description = "Seats that one worker instance works on at once (docs/scale.md)."
  type        = number
  default     = 64

  validation {
    condition     = contains(range(1, 257), var.worker_capacity)
    error_message = "worker_capacity must be a whole number from 1 to 256."
  }
}

variable "worker_image" {
  description = "Worker image by digest, as `make image` prints it; empty only while `make bootstrap` runs."
  type        = string
  default     = ""

  validation {
    condition     = var.worker_image == "" || can(regex("^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$", var.worker_image))
    error_message = "worker_image must be NAME@sha256:DIGEST: a tag may change under a running service."
  }
}

variable "worker_max_instances" {
  description = "Worker instances at most."
  type        = number
  default     = 15

  validation {
    condition     = contains(range(1, 1001), var.worker_max_instances)
    error_message = "worker_max_instances must be a whole number from 1 to 1000."
  }
}

variable "worker_memory" {
  description = "Memory of a worker instance."
  type        = string
  default     = "512Mi"

  validation {
    condition     = can(regex("^(25[6-9]|2[6-9][0-9]|[3-9][0-9]{2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-6])Mi$|^[1-4]Gi$", var.worker_memory))
    error_message = "worker_memory must be 256Mi to 4096Mi, or 1Gi to 4Gi: a worker has one CPU, which takes no more."
  }
}

variable "worker_min_instances" {
  description = "Worker instances kept warm; 0: none is paid for while nobody asks."
  type        = number
  default     = 0

  validation {
    condition     = floor(var.worker_min_instances) == var.worker_min_instances && var.worker_min_instances >= 0 && var.worker_min_instances <= var.worker_max_instances
    error_message = "worker_min_instances must be a whole number from 0 to worker_max_instances."
  }
}

variable "worker_subnetwork" {
  description = "Subnetwork through which the worker sends (Direct VPC egress), and which leads out by static_egress or a Cloud NAT of yours; empty: the internet straight away."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z]([a-z0-9-]{0,61}[a-z0-9])?)?$", var.worker_subnetwork))
    error_message = "worker_subnetwork must be a subnetwork's name, or empty."
  }
}
