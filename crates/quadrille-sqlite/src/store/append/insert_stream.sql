INSERT INTO streams (category, id, version, position)
VALUES (?, ?, ?, ?)
