CREATE TABLE reversals (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  settlement TEXT REFERENCES settlements (id),
  txn TEXT REFERENCES txns (id),
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'done', 'refused')),
  asked_by TEXT NOT NULL REFERENCES users (id),
  asked_at $instant NOT NULL,
  decided_by TEXT REFERENCES users (id),
  decided_at $instant,
  answer TEXT,
  version $int64 NOT NULL,
  CHECK ((settlement IS NULL) <> (txn IS NULL)),
  CHECK ((state = 'asked') = (decided_by IS NULL)),
  CHECK (state <> 'done' OR decided_by <> asked_by),
  CHECK (state <> 'refused' OR answer IS NOT NULL)
) $strict

CREATE UNIQUE INDEX reversals_of_settlement ON reversals (settlement) WHERE state = 'asked'

CREATE UNIQUE INDEX reversals_of_txn ON reversals (txn) WHERE state = 'asked'

CREATE UNIQUE INDEX settlements_posted ON settlements (incident) WHERE state = 'posted'
