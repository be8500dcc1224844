"""Many documents: a ledger that loses nothing, workers that may die, outputs made from it."""
