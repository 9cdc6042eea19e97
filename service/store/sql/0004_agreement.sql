CREATE TABLE lines (
  id TEXT PRIMARY KEY,
  incident TEXT NOT NULL REFERENCES incidents (incident),
  line TEXT NOT NULL,
  job TEXT REFERENCES jobs (id),
  kind TEXT NOT NULL CHECK (kind IN ('shipment', 'deployment')),
  origin TEXT NOT NULL,
  destination TEXT NOT NULL,
  resource TEXT NOT NULL,
  quantity $float NOT NULL CHECK (quantity > 0),
  depart_h $float NOT NULL,
  arrive_h $float NOT NULL,
  leave_h $float,
  need TEXT,
  mode TEXT,
  vehicle TEXT,
  state TEXT NOT NULL CHECK (state IN
    ('proposed', 'requested', 'offered', 'accepted', 'moving', 'arrived', 'returned', 'declined', 'withdrawn')),
  estimate_cents $int64 CHECK (estimate_cents BETWEEN 0 AND 9000000000000000),
  limit_cents $int64 CHECK (limit_cents BETWEEN 0 AND 9000000000000000),
  cost_share $float CHECK (cost_share BETWEEN 0 AND 1),
  requested_by TEXT REFERENCES users (id),
  requested_at $instant,
  offered_by TEXT REFERENCES users (id),
  offered_at $instant,
  accepted_by TEXT REFERENCES users (id),
  accepted_at $instant,
  ordered_by TEXT REFERENCES users (id),
  withdrawn_by_city TEXT,
  reason TEXT,
  actual TEXT,
  version $int64 NOT NULL,
  updated_at $instant NOT NULL,
  UNIQUE (incident, line),
  CHECK (state NOT IN ('accepted', 'moving', 'arrived', 'returned') OR ordered_by IS NOT NULL
    OR (requested_by IS NOT NULL AND offered_by IS NOT NULL AND accepted_by IS NOT NULL)),
  CHECK (state NOT IN ('declined', 'withdrawn') OR reason IS NOT NULL)
) $strict

CREATE TABLE evaluations (
  id TEXT PRIMARY KEY,
  incident TEXT NOT NULL REFERENCES incidents (incident),
  subject TEXT NOT NULL,
  assessor TEXT NOT NULL CHECK (assessor IN ('self', 'coordinator', 'third-party')),
  indicators TEXT NOT NULL,
  scores TEXT NOT NULL,
  findings TEXT NOT NULL,
  author TEXT NOT NULL REFERENCES users (id),
  version $int64 NOT NULL,
  updated_at $instant NOT NULL,
  UNIQUE (incident, subject, assessor)
) $strict

CREATE TABLE objections (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  object TEXT NOT NULL,
  city TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'rejected')),
  answer TEXT,
  raised_by TEXT NOT NULL REFERENCES users (id),
  decided_by TEXT REFERENCES users (id),
  version $int64 NOT NULL,
  at $instant NOT NULL,
  CHECK ((state = 'open') = (decided_by IS NULL)),
  CHECK (decided_by IS NULL OR decided_by <> raised_by)
) $strict
