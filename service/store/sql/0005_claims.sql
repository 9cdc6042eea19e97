CREATE TABLE claims (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  incident TEXT NOT NULL REFERENCES incidents (incident),
  city TEXT NOT NULL,
  line TEXT NOT NULL REFERENCES lines (id),
  state TEXT NOT NULL CHECK (state IN ('draft', 'claimed', 'approved', 'disallowed', 'disputed', 'paid', 'waived')),
  reason_code TEXT,
  reason TEXT,
  legal_basis TEXT,
  deadline $instant,
  retain_until $instant,
  version $int64 NOT NULL,
  claimed_by TEXT REFERENCES users (id),
  claimed_at $instant,
  decided_by TEXT REFERENCES users (id),
  decided_at $instant,
  created_at $instant NOT NULL,
  CHECK (state NOT IN ('approved', 'disallowed') OR decided_by IS NOT NULL),
  CHECK (decided_by IS NULL OR claimed_by IS NULL OR decided_by <> claimed_by),
  CHECK (state <> 'disallowed' OR reason_code IS NOT NULL)
) $strict

CREATE UNIQUE INDEX claims_line ON claims (line) WHERE state <> 'disallowed'

CREATE TABLE cost_lines (
  id TEXT PRIMARY KEY,
  claim TEXT NOT NULL REFERENCES claims (id),
  category TEXT NOT NULL CHECK (category IN
    ('personnel', 'travel', 'equipment-owned', 'equipment-rented', 'commodities', 'contract', 'damage', 'admin', 'in-kind')),
  description TEXT NOT NULL,
  quantity TEXT NOT NULL,
  unit TEXT NOT NULL,
  rate TEXT NOT NULL,
  rate_source TEXT NOT NULL,
  rate_version TEXT NOT NULL,
  cents $int64 NOT NULL CHECK (cents BETWEEN 0 AND 9000000000000000),
  tax_cents $int64 NOT NULL CHECK (tax_cents BETWEEN 0 AND 9000000000000000),
  place TEXT,
  from_at $instant,
  until_at $instant,
  operated_h $float,
  standby_h $float,
  rule TEXT,
  approved_cents $int64 CHECK (approved_cents BETWEEN 0 AND 9000000000000000),
  reason_code TEXT,
  CHECK (approved_cents IS NULL OR approved_cents <= cents + tax_cents),
  CHECK (approved_cents IS NULL OR approved_cents = cents + tax_cents OR reason_code IS NOT NULL)
) $strict

CREATE INDEX cost_lines_claim ON cost_lines (claim)

CREATE TABLE evidence (
  id TEXT PRIMARY KEY,
  claim TEXT NOT NULL REFERENCES claims (id),
  kind TEXT NOT NULL CHECK (kind IN ('work', 'payment', 'receipt', 'agreement', 'other')),
  name TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  added_by TEXT NOT NULL REFERENCES users (id),
  verified_by TEXT REFERENCES users (id),
  verified_at $instant,
  CHECK (verified_by IS NULL OR verified_by <> added_by)
) $strict

CREATE INDEX evidence_claim ON evidence (claim)

CREATE TABLE offsets (
  id TEXT PRIMARY KEY,
  claim TEXT NOT NULL REFERENCES claims (id),
  kind TEXT NOT NULL CHECK (kind IN ('insurance', 'salvage', 'grant', 'duplicate')),
  cents $int64 NOT NULL CHECK (cents BETWEEN 1 AND 9000000000000000),
  reference TEXT NOT NULL
) $strict

CREATE INDEX offsets_claim ON offsets (claim)

CREATE TABLE settlements (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  incident TEXT NOT NULL REFERENCES incidents (incident),
  job TEXT NOT NULL UNIQUE REFERENCES jobs (id),
  document TEXT NOT NULL REFERENCES documents (hash),
  state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'posted', 'reversed')),
  proposed_by TEXT NOT NULL REFERENCES users (id),
  approved_by TEXT REFERENCES users (id),
  posted_by TEXT REFERENCES users (id),
  reason TEXT,
  version $int64 NOT NULL,
  updated_at $instant NOT NULL,
  CHECK (approved_by IS NULL OR approved_by <> proposed_by),
  CHECK (posted_by IS NULL OR posted_by <> approved_by),
  CHECK (state NOT IN ('approved', 'posted', 'reversed') OR approved_by IS NOT NULL),
  CHECK (state NOT IN ('posted', 'reversed') OR posted_by IS NOT NULL)
) $strict
