"""How well it reads: suites of documents with known truth, scored, bounded and compared.

    suite    what is evaluated: folders of labelled fixtures and generators of documents
    pool     documents in child processes, each with a time limit
    run      suite > Run, and the run file from which everything else can be made again
    result   a document of a run scored against its truth
    structure  what kind of mistake: rows swapped, columns shifted, a table lost
    metrics  results > rates; interval, curve: their bounds and the price of coverage
    compare  run x baseline > gains and losses, and the gate
    tables, page  the same for people: summary.md, fields.csv, report.html
    labels   fixtures: reading, checking, a blank one to fill

A document that crashes, times out or gives an error is a document with everything missed: it
stays in every denominator.
"""
