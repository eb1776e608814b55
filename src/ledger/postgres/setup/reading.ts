/** What people's programs read with: functions, so that a writer needs no table. An auditor's role may select, too. */
export const reading = `
CREATE OR REPLACE FUNCTION till_ledger.hello(
  OUT schema integer, OUT login text, OUT now text, OUT encoding text, OUT writes boolean, OUT agent boolean, OUT estate text, OUT server text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  SELECT (SELECT max(version) FROM till_ledger.schema_version), session_user::text, till_ledger.utc(clock_timestamp()),
    current_setting('server_encoding'), pg_has_role(session_user, 'till_ledger_writer', 'USAGE'),
    till_ledger.is_agent(session_user::text), (SELECT estate FROM till_ledger.head), till_ledger.server_id()
$till$;

CREATE OR REPLACE FUNCTION till_ledger.state_now() RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT jsonb_build_object(
    'home', (SELECT doc #> '{entry,params}' FROM till_ledger.entry WHERE doc #>> '{entry,phase}' = 'genesis' AND seq = 1),
    'policy', till_ledger.policy_in_force(),
    'operations', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.operations),
    'freezes', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.freezes),
    'incidents', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.incidents),
    'requests', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.requests),
    'grants', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.grants),
    'locks', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.locks),
    'proposals', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.proposals),
    'keys', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.keys),
    'epochs', (SELECT coalesce(jsonb_agg(doc ORDER BY pos), '[]') FROM till_ledger.epochs))
$till$;

CREATE OR REPLACE FUNCTION till_ledger.head_now(OUT seq bigint, OUT hash text, OUT pruned bigint, OUT behind bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  SELECT h.seq, h.hash, h.pruned, (SELECT count(*) FROM till_ledger.entry AS e WHERE e.behind_ms IS NOT NULL) FROM till_ledger.head AS h
$till$;

-- What is new since an entry: the entries where they are few, else the whole state. One statement, so one moment.
CREATE OR REPLACE FUNCTION till_ledger.news(
  since bigint, OUT seq bigint, OUT hash text, OUT version bigint, OUT estate text, OUT now text, OUT leases jsonb, OUT lines text[], OUT state jsonb
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  SELECT h.seq, h.hash, h.version, h.estate, till_ledger.utc(clock_timestamp()), till_ledger.lease_rows(),
    CASE WHEN since > 0 AND h.seq - since BETWEEN 0 AND 100
      THEN ARRAY(SELECT e.line FROM till_ledger.entry AS e WHERE e.seq > since ORDER BY e.seq) END,
    CASE WHEN since > 0 AND h.seq - since BETWEEN 0 AND 100 THEN NULL ELSE till_ledger.state_now() END
  FROM till_ledger.head AS h
$till$;

-- One page of entries that match, and the place after it. At most \`window\` entries are looked through at once, so that no
-- call takes long however few match.
CREATE OR REPLACE FUNCTION till_ledger.page(
  filter jsonb, place bigint, backwards boolean, most integer, OUT lines text[], OUT next bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
DECLARE
  width bigint := CASE WHEN filter ?| ARRAY['operation', 'incident', 'grant'] THEN 9000000000000000 ELSE 20000 END;
  head bigint := (SELECT seq FROM till_ledger.head); first bigint; last bigint; found_seqs bigint[]; wanted text := '';
BEGIN
  IF backwards THEN
    last := least(place, head, coalesce((filter ->> 'toSeq')::bigint, head));
    first := greatest(last - width + 1, coalesce((filter ->> 'fromSeq')::bigint, 1), 1);
  ELSE
    first := greatest(place, coalesce((filter ->> 'fromSeq')::bigint, 1), 1);
    last := least(first + width - 1, head, coalesce((filter ->> 'toSeq')::bigint, head));
  END IF;
  IF filter ->> 'operation' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,operation}' = $1 ->> 'operation'$q$; END IF;
  IF filter ->> 'incident' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,incident}' = $1 ->> 'incident'$q$; END IF;
  IF filter ->> 'grant' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,grant}' = $1 ->> 'grant'$q$; END IF;
  IF filter ->> 'bulk' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,bulk}' = $1 ->> 'bulk'$q$; END IF;
  IF filter ->> 'kind' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,kind}' = $1 ->> 'kind'$q$; END IF;
  IF filter ->> 'phase' IS NOT NULL THEN wanted := wanted || $q$ AND e.doc #>> '{entry,phase}' = $1 ->> 'phase'$q$; END IF;
  IF filter ->> 'action' IS NOT NULL THEN
    wanted := wanted || $q$ AND till_ledger.matches_glob($1 ->> 'action', e.doc #>> '{entry,action}')$q$;
  END IF;
  IF filter ->> 'actor' IS NOT NULL THEN
    wanted := wanted || $q$ AND (till_ledger.matches_glob($1 ->> 'actor', e.login)
      OR till_ledger.matches_glob($1 ->> 'actor', e.doc #>> '{entry,actor,claimed,person}'))$q$;
  END IF;
  IF filter ->> 'tenant' IS NOT NULL THEN
    wanted := wanted || $q$ AND EXISTS (
      SELECT FROM (
        SELECT jsonb_path_query(e.doc, 'lax $.entry.target.tenants[*]') UNION ALL
        SELECT jsonb_path_query(e.doc, 'lax $.entry.params.tenants[*]') UNION ALL
        SELECT jsonb_path_query(e.doc, 'lax $.entry.params.scope.tenants[*]')) AS x(tenant)
      WHERE till_ledger.matches_glob($1 ->> 'tenant', tenant #>> '{}'))$q$;
  END IF;
  IF filter ->> 'since' IS NOT NULL THEN
    wanted := wanted || $q$ AND e.at >= to_timestamp(($1 ->> 'since')::double precision / 1000)$q$;
  END IF;
  IF filter ->> 'until' IS NOT NULL THEN
    wanted := wanted || $q$ AND e.at < to_timestamp(($1 ->> 'until')::double precision / 1000)$q$;
  END IF;
  -- Put together for each call, so that each has the plan that suits it. Every value stays a parameter.
  EXECUTE format('SELECT array_agg(line ORDER BY seq %1$s), array_agg(seq ORDER BY seq %1$s) FROM (
    SELECT e.seq, e.line FROM till_ledger.entry AS e WHERE e.seq BETWEEN $2 AND $3 %2$s ORDER BY e.seq %1$s LIMIT $4) AS matching',
    CASE WHEN backwards THEN 'DESC' ELSE 'ASC' END, wanted)
  INTO lines, found_seqs USING filter, first, last, most;
  lines := coalesce(lines, '{}');
  IF backwards THEN
    next := CASE WHEN cardinality(lines) = most THEN found_seqs[most] - 1 ELSE first - 1 END;
    IF next < greatest(coalesce((filter ->> 'fromSeq')::bigint, 1), 1) THEN next := NULL; END IF;
  ELSE
    next := CASE WHEN cardinality(lines) = most THEN found_seqs[most] + 1 ELSE last + 1 END;
    IF next > least(head, coalesce((filter ->> 'toSeq')::bigint, head)) THEN next := NULL; END IF;
  END IF;
END $till$;
`;
