SELECT e.position, e.id
FROM {schema}.events AS e
WHERE e.position > $1 AND e.position <= $2
ORDER BY e.position
OFFSET $3 - 1
LIMIT 1
