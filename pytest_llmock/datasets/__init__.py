"""Data sets of any size: batches of records, checked and kept one by one, then written as one file.

    plan         what is to be made, and everything its bytes depend on; the parts it is made in
    making       one part: a generation, its links, its enrichment; nothing else decides what it holds
    executors    where parts are made: here, or on workers of Dask (`cluster`)
    checkpoint   every part that was made, on the disk before anything else happens
    running      parts in any order, keys in theirs; what stops a run, and what a run goes on from
    formats      the records, as the file that was asked for

The rule: a batch depends on the plan, its number, and (its unique keys) the batches before it. Not on who
made it, when, beside which others, or in how many runs.
"""
