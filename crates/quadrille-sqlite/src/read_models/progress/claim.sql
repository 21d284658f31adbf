INSERT INTO quadrille_consumers (kind, name, version, generation, epoch)
VALUES (?1, ?2, ?3, ?4, 1)
ON CONFLICT (kind, name, version, generation) DO UPDATE SET epoch = epoch + 1
RETURNING epoch, store, position, event
