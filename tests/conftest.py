from hypothesis import Phase, settings

# The same examples on every machine and every run, however slow the machine is. Without the
# explanation of failures, which traces every line and takes minutes.
settings.register_profile(
    "deterministic",
    derandomize=True,
    deadline=None,
    database=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("deterministic")
