/** Constants of one expression each: a variable would be made anew with each entry. */
const fields = textArray(
  'id operation kind phase actor action target params reason ticket grant incident idempotencyKey plan outcome redacted spooled',
);
const known = textArray(
  `operation/intent operation/refusal operation/step operation/outcome operation/reconciled
  freeze/begin freeze/end incident/open incident/note incident/join incident/pin incident/close
  grant/request grant/approve grant/deny grant/withdraw grant/lapse grant/activate grant/fail grant/end
  grant/expire grant/revoke grant/issue grant/retire grant/notify grant/review lock/begin lock/end policy/propose
  policy/approve policy/withdraw ledger/genesis ledger/read ledger/acknowledged ledger/key ledger/epoch
  ledger/epoch-acknowledge ledger/prune ledger/prune-propose ledger/import-begin ledger/import-refused ledger/import-end`,
);
/** No law speaks of them and no state changes by them (laws.ts, fold.ts). */
const plain = textArray('ledger/read ledger/acknowledged ledger/import-begin ledger/import-refused ledger/import-end');

/**
 * The one way in. Everything happens under the head row's lock and in one transaction: place, time and hash, the laws, the
 * line, the state. \`clock_timestamp()\`, since \`now()\` is when the transaction began (facts: access-audit.md §3.3).
 */
