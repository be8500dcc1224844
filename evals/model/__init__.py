"""Measuring what a language model adds: passages, lies, attacks, tokens, shapes of questions."""
