CREATE TABLE regions (
  region TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_zh TEXT,
  version $int64 NOT NULL,
  created_at $instant NOT NULL
) $strict

CREATE TABLE incidents (
  incident TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  name TEXT NOT NULL,
  name_zh TEXT,
  hazard TEXT NOT NULL,
  situation TEXT NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('normal', 'emergency', 'recovery', 'closed')),
  start $instant NOT NULL,
  settings TEXT NOT NULL,
  version $int64 NOT NULL,
  created_at $instant NOT NULL
) $strict

CREATE TABLE records (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  incident TEXT REFERENCES incidents (incident),
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  city TEXT,
  body TEXT NOT NULL,
  source TEXT,
  confirmed_at $instant NOT NULL,
  expires_at $instant,
  removed $flag NOT NULL,
  version $int64 NOT NULL,
  updated_at $instant NOT NULL,
  updated_by TEXT NOT NULL
) $strict

CREATE UNIQUE INDEX records_key ON records (region, coalesce(incident, ''), kind, key)

CREATE INDEX records_incident ON records (incident, kind)

CREATE TABLE versions (
  object TEXT NOT NULL,
  version $int64 NOT NULL,
  body TEXT NOT NULL,
  at $instant NOT NULL,
  actor TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (object, version)
) $strict

CREATE TABLE documents (
  hash TEXT PRIMARY KEY CHECK (length(hash) = 64),
  media TEXT NOT NULL,
  size $int64 NOT NULL,
  body $blob NOT NULL,
  created_at $instant NOT NULL
) $strict

CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  incident TEXT REFERENCES incidents (incident),
  city TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at $instant NOT NULL,
  read_at $instant
) $strict

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  region TEXT NOT NULL,
  city TEXT,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  active $flag NOT NULL,
  created_at $instant NOT NULL
) $strict

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  webhook TEXT NOT NULL REFERENCES webhooks (id),
  notice TEXT NOT NULL REFERENCES notices (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts $int64 NOT NULL,
  next_at $instant NOT NULL,
  answer TEXT,
  UNIQUE (webhook, notice)
) $strict
