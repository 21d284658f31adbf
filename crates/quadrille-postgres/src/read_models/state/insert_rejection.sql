INSERT INTO {schema}.quadrille_rejections (
    command, name, stream, correlation, code, message, actor, occurred_at_us
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
