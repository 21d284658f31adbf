SELECT e.id, e.version, e.type, e.schema_version, e.data, w.number
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS w (category, stream, above, number)
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.events AS e
    WHERE e.category = w.category AND e.stream = w.stream AND e.version > w.above
    ORDER BY e.version
    LIMIT $4
) AS e
