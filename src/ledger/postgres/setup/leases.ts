/**
 * Who runs an operation, by the server's clock. A holder is a process: the digest of machine, start and pid that it gives
 * with each call; the login is the server's own word.
 */
export const leaseColumns = `
-- The Job that an operation is handed to; what its worker last told of it; who asked it to stop.
ALTER TABLE till_ledger.leases ADD COLUMN hand_to text, ADD COLUMN told jsonb, ADD COLUMN stop jsonb;
`;

export const leases = `
CREATE OR REPLACE FUNCTION till_ledger.is_held(l till_ledger.leases, t timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $till$
  SELECT t <= l.heartbeat + greatest(30000, l.grace_ms) * interval '1 millisecond'
$till$;

CREATE OR REPLACE FUNCTION till_ledger.take_lease(op text, who text, said jsonb, grace integer) RETURNS void
LANGUAGE plpgsql AS $till$
BEGIN
  INSERT INTO till_ledger.leases (operation, login, holder, about, renewals, heartbeat, grace_ms, hand_to)
  VALUES (op, session_user, who, said - 'handTo', 0, clock_timestamp(), coalesce(grace, 0), said ->> 'handTo')
  ON CONFLICT (operation) DO UPDATE SET login = excluded.login, holder = excluded.holder, about = excluded.about,
    renewals = 0, heartbeat = excluded.heartbeat, grace_ms = excluded.grace_ms, hand_to = excluded.hand_to;
END $till$;

-- Passes an open operation to the caller: from the process that hands it over, or from one that is gone. \`gone\` is the
-- word of the same login on the same machine that the process it names has ended. What was handed to a Job is that Job's to
-- take, from whatever machine; and anybody's once it is asked to stop, since nobody has begun it.
CREATE OR REPLACE FUNCTION till_ledger.take_over(op text, who text, said jsonb, from_pid integer, gone boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
DECLARE
  l till_ledger.leases; t timestamptz := clock_timestamp(); here boolean; opened timestamptz;
BEGIN
  PERFORM till_ledger.hold();
  SELECT (doc ->> 'openedAt')::timestamptz INTO opened FROM till_ledger.operations WHERE key = op;
  IF opened IS NULL THEN
    PERFORM till_ledger.refuse('operation-not-open', format('operation %s is not open', op), op, '\`till operations\` lists those that are open');
  END IF;
  SELECT * INTO l FROM till_ledger.leases WHERE operation = op;
  IF found THEN
    here := l.login = session_user AND (l.about ->> 'machine' = said ->> 'machine' OR
      (coalesce(l.about ->> 'machine', said ->> 'machine') IS NULL AND l.about ->> 'host' = said ->> 'host'));
    IF till_ledger.is_held(l, t) AND (l.login = session_user AND l.holder = who) IS NOT TRUE
      AND (l.hand_to IS NOT NULL AND (l.hand_to = said ->> 'job' OR l.stop IS NOT NULL)) IS NOT TRUE
      AND (here AND (coalesce((l.about ->> 'pid')::integer = from_pid, false)
        OR (gone AND t > l.heartbeat + l.grace_ms * interval '1 millisecond'))) IS NOT TRUE THEN
      PERFORM till_ledger.refuse('operation-live', format('operation %s is not over: it runs on %s', op, l.about ->> 'host'), op,
        format('\`till wait %s\` watches it; \`till operations\` lists those that are open', op));
    END IF;
  ELSIF t <= opened + interval '30 seconds' THEN
    PERFORM till_ledger.refuse('operation-live', format('operation %s is not over: it has only just begun', op), op,
      format('\`till wait %s\` watches it', op));
  END IF;
  PERFORM till_ledger.take_lease(op, who, said, 0);
END $till$;

-- Which of these are still the caller's, with their heartbeat renewed.
CREATE OR REPLACE FUNCTION till_ledger.beat(ops text[], who text) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  UPDATE till_ledger.leases SET heartbeat = clock_timestamp(), renewals = renewals + 1, grace_ms = 0
  WHERE operation = ANY (ops) AND login = session_user AND holder = who RETURNING operation
$till$;

-- How far it is, for whoever watches from wherever; answers who asked it to stop, if anybody did.
CREATE OR REPLACE FUNCTION till_ledger.tell(op text, who text, what jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
DECLARE
  asked jsonb;
BEGIN
  IF octet_length(what::text) > 4096 THEN
    PERFORM till_ledger.refuse('progress-too-large', 'a word on how far an operation is has at most 4096 bytes', op, NULL, 2);
  END IF;
  UPDATE till_ledger.leases SET told = coalesce(what, told) WHERE operation = op AND login = session_user AND holder = who
    RETURNING stop INTO asked;
  RETURN asked;
END $till$;

-- Asks whoever runs it to end between two steps. Stopping takes nothing that was not given, so every writer may ask.
CREATE OR REPLACE FUNCTION till_ledger.ask_stop(op text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
BEGIN
  UPDATE till_ledger.leases SET stop = coalesce(stop, jsonb_build_object('by', session_user, 'at', till_ledger.utc(clock_timestamp())))
    WHERE operation = op;
  RETURN FOUND;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.lease_rows() RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT coalesce(jsonb_agg(jsonb_build_object('operation', operation, 'login', login, 'holder', holder, 'about', about,
    'renewals', renewals, 'heartbeatAt', till_ledger.utc(heartbeat), 'graceMs', grace_ms,
    'handTo', hand_to, 'told', told, 'stop', stop) ORDER BY operation), '[]')
  FROM till_ledger.leases
$till$;
`;
