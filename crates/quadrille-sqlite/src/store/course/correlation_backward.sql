SELECT position, count FROM origins
WHERE correlation = ?1 AND position <= ?2
ORDER BY position DESC
LIMIT 1
