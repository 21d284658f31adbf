SELECT epoch, store, position, event
FROM quadrille_consumers
WHERE kind = ?1 AND name = ?2 AND version = ?3 AND generation = ?4
