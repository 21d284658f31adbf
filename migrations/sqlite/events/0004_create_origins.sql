-- What neighbouring events of one append have in common, kept and indexed once for all of them:
-- they lie from `position` on, `count` of them. Times are microseconds since 1970.
CREATE TABLE origins (
    position INTEGER PRIMARY KEY,
    count INTEGER NOT NULL CHECK (count > 0),
    stream INTEGER NOT NULL REFERENCES streams,
    correlation BLOB NOT NULL CHECK (length(correlation) = 16),
    causation BLOB NOT NULL CHECK (length(causation) = 16),
    command BLOB CHECK (length(command) = 16),
    command_name INTEGER REFERENCES names,
    fingerprint BLOB CHECK (length(fingerprint) = 16),
    component INTEGER NOT NULL REFERENCES names,
    actor TEXT,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    trace_parent TEXT,
    trace_state TEXT,
    CHECK ((command IS NULL) = (command_name IS NULL)),
    CHECK ((command IS NULL) = (fingerprint IS NULL)),
    CHECK (trace_state IS NULL OR trace_parent IS NOT NULL)
) STRICT;

CREATE INDEX origins_correlation ON origins (correlation);
CREATE INDEX origins_causation ON origins (causation);
CREATE INDEX origins_command ON origins (command, stream) WHERE command IS NOT NULL;
