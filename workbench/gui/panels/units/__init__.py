"""The units panel: a row for each unit of a layer; and the page of one unit."""
