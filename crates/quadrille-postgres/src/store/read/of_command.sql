FROM {events} AS f
JOIN {events} AS e
    ON e.category = f.category AND e.stream = f.stream
    AND e.version >= f.version AND e.version < f.version + f.run
WHERE f.command = $1 AND f.category = $2 AND f.stream = $3 AND f.run IS NOT NULL
ORDER BY e.version
