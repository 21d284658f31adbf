UPDATE quadrille_consumers
SET held_until_us = CASE WHEN holder IS NULL THEN NULL ELSE ?6 END
WHERE kind = ?1 AND name = ?2 AND version = ?3 AND generation = ?4 AND epoch = ?5
RETURNING id
