"""The judgement, pure: values in, values out. No clock, environment, chance, waiting or logging."""
