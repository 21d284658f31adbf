INSERT OR REPLACE INTO quadrille_deadlines (
    process, instance, id, name, is_command, due_us, correlation
)
VALUES (?, ?, ?, ?, ?, ?, ?)
