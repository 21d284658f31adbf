SELECT holder, held_until_us
FROM quadrille_consumers
WHERE kind = ?1 AND name = ?2 AND version = ?3 AND generation = ?4
    AND holder <> ?5 AND held_until_us > ?6
