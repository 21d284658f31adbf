SELECT position, count FROM origins
WHERE correlation = ?1
    AND position >= (SELECT origin FROM events WHERE position >= ?2 ORDER BY position LIMIT 1)
ORDER BY position
LIMIT 1
