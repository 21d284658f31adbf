UPDATE {schema}.quadrille_consumers
SET store = coalesce($6, store), position = coalesce($7, position), event = coalesce($8, event)
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND epoch = $5
RETURNING id
