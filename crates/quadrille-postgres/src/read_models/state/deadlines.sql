SELECT process, instance, id, name, is_command, due_us, correlation
FROM {schema}.quadrille_deadlines
WHERE due_us <= $2
    AND ($1::text IS NULL OR process = $1)
    AND ($3::uuid IS NULL OR correlation = $3)
ORDER BY due_us, id
LIMIT $4
