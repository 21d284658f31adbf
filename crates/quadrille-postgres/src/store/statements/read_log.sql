SELECT {columns}
FROM (
    SELECT * FROM {schema}.events
    WHERE position > $1 AND position <= $2
    ORDER BY position
    LIMIT $3
) AS e
WHERE ($4::text[] IS NULL OR e.type = ANY ($4))
    AND ($5::text[] IS NULL OR e.category = ANY ($5))
    AND ($6::text IS NULL OR e.category <> $6)
    AND EXISTS (SELECT FROM {schema}.events AS l WHERE l.position = $2 AND l.id = $8)
ORDER BY e.position
LIMIT $7
