/**
 * Small words that the other functions are made of. Nobody may call them but their owner. What reads a table is PL/pgSQL, whose
 * plans a session keeps: one in SQL is planned anew in each transaction, which costs more than all the rest of an append.
 */
export const basics = `
CREATE OR REPLACE FUNCTION till_ledger.refuse(
  reason text, message text, target text DEFAULT NULL, next text DEFAULT NULL, exit integer DEFAULT 4
) RETURNS void LANGUAGE plpgsql AS $till$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'TL001', MESSAGE = message,
    DETAIL = jsonb_build_object('reason', reason, 'target', target, 'next', next, 'exit', exit)::text;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.utc(t timestamptz) RETURNS text LANGUAGE sql STABLE AS $till$
  SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$till$;

CREATE OR REPLACE FUNCTION till_ledger.later(t timestamptz, seconds numeric) RETURNS text LANGUAGE sql STABLE AS $till$
  SELECT till_ledger.utc(t + seconds::double precision * interval '1 second')
$till$;

-- \`*\` and \`?\` as a shell has them.
CREATE OR REPLACE FUNCTION till_ledger.matches_glob(glob text, given text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $till$
  SELECT given LIKE translate(replace(replace(replace(glob, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*?', '%_')
$till$;

-- Each once, in the order in which they came.
CREATE OR REPLACE FUNCTION till_ledger.distinct_list(list jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $till$
BEGIN
  RETURN (
    SELECT coalesce(jsonb_agg(value ORDER BY place), '[]')
    FROM (SELECT value, min(place) AS place FROM jsonb_array_elements(list) WITH ORDINALITY AS x(value, place) GROUP BY value) AS once
  );
END $till$;

-- The one text of a value (RFC 8785); keys of entries are ASCII, for which the order of bytes is the order of code units.
CREATE OR REPLACE FUNCTION till_ledger.canonical(given jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $till$
BEGIN
  CASE jsonb_typeof(given)
    WHEN 'object' THEN
      RETURN (SELECT '{' || coalesce(string_agg(to_json(key)::text || ':' || till_ledger.canonical(value), ',' ORDER BY key COLLATE "C"), '') || '}'
        FROM jsonb_each(given));
    WHEN 'array' THEN
      RETURN (SELECT '[' || coalesce(string_agg(till_ledger.canonical(value), ',' ORDER BY place), '') || ']'
        FROM jsonb_array_elements(given) WITH ORDINALITY AS x(value, place));
    ELSE RETURN given::text;
  END CASE;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.digest(given jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $till$
  SELECT encode(sha256(convert_to(till_ledger.canonical(given), 'UTF8')), 'hex')
$till$;

-- Who this is, by the login alone; null for somebody whom the policy does not name.
CREATE OR REPLACE FUNCTION till_ledger.person_of(login text, body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (
    SELECT person FROM jsonb_array_elements(body -> 'people') WITH ORDINALITY AS x(person, place)
    WHERE person -> 'postgres' ? login ORDER BY place LIMIT 1
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.person_named(name text, body jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (
    SELECT person FROM jsonb_array_elements(body -> 'people') WITH ORDINALITY AS x(person, place)
    WHERE person ->> 'name' = name ORDER BY place LIMIT 1
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.policy_in_force() RETURNS jsonb LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (
    SELECT doc FROM till_ledger.policies ORDER BY pos DESC LIMIT 1
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.server_id() RETURNS text LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (pg_control_system()).system_identifier::text;
END $till$;

-- A grant's status at an instant: a span that is over has ended whether or not anybody recorded it.
CREATE OR REPLACE FUNCTION till_ledger.status_at(g jsonb, t timestamptz) RETURNS text LANGUAGE sql STABLE AS $till$
  SELECT CASE
    WHEN g ->> 'status' = 'active' AND t >= (g ->> 'expiresAt')::timestamptz THEN 'expired'
    WHEN g ->> 'status' IN ('pending', 'approved') AND t >= (g ->> 'lapsesAt')::timestamptz THEN 'lapsed'
    ELSE g ->> 'status' END
$till$;

-- What is still missing of what it needs.
CREATE OR REPLACE FUNCTION till_ledger.missing(needs jsonb, votes jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object('group', need -> 'group', 'count', (need ->> 'count')::bigint - given) ORDER BY place), '[]')
    FROM (
      SELECT need, place, (SELECT count(*) FROM jsonb_array_elements(votes) AS vote WHERE vote -> 'group' = need -> 'group') AS given
      FROM jsonb_array_elements(needs) WITH ORDINALITY AS x(need, place)
    ) AS counted
    WHERE (need ->> 'count')::bigint > given
  );
END $till$;
`;
