CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  region TEXT NOT NULL REFERENCES regions (region),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 100),
  party TEXT NOT NULL CHECK (length(party) <= 200),
  currency TEXT NOT NULL CHECK (length(currency) = 3 AND currency = upper(currency)),
  min_balance INTEGER,
  UNIQUE (region, code, party, currency),
  UNIQUE (id, region, currency)
) STRICT

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
  at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'posted')),
  CHECK (approved_by <> posted_by),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
  UNIQUE (id, region, currency)
) STRICT

CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  txn TEXT NOT NULL,
  account INTEGER NOT NULL,
  region TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0 AND amount BETWEEN -9000000000000000 AND 9000000000000000),
  FOREIGN KEY (txn, region, currency) REFERENCES txns (id, region, currency),
  FOREIGN KEY (account, region, currency) REFERENCES accounts (id, region, currency),
  UNIQUE (txn, account)
) STRICT

CREATE INDEX entries_account ON entries (account)

CREATE TABLE posted (id TEXT PRIMARY KEY REFERENCES txns (id)) STRICT

CREATE TABLE must_post (id TEXT PRIMARY KEY REFERENCES posted (id) DEFERRABLE INITIALLY DEFERRED) STRICT

CREATE TRIGGER accounts_fixed BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'ledger: accounts are append-only'); END

CREATE TRIGGER accounts_kept BEFORE DELETE ON accounts BEGIN SELECT RAISE(ABORT, 'ledger: accounts are append-only'); END

CREATE TRIGGER accounts_once BEFORE INSERT ON accounts
WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.id
  OR (region = NEW.region AND code = NEW.code AND party = NEW.party AND currency = NEW.currency))
BEGIN SELECT RAISE(ABORT, 'ledger: duplicate account'); END

CREATE TRIGGER txns_start_open BEFORE INSERT ON txns WHEN NEW.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'ledger: a transaction starts open'); END

CREATE TRIGGER txns_once BEFORE INSERT ON txns
WHEN EXISTS (SELECT 1 FROM txns WHERE id = NEW.id OR idem_key = NEW.idem_key OR (NEW.reverses IS NOT NULL AND reverses = NEW.reverses))
BEGIN SELECT RAISE(ABORT, 'ledger: duplicate transaction'); END

CREATE TRIGGER txns_kept BEFORE DELETE ON txns BEGIN SELECT RAISE(ABORT, 'ledger: transactions are append-only'); END

CREATE TRIGGER txns_post BEFORE UPDATE ON txns BEGIN
  SELECT RAISE(ABORT, 'ledger: only open to posted is allowed') WHERE NOT (
    OLD.state = 'open' AND NEW.state = 'posted' AND OLD.id IS NEW.id AND OLD.region IS NEW.region AND OLD.idem_key IS NEW.idem_key
    AND OLD.kind IS NEW.kind AND OLD.currency IS NEW.currency AND OLD.settlement IS NEW.settlement AND OLD.reverses IS NEW.reverses
    AND OLD.memo IS NEW.memo AND OLD.approved_by IS NEW.approved_by AND OLD.posted_by IS NEW.posted_by AND OLD.at IS NEW.at);
  SELECT RAISE(ABORT, 'ledger: needs at least two entries') WHERE (SELECT COUNT(*) FROM entries WHERE txn = NEW.id) < 2;
  SELECT RAISE(ABORT, 'ledger: transaction does not balance') WHERE (SELECT COALESCE(SUM(amount), 1) FROM entries WHERE txn = NEW.id) <> 0;
  SELECT RAISE(ABORT, 'ledger: account below its minimum') WHERE EXISTS (
    SELECT 1 FROM entries e JOIN accounts a ON a.id = e.account WHERE e.txn = NEW.id AND a.min_balance IS NOT NULL
    AND (SELECT SUM(x.amount) FROM entries x WHERE x.account = a.id) < a.min_balance);
  SELECT RAISE(ABORT, 'ledger: a reversal cannot be reversed') WHERE NEW.reverses IS NOT NULL
    AND (SELECT kind FROM txns WHERE id = NEW.reverses) = 'reversal';
  SELECT RAISE(ABORT, 'ledger: reversal must mirror the original') WHERE NEW.reverses IS NOT NULL AND EXISTS (
    SELECT 1 FROM (SELECT account, amount FROM entries WHERE txn = NEW.reverses
      UNION ALL SELECT account, amount FROM entries WHERE txn = NEW.id) GROUP BY account HAVING SUM(amount) <> 0);
END

CREATE TRIGGER txns_must_post AFTER INSERT ON txns BEGIN INSERT INTO must_post VALUES (NEW.id); END

CREATE TRIGGER txns_posted AFTER UPDATE ON txns BEGIN INSERT INTO posted VALUES (NEW.id); END

CREATE TRIGGER posted_only BEFORE INSERT ON posted WHEN (SELECT state FROM txns WHERE id = NEW.id) IS NOT 'posted'
BEGIN SELECT RAISE(ABORT, 'ledger: not posted'); END

CREATE TRIGGER posted_kept BEFORE DELETE ON posted BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END

CREATE TRIGGER posted_fixed BEFORE UPDATE ON posted BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END

CREATE TRIGGER must_post_kept BEFORE DELETE ON must_post BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END

CREATE TRIGGER must_post_fixed BEFORE UPDATE ON must_post BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END

CREATE TRIGGER entries_while_open BEFORE INSERT ON entries WHEN (SELECT state FROM txns WHERE id = NEW.txn) IS NOT 'open'
BEGIN SELECT RAISE(ABORT, 'ledger: transaction is posted'); END

CREATE TRIGGER entries_once BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id OR (txn = NEW.txn AND account = NEW.account))
BEGIN SELECT RAISE(ABORT, 'ledger: duplicate entry'); END

CREATE TRIGGER entries_fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'ledger: entries are append-only'); END

CREATE TRIGGER entries_kept BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'ledger: entries are append-only'); END

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  why TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  prev_hash TEXT NOT NULL UNIQUE CHECK (length(prev_hash) = 64),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT

CREATE TRIGGER audit_chain BEFORE INSERT ON audit BEGIN
  SELECT RAISE(ABORT, 'audit: sequence gap') WHERE NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit);
  SELECT RAISE(ABORT, 'audit: broken chain') WHERE NEW.prev_hash <> COALESCE(
    (SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '0000000000000000000000000000000000000000000000000000000000000000');
END

CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit: append-only'); END

CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit: append-only'); END

CREATE TRIGGER versions_fixed BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'versions: append-only'); END

CREATE TRIGGER versions_kept BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'versions: append-only'); END

CREATE TRIGGER versions_once BEFORE INSERT ON versions
WHEN EXISTS (SELECT 1 FROM versions WHERE object = NEW.object AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'versions: append-only'); END

CREATE TRIGGER documents_fixed BEFORE UPDATE ON documents BEGIN SELECT RAISE(ABORT, 'documents: append-only'); END

CREATE TRIGGER documents_kept BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'documents: append-only'); END

CREATE TRIGGER documents_once BEFORE INSERT ON documents WHEN EXISTS (SELECT 1 FROM documents WHERE hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'documents: append-only'); END
