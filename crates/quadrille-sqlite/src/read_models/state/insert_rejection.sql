INSERT INTO quadrille_rejections (
    command, name, stream, correlation, code, message, actor, occurred_at_us
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
