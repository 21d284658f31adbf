SELECT epoch, store, position, event
FROM {schema}.quadrille_consumers
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4
