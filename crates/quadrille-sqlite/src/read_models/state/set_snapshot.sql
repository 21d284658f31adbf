INSERT OR REPLACE INTO quadrille_snapshots (stream, aggregate_version, version, data)
VALUES (?, ?, ?, ?)
