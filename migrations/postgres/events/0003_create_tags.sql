-- Where the events that carry a tag lie.
CREATE TABLE tags (
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT tags_position PRIMARY KEY (key, value, position)
);
