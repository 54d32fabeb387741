"""SQL: one file per noun holds its table and its statements. Everything runs inside a `Tx`."""
