"""The cut-offs panel: what each cut-off of the weight graph gives."""
