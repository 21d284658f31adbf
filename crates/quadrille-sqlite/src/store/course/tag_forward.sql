SELECT min(position) FROM tags
WHERE key = ? AND value = ? AND position >= ?
