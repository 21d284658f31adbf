SELECT e.position, e.id
FROM {schema}.events AS e
WHERE e.position > $1 AND e.position <= $2
    AND EXISTS (SELECT FROM {schema}.events AS l WHERE l.position = $2 AND l.id = $4)
ORDER BY e.position
OFFSET $3 - 1
LIMIT 1
