WITH RECURSIVE found AS (
    (SELECT stream FROM {events} WHERE category = $1 AND stream >= $2 AND stream > $3 ORDER BY stream LIMIT 1)
    UNION ALL
    SELECT next.stream
    FROM found
    CROSS JOIN LATERAL (
        SELECT stream FROM {events} WHERE category = $1 AND stream > found.stream ORDER BY stream LIMIT 1
    ) AS next
    WHERE starts_with(found.stream, $2)
)
SELECT $1, found.stream, last.version, last.position, last.recorded_at
FROM found
CROSS JOIN LATERAL (
    SELECT version, position, recorded_at FROM {events} AS e
    WHERE e.category = $1 AND e.stream = found.stream
    ORDER BY version DESC LIMIT 1
) AS last
WHERE starts_with(found.stream, $2)
LIMIT $4
