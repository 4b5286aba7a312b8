"""Whether answers are right: oracles, which tests use too, and campaigns, which take hours.

The oracles judge an answer by other means than the engine's: `independent_search` and
`independent_phases` by a search of their own over energies of `plain_energies`, `agreement` by
comparing two answers to one question, `proof_sample` by proofs of a sample; `families` makes the
rocks and conditions. The campaigns run from the root of the repository, for example

    PYTHONPATH=benchmarks python -m verification.search_failures T21-Su26 --points 20000
"""
