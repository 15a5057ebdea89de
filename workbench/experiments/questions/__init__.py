"""The report's open questions, each asked by an experiment: a table of trainings, an estimate, a verdict."""
