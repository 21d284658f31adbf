SELECT category FROM {events}
WHERE category > $1 OR ($2 AND category = $1)
ORDER BY category
LIMIT 1
