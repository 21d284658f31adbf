SELECT command, name, stream, correlation, code, message, actor, occurred_at_us
FROM {schema}.quadrille_rejections
WHERE $1::uuid IS NULL OR correlation = $1
ORDER BY number DESC
LIMIT $2
