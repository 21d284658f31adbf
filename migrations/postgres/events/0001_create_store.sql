CREATE TABLE store (
    only_one bool PRIMARY KEY DEFAULT true CHECK (only_one),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO store (id) VALUES (gen_random_uuid());
