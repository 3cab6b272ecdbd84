"""Is everything as it should be? Pure judgements over facts that neighbours gather.

`checks` holds the words, `rules` every check there is; a file per area judges.
"""
