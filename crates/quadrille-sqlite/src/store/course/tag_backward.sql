SELECT max(position) FROM tags
WHERE key = ? AND value = ? AND position <= ?
