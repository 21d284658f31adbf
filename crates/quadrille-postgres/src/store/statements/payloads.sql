SELECT e.id, e.version, e.type, e.schema_version, e.data
FROM {schema}.events AS e
WHERE e.category = $1 AND e.stream = $2 AND e.version > $3
ORDER BY e.version
LIMIT $4
