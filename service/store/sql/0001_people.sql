CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
  role TEXT NOT NULL CHECK (role IN ('coordinator', 'city-officer', 'city-finance', 'coordinator-finance', 'evaluator', 'superior', 'administrator')),
  region TEXT,
  city TEXT,
  hazard TEXT,
  password_hash TEXT,
  active $flag NOT NULL,
  version $int64 NOT NULL,
  created_at $instant NOT NULL,
  CHECK ((role IN ('city-officer', 'city-finance')) = (city IS NOT NULL)),
  CHECK ((role = 'administrator') = (region IS NULL))
) $strict

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  digest TEXT NOT NULL UNIQUE CHECK (length(digest) = 64),
  label TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
  created_at $instant NOT NULL,
  expires_at $instant NOT NULL,
  revoked_at $instant
) $strict

CREATE TABLE sessions (
  digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
  user_id TEXT NOT NULL REFERENCES users (id),
  csrf TEXT NOT NULL,
  created_at $instant NOT NULL,
  expires_at $instant NOT NULL
) $strict

CREATE TABLE idempotency (
  user_id TEXT NOT NULL REFERENCES users (id),
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  request_hash TEXT NOT NULL,
  status $int64 NOT NULL,
  response TEXT NOT NULL,
  created_at $instant NOT NULL,
  PRIMARY KEY (user_id, key)
) $strict
