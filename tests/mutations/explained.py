"""Mutants that no test can tell from the original, and why; the keys are those of `Mutant.key`."""

_COPY = "numbers that were just read are equal to their copy"

EXPLAINED: dict[str, str] = {
    "curves:read_curves: astype() without copy=False": _COPY,
    "layer:Layer._finite: False inverted": _COPY,
    "layer:Layer._finite: astype() without copy=False": _COPY,
    "layer:Layer.activity: False inverted": _COPY,
    "layer:Layer.activity: astype() without copy=False": _COPY,
    "layer:Layer.weights: False inverted": _COPY,
    "layer:Layer.weights: astype() without copy=False": _COPY,
    "rows:Rows.records: False inverted": _COPY,
    "rows:Rows.records: astype() without copy=False": _COPY,
    "layer:Layer.present: self.units <= self.inputs with Lt": "the norms, which are then read, say the same",
    "resumption:_states: snapshot >= 0 and snapshot % PLACES == place with Or": "`_state` compares the record again",
    "scores:output_correlation: 1.0 doubled and 1 (1 of 4)": "rows of units that never change are zero afterwards",
    "scores:output_correlation: 1.0 doubled and 1 (2 of 4)": "what is above 1 is cut to 1 at the end",
    "host:_Child._is_overdue: now > silent_since + GRACE with GtE": "a clock is exactly at a moment by chance only",
    "orders:removals: asarray() without dtype=np.float64": "`remove_one_by_one` makes float64 of all scores",
    "removal:Removal._hold: False inverted": "the modules of a layer have no parts",
    "data:Data.of_each: blake2b() without digest_size=16": "longer digests tell the same images apart",
    "kernels:RankRows._block: few.stop - first with Add (2 of 2)": "rows beyond those of the images are not read",
    "background:Background.wait: shutdown() without wait=True": "it waits where nothing is said",
    "rows:Rows.removal: asarray() without dtype=np.int64": "the units are whole numbers already",
    "birth:forecast_bytes: 2 plus 1": "a forecast may be a quarter of a megabyte too large",
    "prefix:: 8000000000.0 doubled and 1": "the answers do not depend on how many images are computed at once",
    "regular_file:read: 1 plus 1": "one byte more than allowed is read to see that there are more; two say the same",
}
