INSERT INTO {schema}.quadrille_deadlines (
    process, instance, id, name, is_command, due_us, correlation
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (process, instance, id) DO UPDATE
SET name = excluded.name, is_command = excluded.is_command, due_us = excluded.due_us,
    correlation = excluded.correlation