export const append = `
CREATE OR REPLACE FUNCTION till_ledger.admitted(given text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $till$
DECLARE
  e jsonb; what text;
BEGIN
  IF octet_length(given) > 65536 THEN
    PERFORM till_ledger.refuse('entry-too-large', format('an entry of %s bytes is too large for the ledger (at most 65536)', octet_length(given)),
      NULL, 'act on fewer targets at once', 2);
  END IF;
  -- What is not JSON fails here with the server's own words: to catch them would cost each entry a subtransaction.
  e := given::jsonb;
  what := (e ->> 'kind') || '/' || (e ->> 'phase');
  IF left(given, 1) <> '{' OR right(given, 1) <> '}' OR jsonb_typeof(e) <> 'object' OR NOT e ?& ${fields} OR e - ${fields} - 'bulk' <> '{}'
    OR (e -> 'actor') - 'claimed' <> '{}' OR jsonb_typeof(e #> '{actor,claimed}') IS DISTINCT FROM 'object'
    OR jsonb_typeof(e -> 'params') <> 'object' OR (e ->> 'id' ~ '^[0-7][0-9A-HJKMNP-TV-Z]{25}$') IS NOT TRUE THEN
    PERFORM till_ledger.refuse('entry-invalid', 'the entry does not have the fields of one', e ->> 'id', 'use a till of this ledger''s version', 2);
  ELSIF (what = ANY (${known})) IS NOT TRUE THEN
    PERFORM till_ledger.refuse('entry-unknown', format('the ledger does not know %s', what), e ->> 'id',
      '\`till ledger setup\`, by a till that knows it', 4);
  END IF;
  RETURN e;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.append(
  given_estate text, given text[], given_version bigint, holder text, lease jsonb, on_disk boolean DEFAULT false,
  OUT status text, OUT version bigint, OUT lines text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A plan that was made while the ledger was empty is kept by the session, and would read all of it by and by.
SET enable_seqscan = off AS $till$
DECLARE
  h till_ledger.head; bodies jsonb[] := '{}'; ids text[] := '{}'; x text; e jsonb; t timestamptz; behind integer;
  opening text; own text; place text; server text; before text; after text; i integer := 0; known integer;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = '25001';
  END IF;
  FOREACH x IN ARRAY given LOOP
    e := till_ledger.admitted(x);
    bodies := bodies || e;
    ids := ids || (e ->> 'id');
  END LOOP;
  -- With \`on_disk\` the answer waits for the flush, and so does the next in line: for a writer that finds itself alone. Without,
  -- the next in line need not: \`settle\`, which the client sends along, waits for it, together with everybody else's. The
  -- log is one sequence, so what comes after an entry is never on disk without it.
  PERFORM set_config('synchronous_commit', CASE WHEN on_disk THEN 'on' ELSE 'off' END, true);
  place := host(inet_client_addr());
  server := till_ledger.server_id();
  before := '{"asserted":{"address":' || coalesce(to_json(place)::text, 'null') || ',"at":"';
  after := '","by":"postgresql","login":' || to_json(session_user::text)::text || ',"server":"' || server || '"},"entry":';

  -- First in line for the table, then the row: who waits for a row alone runs after each version that it has missed.
  LOCK TABLE till_ledger.turn IN EXCLUSIVE MODE;
  SELECT * INTO STRICT h FROM till_ledger.head FOR UPDATE;
  IF EXISTS (SELECT FROM till_ledger.entry AS k WHERE k.id = ANY (ids) AND k.login = session_user) THEN
    -- Asked again by a client that lost the answer.
    SELECT array_agg(k.line ORDER BY k.seq), count(*) INTO lines, known FROM till_ledger.entry AS k WHERE k.id = ANY (ids) AND k.login = session_user;
    IF known <> cardinality(given) THEN
      PERFORM till_ledger.refuse('entry-known', 'an entry of this id is there already', NULL, NULL, 2);
    END IF;
    status := 'appended'; version := h.version;
    RETURN;
  END IF;
  lines := '{}';
  IF h.estate IS NULL AND bodies[1] ->> 'phase' <> 'genesis' THEN
    status := 'empty'; version := h.version;
    RETURN;
  ELSIF h.estate <> given_estate THEN
    PERFORM till_ledger.refuse('ledger-of-another-estate', format('this ledger is of another estate (%s)', h.estate), NULL,
      'give each estate a database of its own; the id in estate.yaml never changes', 2);
  ELSIF given_version IS NOT NULL AND given_version <> h.version THEN
    status := 'stale'; version := h.version;
    RETURN;
  END IF;

  FOREACH x IN ARRAY given LOOP
    i := i + 1;
    e := bodies[i];
    t := date_trunc('milliseconds', clock_timestamp());
    behind := NULL;
    IF t < h.at THEN
      behind := least(extract(epoch FROM h.at - t) * 1000, 2147483647)::integer;
      t := h.at;
    END IF;
    opening := before || to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || after || x
      || ',"ledger":"v2","prev":"' || h.hash || '","seq":' || (h.seq + 1);
    own := encode(sha256(convert_to(opening, 'UTF8')), 'hex');
    x := opening || ',"sha256":"' || own || '"}';
    lines := lines || x;
    IF (e ->> 'kind') || '/' || (e ->> 'phase') = ANY (${plain}) THEN
      INSERT INTO till_ledger.entry (seq, id, at, behind_ms, login, prev, hash, line)
      VALUES (h.seq + 1, ids[i], t, behind, session_user, h.hash, own, x);
      h.seq := h.seq + 1; h.hash := own; h.at := t;
      CONTINUE;
    END IF;
    PERFORM till_ledger.law(e, t, session_user::text, holder);
    INSERT INTO till_ledger.entry (seq, id, at, behind_ms, login, prev, hash, line)
    VALUES (h.seq + 1, ids[i], t, behind, session_user, h.hash, own, x);
    h.seq := h.seq + 1; h.hash := own; h.at := t;
    IF till_ledger.fold(e, h.seq, t, jsonb_build_object('claimed', e #> '{actor,claimed}', 'asserted',
      jsonb_build_object('by', 'postgresql', 'login', session_user::text, 'address', place, 'server', server))) THEN
      h.version := h.seq;
    END IF;
    IF lease IS NOT NULL AND e ->> 'kind' = 'operation' AND e ->> 'phase' = 'intent' THEN
      PERFORM till_ledger.take_lease(e ->> 'operation', holder, lease - 'graceMs', (lease ->> 'graceMs')::integer);
    END IF;
  END LOOP;
  UPDATE till_ledger.head SET seq = h.seq, hash = h.hash, at = h.at, version = h.version;
  status := 'appended'; version := h.version;
END $till$;

-- Resolves when everything that was committed before is on disk, and with the standby where the server waits for one. Sent
-- along with each append: every name is whole, so that it needs neither a search path nor a right of the owner's.
CREATE OR REPLACE FUNCTION till_ledger.settle() RETURNS void LANGUAGE plpgsql AS $till$
BEGIN
  PERFORM pg_catalog.set_config('synchronous_commit'::pg_catalog.text, 'on'::pg_catalog.text, true),
    pg_catalog.pg_logical_emit_message(true, 'till'::pg_catalog.text, ''::pg_catalog.text);
END $till$;

-- For a client that has found its state stale twice: judges with the head in its hand. Ends with the transaction.
CREATE OR REPLACE FUNCTION till_ledger.hold() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
BEGIN
  LOCK TABLE till_ledger.turn IN EXCLUSIVE MODE;
  PERFORM FROM till_ledger.head FOR UPDATE;
END $till$;

-- Entries that were pruned with two people's word, at most so many at once.
CREATE OR REPLACE FUNCTION till_ledger.drop_pruned(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
DECLARE
  gone bigint;
BEGIN
  DELETE FROM till_ledger.entry WHERE seq IN (
    SELECT seq FROM till_ledger.entry WHERE seq <= (SELECT pruned FROM till_ledger.head) ORDER BY seq LIMIT most);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $till$;
`;

function textArray(words: string): string {
  return `'{${words.split(/\s+/).join(',')}}'::text[]`;
}
