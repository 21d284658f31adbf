-- Those at the root: who waits for somebody else as well is not to blame.
WITH RECURSIVE blocking (pid) AS (
    SELECT unnest(pg_blocking_pids($1))
    UNION
    SELECT unnest(pg_blocking_pids(pid)) FROM blocking
)
SELECT string_agg(
    CASE
        WHEN pid = 0 THEN 'a prepared transaction (pg_prepared_xacts names it)'
        ELSE format('session %s (%s)', pid, concat_ws(
            ', ', nullif(application_name, ''), 'user ' || usename, state,
            'in a transaction since ' || date_trunc('second', xact_start)))
    END, ' and ' ORDER BY pid)
FROM blocking LEFT JOIN pg_stat_activity USING (pid)
WHERE cardinality(pg_blocking_pids(pid)) = 0
