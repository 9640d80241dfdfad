# What the variable `settings` takes, and how each of its values reads: a part that is told another one
# does not start. None is here that Terraform itself sets, that holds a secret, or that is the laptop's.
locals {
  a_number = "^[1-9][0-9]{0,17}$"
  a_switch = "^(true|false)$"

  settings = {
    CONSENSUS_BATCH_TASKS          = local.a_number
    CONSENSUS_FAIR_SHARE           = local.a_number
    CONSENSUS_HEDGE                = local.a_switch
    CONSENSUS_LEARN                = local.a_switch
    CONSENSUS_LOGPROBS             = "^(auto|off)$"
    CONSENSUS_MAX_FILE_BYTES       = local.a_number
    CONSENSUS_MAX_OPEN_SEATS       = local.a_number
    CONSENSUS_MAX_OPEN_TASKS       = local.a_number
    CONSENSUS_MAX_OUTPUT_TOKENS    = "^([1-9][0-9]{0,5}|1000000)$"
    CONSENSUS_MAX_PROMPT_BYTES     = local.a_number
    CONSENSUS_MAX_TASKS_PER_MINUTE = local.a_number
    CONSENSUS_MODEL_ATTEMPTS       = "^([1-9]|10)$"
    CONSENSUS_TEMPERATURE          = "^([01]([.][0-9]+)?|2([.]0+)?)$"
    CONSENSUS_WEIGH_VOTERS         = local.a_switch
  }
}
