FROM origins
JOIN events ON events.position BETWEEN origins.position AND origins.position + origins.count - 1
WHERE origins.command = ? AND origins.stream = ?
ORDER BY events.position
