/** As access/fold.ts: grants, locks and the policy. */
export const foldAccess = `
CREATE OR REPLACE FUNCTION till_ledger.forget_old_grants(t timestamptz) RETURNS void LANGUAGE sql AS $till$
  DELETE FROM till_ledger.grants WHERE
    till_ledger.status_at(doc, t) NOT IN ('pending', 'approved', 'active')
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(doc -> 'credentials') AS c WHERE c ->> 'retiredAt' IS NULL)
    AND NOT (doc ->> 'form' = 'break-glass' AND doc ->> 'activatedAt' IS NOT NULL AND jsonb_typeof(doc -> 'review') = 'null')
    AND coalesce(doc ->> 'endedAt', doc ->> 'expiresAt', doc ->> 'lapsesAt', doc ->> 'requestedAt')::timestamptz < t - interval '30 days'
$till$;

-- The humans in each of these groups: services never decide.
CREATE OR REPLACE FUNCTION till_ledger.electors(needs jsonb, body jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT coalesce(jsonb_agg(jsonb_build_object('group', need -> 'group', 'people', (
    SELECT coalesce(jsonb_agg(person -> 'name' ORDER BY number), '[]')
    FROM jsonb_array_elements(body -> 'people') WITH ORDINALITY AS y(person, number)
    WHERE person ->> 'kind' = 'human' AND person -> 'groups' ? (need ->> 'group'))) ORDER BY place), '[]')
  FROM jsonb_array_elements(needs) WITH ORDINALITY AS x(need, place)
$till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_request(e jsonb, n bigint, t timestamptz, actor jsonb, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; ruling jsonb := till_ledger.policy_in_force() -> 'body';
  needs jsonb := '[]'; electors jsonb := '[]'; at text := till_ledger.utc(t); is_decided boolean;
BEGIN
  PERFORM till_ledger.forget_old_grants(t);
  IF p ->> 'form' <> 'break-glass' AND ruling IS NOT NULL THEN
    needs := till_ledger.demand(ruling, p -> 'actions', p -> 'tenants', t) -> 'needs';
    electors := till_ledger.electors(needs, ruling);
  END IF;
  is_decided := jsonb_array_length(needs) = 0;
  INSERT INTO till_ledger.grants VALUES (e ->> 'grant', n, jsonb_build_object(
    'grant', e -> 'grant', 'seq', n, 'requestedAt', at, 'requester', till_ledger.person_of(login, ruling) -> 'name',
    'actor', actor, 'reason', e -> 'reason', 'ticket', e -> 'ticket', 'incident', e -> 'incident',
    'form', p -> 'form', 'subject', p -> 'subject', 'actions', p -> 'actions', 'tenants', p -> 'tenants',
    'seconds', p -> 'seconds', 'from', p -> 'from', 'plan', p -> 'plan', 'uses', p -> 'uses', 'extends', p -> 'extends',
    'key', p -> 'key', 'skipped', p -> 'skipped') || jsonb_build_object(
    'used', 0, 'digest', till_ledger.digest(p), 'policy', p -> 'policy', 'needs', needs,
    'electors', electors, 'votes', '[]'::jsonb,
    'status', CASE WHEN is_decided THEN 'approved' ELSE 'pending' END, 'decidedAt', CASE WHEN is_decided THEN at END,
    'activatedAt', NULL, 'expiresAt', NULL, 'endedAt', NULL, 'credentials', '[]'::jsonb, 'review', NULL,
    'lapsesAt', till_ledger.later(t, (p ->> 'lapseSeconds')::numeric)))
  ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_vote(e jsonb, n bigint, t timestamptz, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; who jsonb; g jsonb; votes jsonb; is_decided boolean;
BEGIN
  who := till_ledger.person_of(login, till_ledger.policy_in_force() -> 'body');
  SELECT doc INTO g FROM till_ledger.grants WHERE key = e ->> 'grant';
  IF who IS NULL OR g IS NULL THEN
    RETURN;
  END IF;
  votes := g -> 'votes' || jsonb_build_array(jsonb_build_object('person', who -> 'name', 'group', p -> 'group',
    'at', till_ledger.utc(t), 'seq', n, 'comment', p -> 'comment'));
  is_decided := g ->> 'status' = 'pending' AND till_ledger.missing(g -> 'needs', votes) = '[]';
  UPDATE till_ledger.grants SET doc = doc || jsonb_build_object('votes', votes)
    || CASE WHEN is_decided THEN jsonb_build_object('status', 'approved', 'decidedAt', till_ledger.utc(t)) ELSE '{}' END
  WHERE key = e ->> 'grant';
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_grant(e jsonb, n bigint, t timestamptz, actor jsonb, login text) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'grant'; p jsonb := e -> 'params'; at text := till_ledger.utc(t); phase text := e ->> 'phase'; status text;
  began timestamptz;
BEGIN
  CASE phase
    WHEN 'request' THEN
      PERFORM till_ledger.fold_request(e, n, t, actor, login);
    WHEN 'approve' THEN
      PERFORM till_ledger.fold_vote(e, n, t, login);
    WHEN 'activate' THEN
      -- What was written down while this server was away began then; never later than when it came here.
      began := least(t, coalesce((e #>> '{spooled,at}')::timestamptz, t));
      UPDATE till_ledger.grants SET doc = doc || jsonb_build_object('status', 'active', 'activatedAt', till_ledger.utc(began),
        'expiresAt', till_ledger.later(began, (doc ->> 'seconds')::numeric)) WHERE key = id;
    WHEN 'notify' THEN
      NULL;
    WHEN 'issue' THEN
      UPDATE till_ledger.grants SET doc = jsonb_set(doc, '{credentials}', doc -> 'credentials' || (
        SELECT coalesce(jsonb_agg(c || '{"retiredAt": null}' ORDER BY place), '[]')
        FROM jsonb_array_elements(p -> 'credentials') WITH ORDINALITY AS x(c, place))) WHERE key = id;
    WHEN 'retire' THEN
      UPDATE till_ledger.grants SET doc = jsonb_set(doc, '{credentials}', (
        SELECT coalesce(jsonb_agg(CASE WHEN p -> 'credentials' ? (c ->> 'id') THEN c || jsonb_build_object('retiredAt', at) ELSE c END
          ORDER BY place), '[]')
        FROM jsonb_array_elements(doc -> 'credentials') WITH ORDINALITY AS x(c, place))) WHERE key = id;
    WHEN 'review' THEN
      UPDATE till_ledger.grants SET doc = doc || jsonb_build_object('review', jsonb_build_object(
        'person', till_ledger.person_of(login, till_ledger.policy_in_force() -> 'body') -> 'name',
        'verdict', p -> 'verdict', 'note', p -> 'note', 'at', at)) WHERE key = id;
    ELSE
      status := CASE phase WHEN 'deny' THEN 'denied' WHEN 'withdraw' THEN 'withdrawn' WHEN 'lapse' THEN 'lapsed'
        WHEN 'fail' THEN 'failed' WHEN 'end' THEN 'ended' WHEN 'expire' THEN 'expired' WHEN 'revoke' THEN 'revoked' END;
      UPDATE till_ledger.grants SET doc = doc || jsonb_build_object('status', status, 'endedAt', coalesce(doc ->> 'endedAt', at))
        || CASE WHEN phase IN ('deny', 'withdraw', 'lapse') THEN jsonb_build_object('decidedAt', at) ELSE '{}' END
      WHERE key = id;
  END CASE;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_lock(e jsonb, n bigint, t timestamptz, actor jsonb) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params';
BEGIN
  IF e ->> 'phase' = 'end' THEN
    DELETE FROM till_ledger.locks WHERE key = p ->> 'lock';
  ELSE
    INSERT INTO till_ledger.locks VALUES (p ->> 'lock', n, jsonb_build_object('lock', p -> 'lock', 'seq', n,
      'at', till_ledger.utc(t), 'person', p -> 'person', 'reason', e -> 'reason', 'until', p -> 'until', 'actor', actor))
    ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
  END IF;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_policy(e jsonb, n bigint, t timestamptz, login text) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; id text := p ->> 'policy'; ruling jsonb := till_ledger.policy_in_force() -> 'body';
  proposal jsonb; who jsonb; approved jsonb;
BEGIN
  CASE e ->> 'phase'
    WHEN 'propose' THEN
      INSERT INTO till_ledger.proposals VALUES (id, n, jsonb_build_object('policy', id, 'seq', n, 'digest', p -> 'digest',
        'body', p -> 'body', 'proposedAt', till_ledger.utc(t),
        'proposedBy', till_ledger.person_of(login, coalesce(ruling, p -> 'body')) -> 'name', 'approvedBy', '[]'::jsonb))
      ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
    WHEN 'withdraw' THEN
      DELETE FROM till_ledger.proposals WHERE key = id;
    ELSE
      SELECT doc INTO proposal FROM till_ledger.proposals WHERE key = id;
      IF proposal IS NULL THEN
        RETURN true;
      END IF;
      ruling := coalesce(ruling, proposal -> 'body');
      who := till_ledger.person_of(login, ruling);
      approved := proposal -> 'approvedBy';
      IF who IS NOT NULL THEN
        approved := till_ledger.distinct_list(approved || jsonb_build_array(who -> 'name'));
      END IF;
      IF jsonb_array_length(approved) < (ruling #>> '{approvers,count}')::integer THEN
        UPDATE till_ledger.proposals SET doc = doc || jsonb_build_object('approvedBy', approved) WHERE key = id;
      ELSE
        INSERT INTO till_ledger.policies VALUES (id, n, jsonb_build_object('policy', id, 'seq', proposal -> 'seq',
          'since', till_ledger.utc(t), 'digest', proposal -> 'digest', 'body', proposal -> 'body'))
        ON CONFLICT (key) DO UPDATE SET doc = excluded.doc, pos = excluded.pos;
        -- Another proposal was made against a policy that is no more.
        DELETE FROM till_ledger.proposals;
      END IF;
  END CASE;
  RETURN true;
END $till$;
`;
