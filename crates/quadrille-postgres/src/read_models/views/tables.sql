SELECT m.name AS model, c.relname::text AS "table", m.namespace
FROM {schema}.quadrille_models AS m
JOIN pg_namespace AS n ON n.nspname = m.namespace
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
WHERE m.stage = 'live'
ORDER BY m.name, c.relname
