from hypothesis import settings

# The same examples on every machine and every run, however slow the machine is.
settings.register_profile("deterministic", derandomize=True, deadline=None, database=None)
settings.load_profile("deterministic")
