INSERT INTO {schema}.quadrille_snapshots (stream, aggregate_version, version, data)
VALUES ($1, $2, $3, $4)
ON CONFLICT (stream) DO UPDATE
SET aggregate_version = excluded.aggregate_version, version = excluded.version, data = excluded.data
