INSERT INTO quadrille_consumers (kind, name, version, generation, epoch, holder, held_until_us)
VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)
ON CONFLICT (kind, name, version, generation) DO UPDATE
SET epoch = epoch + 1, holder = excluded.holder, held_until_us = excluded.held_until_us
RETURNING epoch, store, position, event
