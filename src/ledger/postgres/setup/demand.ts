/** What a policy demands: the same answer as `demandOf` in access/rules.ts (a property test holds them together). */
export const demand = `
CREATE OR REPLACE FUNCTION till_ledger.minutes_of(given text) RETURNS integer LANGUAGE sql IMMUTABLE AS $till$
  SELECT left(given, 2)::integer * 60 + substr(given, 4)::integer
$till$;

CREATE OR REPLACE FUNCTION till_ledger.is_within(times jsonb, t timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $till$
DECLARE
  here timestamp; minute integer; today text; yesterday text; opens integer; closes integer;
  names CONSTANT text[] := ARRAY['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
BEGIN
  IF times IS NULL OR jsonb_typeof(times) = 'null' THEN
    RETURN true;
  END IF;
  here := t AT TIME ZONE (times ->> 'timezone');
  minute := extract(hour FROM here)::integer * 60 + extract(minute FROM here)::integer;
  today := names[extract(dow FROM here)::integer + 1];
  yesterday := names[(extract(dow FROM here)::integer + 6) % 7 + 1];
  opens := till_ledger.minutes_of(times ->> 'from');
  closes := till_ledger.minutes_of(times ->> 'until');
  IF opens < closes THEN
    RETURN times -> 'days' ? today AND minute >= opens AND minute < closes;
  END IF;
  RETURN (times -> 'days' ? today AND minute >= opens) OR (times -> 'days' ? yesterday AND minute < closes);
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.is_class(list jsonb, classes jsonb, field text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $till$
BEGIN
  RETURN (
    SELECT jsonb_array_length(list) = 0 OR jsonb_array_length(classes) = 0 OR EXISTS (
      SELECT FROM jsonb_array_elements(classes) AS class WHERE class ->> field IS NULL OR list ? (class ->> field))
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.any_glob(globs jsonb, given text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $till$
BEGIN
  RETURN (
    SELECT EXISTS (SELECT FROM jsonb_array_elements_text(globs) AS glob WHERE till_ledger.matches_glob(glob, given))
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.applies(rule jsonb, action text, tenant text, classes jsonb, t timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $till$
  SELECT till_ledger.any_glob(rule -> 'actions', action)
    AND (jsonb_array_length(rule -> 'tenants') = 0 OR till_ledger.any_glob(rule -> 'tenants', tenant))
    AND till_ledger.is_class(rule -> 'environments', classes, 'environment')
    AND till_ledger.is_class(rule -> 'tiers', classes, 'tier')
    AND till_ledger.is_within(rule -> 'times', t)
$till$;

CREATE OR REPLACE FUNCTION till_ledger.demand(body jsonb, actions jsonb, tenants jsonb, t timestamptz)
RETURNS jsonb LANGUAGE sql STABLE AS $till$
  WITH tenant AS (
    SELECT name, place, coalesce((
      SELECT jsonb_agg(class) FROM jsonb_array_elements(body -> 'tenants') AS class WHERE class -> 'names' ? name), '[]') AS classes
    FROM jsonb_array_elements_text(tenants) WITH ORDINALITY AS x(name, place)
  ), pair AS (
    SELECT tenant.name AS tenant, tenant.place AS first, action, second, number, rule
    FROM tenant CROSS JOIN jsonb_array_elements_text(actions) WITH ORDINALITY AS a(action, second)
    LEFT JOIN LATERAL (
      SELECT rule, number FROM jsonb_array_elements(body -> 'rules') WITH ORDINALITY AS r(rule, number)
      WHERE till_ledger.applies(rule, action, tenant.name, tenant.classes, t)) AS hit ON true
  ), ruling AS (
    SELECT DISTINCT ON (number) number, rule FROM pair WHERE number IS NOT NULL
  ), need AS (
    SELECT approval ->> 'group' AS name, max((approval ->> 'count')::bigint) AS count
    FROM ruling CROSS JOIN jsonb_array_elements(rule -> 'approvals') AS approval GROUP BY 1
  )
  SELECT jsonb_build_object(
    'forbidden', (SELECT coalesce(jsonb_agg(jsonb_build_object('tenant', tenant, 'action', action) ORDER BY first, second), '[]')
      FROM pair WHERE number IS NULL),
    'needs', (SELECT coalesce(jsonb_agg(jsonb_build_object('group', name, 'count', count) ORDER BY name COLLATE "C"), '[]') FROM need),
    'seconds', (SELECT min((rule ->> 'seconds')::bigint) FROM ruling),
    'rules', (SELECT coalesce(jsonb_agg(rule ->> 'name' ORDER BY rule ->> 'name' COLLATE "C"), '[]') FROM ruling))
$till$;
`;
