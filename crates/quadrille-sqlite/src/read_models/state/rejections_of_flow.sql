SELECT command, name, stream, correlation, code, message, actor, occurred_at_us
FROM quadrille_rejections
WHERE correlation = ?
ORDER BY number DESC
LIMIT ?
