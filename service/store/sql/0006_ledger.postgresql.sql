CREATE TABLE accounts (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 100),
  party TEXT NOT NULL CHECK (length(party) <= 200),
  currency TEXT NOT NULL CHECK (length(currency) = 3 AND currency = upper(currency)),
  min_balance BIGINT,
  UNIQUE (region, code, party, currency),
  UNIQUE (id, region, currency)
)

CREATE TABLE txns (
  id TEXT PRIMARY KEY CHECK (length(id) = 36),
  region TEXT NOT NULL REFERENCES regions (region),
  idem_key TEXT NOT NULL UNIQUE CHECK (length(idem_key) BETWEEN 1 AND 200),
  kind TEXT NOT NULL CHECK (kind IN ('funding', 'settlement', 'payment', 'reversal')),
  currency TEXT NOT NULL,
  settlement TEXT REFERENCES settlements (id),
  reverses TEXT UNIQUE REFERENCES txns (id),
  memo TEXT NOT NULL,
  approved_by TEXT NOT NULL REFERENCES users (id),
  posted_by TEXT NOT NULL REFERENCES users (id),
  at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL DEFAULT 'posted' CHECK (state = 'posted'),
  created_xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  CHECK (approved_by <> posted_by),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
  UNIQUE (id, region, currency)
)

CREATE TABLE entries (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  txn TEXT NOT NULL,
  account BIGINT NOT NULL,
  region TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount <> 0 AND amount BETWEEN -9000000000000000 AND 9000000000000000),
  FOREIGN KEY (txn, region, currency) REFERENCES txns (id, region, currency),
  FOREIGN KEY (account, region, currency) REFERENCES accounts (id, region, currency),
  UNIQUE (txn, account)
)

CREATE INDEX entries_account ON entries (account)

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$body$$BEGIN
  RAISE EXCEPTION '%: append-only', TG_TABLE_NAME USING ERRCODE = '23514';
END$$body$$

CREATE FUNCTION txns_stamp() RETURNS trigger LANGUAGE plpgsql AS $$body$$BEGIN
  NEW.created_xid := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END$$body$$

CREATE TRIGGER txns_stamp BEFORE INSERT ON txns FOR EACH ROW EXECUTE FUNCTION txns_stamp()

CREATE FUNCTION entries_with_txn() RETURNS trigger LANGUAGE plpgsql AS $$body$$BEGIN
  IF NOT EXISTS (SELECT 1 FROM txns WHERE id = NEW.txn AND created_xid = pg_current_xact_id()::text::bigint) THEN
    RAISE EXCEPTION 'ledger: entries only with their transaction' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END$$body$$

CREATE TRIGGER entries_with_txn BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION entries_with_txn()

CREATE FUNCTION ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$body$$DECLARE total NUMERIC; number INT; t txns%ROWTYPE; BEGIN
  IF TG_TABLE_NAME = 'entries' THEN
    SELECT * INTO t FROM txns WHERE id = (to_jsonb(NEW) ->> 'txn');
  ELSE
    SELECT * INTO t FROM txns WHERE id = (to_jsonb(NEW) ->> 'id');
  END IF;
  SELECT COALESCE(SUM(amount), 1), COUNT(*) INTO total, number FROM entries WHERE txn = t.id;
  IF number < 2 THEN RAISE EXCEPTION 'ledger: needs at least two entries' USING ERRCODE = '23514'; END IF;
  IF total <> 0 THEN RAISE EXCEPTION 'ledger: transaction does not balance' USING ERRCODE = '23514'; END IF;
  PERFORM 1 FROM accounts a WHERE a.id IN (SELECT account FROM entries WHERE txn = t.id) AND min_balance IS NOT NULL
    ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT 1 FROM entries e JOIN accounts a ON a.id = e.account WHERE e.txn = t.id AND a.min_balance IS NOT NULL
    AND (SELECT SUM(x.amount) FROM entries x WHERE x.account = a.id) < a.min_balance) THEN
    RAISE EXCEPTION 'ledger: account below its minimum' USING ERRCODE = '23514'; END IF;
  IF t.reverses IS NOT NULL AND (SELECT kind FROM txns WHERE id = t.reverses) = 'reversal' THEN
    RAISE EXCEPTION 'ledger: a reversal cannot be reversed' USING ERRCODE = '23514'; END IF;
  IF t.reverses IS NOT NULL AND EXISTS (SELECT 1 FROM (SELECT account, amount FROM entries WHERE txn = t.reverses
    UNION ALL SELECT account, amount FROM entries WHERE txn = t.id) q GROUP BY account HAVING SUM(amount) <> 0) THEN
    RAISE EXCEPTION 'ledger: reversal must mirror the original' USING ERRCODE = '23514'; END IF;
  RETURN NULL;
END$$body$$

CREATE CONSTRAINT TRIGGER ledger_check AFTER INSERT ON txns DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ledger_check()

CREATE CONSTRAINT TRIGGER ledger_check AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ledger_check()

CREATE TABLE audit (
  seq BIGINT PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  why TEXT NOT NULL,
  body TEXT NOT NULL CHECK (body::jsonb IS NOT NULL),
  prev_hash TEXT NOT NULL UNIQUE CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
)

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$body$$DECLARE last audit%ROWTYPE; BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('tongzhou-audit'));
  SELECT * INTO last FROM audit ORDER BY seq DESC LIMIT 1;
  IF NEW.seq <> COALESCE(last.seq, 0) + 1 THEN RAISE EXCEPTION 'audit: sequence gap' USING ERRCODE = '23514'; END IF;
  IF NEW.prev_hash <> COALESCE(last.hash, repeat('0', 64)) THEN
    RAISE EXCEPTION 'audit: broken chain' USING ERRCODE = '23514'; END IF;
  RETURN NEW;
END$$body$$

CREATE TRIGGER audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_chain()

$append_only
