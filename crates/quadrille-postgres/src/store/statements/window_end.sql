-- No row: the log has no such event. A row of NULL: fewer events than a window lie before it.
SELECT w.position, w.id
FROM {schema}.events AS l
LEFT JOIN LATERAL (
    SELECT e.position, e.id
    FROM {schema}.events AS e
    WHERE e.position > $1 AND e.position <= $2 AND $2 - $1 >= $3
    ORDER BY e.position
    OFFSET $3 - 1
    LIMIT 1
) AS w ON true
WHERE l.position = $2 AND l.id = $4
