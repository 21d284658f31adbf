SELECT
    kind, name, version, generation, component, activity, position, rate, handled, unmatched,
    parked, last_error, updated_at_us
FROM {schema}.quadrille_statuses
