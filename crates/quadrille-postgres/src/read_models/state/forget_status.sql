DELETE FROM {schema}.quadrille_statuses
WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4
