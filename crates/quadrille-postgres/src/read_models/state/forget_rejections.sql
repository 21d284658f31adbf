DELETE FROM {schema}.quadrille_rejections
WHERE number <= (
    SELECT number FROM {schema}.quadrille_rejections ORDER BY number DESC OFFSET $1 LIMIT 1
)
