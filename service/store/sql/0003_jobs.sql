CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('plan', 'replan', 'explain', 'settle')),
  region TEXT NOT NULL REFERENCES regions (region),
  incident TEXT NOT NULL REFERENCES incidents (incident),
  user_id TEXT NOT NULL REFERENCES users (id),
  parameters TEXT NOT NULL,
  input_hash TEXT NOT NULL REFERENCES documents (hash),
  scenario_hash TEXT REFERENCES documents (hash),
  base_job TEXT REFERENCES jobs (id),
  priority $int64 NOT NULL CHECK (priority BETWEEN 1 AND 100),
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'cancelled', 'failed', 'dead')),
  attempts $int64 NOT NULL,
  crashes $int64 NOT NULL,
  executor TEXT,
  submitted_at $instant NOT NULL,
  started_at $instant,
  finished_at $instant,
  cancel_at $instant,
  result_hash TEXT REFERENCES documents (hash),
  error TEXT,
  CHECK ((state IN ('done', 'cancelled', 'failed', 'dead')) = (finished_at IS NOT NULL)),
  CHECK (state <> 'done' OR result_hash IS NOT NULL)
) $strict

CREATE INDEX jobs_incident ON jobs (incident, id)

CREATE INDEX jobs_active ON jobs (user_id, state)

CREATE TABLE job_events (
  job TEXT NOT NULL REFERENCES jobs (id),
  seq $int64 NOT NULL,
  at $instant NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job, seq)
) $strict

CREATE TABLE leases (
  executor TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid $int64 NOT NULL,
  beat $float NOT NULL
) $strict
