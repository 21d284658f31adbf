-- What the role `bank_app` needs to work with the schema `quadrille` of the database `bank`, whose
-- tables another role has made.

-- ANCHOR: events
GRANT CONNECT ON DATABASE bank TO bank_app;
GRANT USAGE ON SCHEMA quadrille TO bank_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA quadrille TO bank_app;
GRANT USAGE ON SEQUENCE quadrille.events_position_seq TO bank_app;
GRANT SELECT, INSERT ON quadrille.events, quadrille.tags TO bank_app;
GRANT SELECT ON quadrille.store, quadrille.quadrille_event_migrations TO bank_app;
-- ANCHOR_END: events

-- ANCHOR: state
GRANT CONNECT ON DATABASE bank TO bank_app;
GRANT USAGE ON SCHEMA quadrille TO bank_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON quadrille.quadrille_consumers, quadrille.quadrille_parked,
        quadrille.quadrille_deadlines, quadrille.quadrille_statuses TO bank_app;
GRANT SELECT, INSERT, UPDATE ON quadrille.quadrille_models, quadrille.quadrille_snapshots TO bank_app;
GRANT SELECT, INSERT, DELETE ON quadrille.quadrille_rejections TO bank_app;
GRANT SELECT, UPDATE ON quadrille.quadrille_revision TO bank_app;
GRANT SELECT ON quadrille.quadrille_state_migrations TO bank_app;
-- ANCHOR_END: state

-- ANCHOR: create
GRANT CREATE ON DATABASE bank TO bank_app;
-- ANCHOR_END: create

-- ANCHOR: schemas
CREATE SCHEMA quadrille_views AUTHORIZATION bank_app;
CREATE SCHEMA quadrille_balance AUTHORIZATION bank_app;
CREATE SCHEMA quadrille_balance_v1 AUTHORIZATION bank_app;
CREATE SCHEMA quadrille_balance_v1_g1 AUTHORIZATION bank_app;
-- ANCHOR_END: schemas
