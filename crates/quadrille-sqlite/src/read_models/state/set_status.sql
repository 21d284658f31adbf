INSERT OR REPLACE INTO quadrille_statuses (
    kind, name, version, generation, component, activity, position, rate, handled, unmatched,
    parked, last_error, updated_at_us
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
