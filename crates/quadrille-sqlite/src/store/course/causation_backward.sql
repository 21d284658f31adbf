SELECT position, count FROM origins
WHERE causation = ?1 AND position <= ?2
ORDER BY position DESC
LIMIT 1
