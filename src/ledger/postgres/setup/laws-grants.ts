/** Who may ask for, give, start and take back a grant (facts: access-audit.md §0.5, §0.6). */
export const lawsGrants = `
CREATE OR REPLACE FUNCTION till_ledger.law_request(e jsonb, t timestamptz, who jsonb, ruled jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; body jsonb := ruled -> 'body'; d jsonb; glass jsonb := ruled #> '{body,breakGlass}'; cap bigint; old jsonb;
BEGIN
  IF EXISTS (SELECT FROM till_ledger.grants WHERE key = e ->> 'grant') THEN
    PERFORM till_ledger.refuse('grant-known', format('grant %s has been asked for already', e ->> 'grant'), e ->> 'grant', NULL, 2);
  ELSIF p ->> 'subject' IS DISTINCT FROM who ->> 'name' THEN
    PERFORM till_ledger.refuse('for-another', format('%s asks for %s: a grant is asked for by whoever uses it', who ->> 'name', p ->> 'subject'), e ->> 'grant');
  ELSIF p ->> 'policy' IS DISTINCT FROM ruled ->> 'policy' THEN
    PERFORM till_ledger.refuse('policy-changed', 'the access policy has changed since', ruled ->> 'policy', 'ask again');
  ELSIF ((p ->> 'lapseSeconds')::bigint <= (body ->> 'lapseSeconds')::bigint) IS NOT TRUE THEN
    PERFORM till_ledger.refuse('lapse-too-late', format('a request lapses after %s s at the latest', body ->> 'lapseSeconds'), e ->> 'grant', NULL, 2);
  END IF;
  IF (p ->> 'form' = 'plan') IS DISTINCT FROM (p ->> 'plan' IS NOT NULL) OR p ->> 'form' = 'plan' AND p ->> 'uses' IS NULL THEN
    PERFORM till_ledger.refuse('plan-missing', 'a grant for one plan names its digest and how often; no other grant does', e ->> 'grant', NULL, 2);
  ELSIF p ->> 'form' = 'break-glass' AND p ->> 'from' IS NOT NULL THEN
    PERFORM till_ledger.refuse('break-glass-later', 'break-glass is for now; it cannot begin later', e ->> 'grant', NULL, 2);
  ELSIF (CASE who ->> 'kind' WHEN 'service' THEN p ->> 'form' NOT IN ('standing', 'plan') ELSE p ->> 'form' = 'standing' END) THEN
    PERFORM till_ledger.refuse('form-not-for-them', 'a standing grant is for a service, and a service has that or one for a plan', e ->> 'grant', NULL, 2);
  END IF;
  d := till_ledger.demand(body, p -> 'actions', p -> 'tenants', t);
  IF p ->> 'form' = 'break-glass' THEN
    IF glass IS NULL OR jsonb_typeof(glass) = 'null' OR who ->> 'kind' <> 'human'
      OR NOT EXISTS (SELECT FROM jsonb_array_elements_text(glass -> 'groups') AS team WHERE who -> 'groups' ? team) THEN
      PERFORM till_ledger.refuse('no-break-glass', format('the policy does not let %s break glass', who ->> 'name'), e ->> 'grant', 'till access request');
    END IF;
    cap := (glass ->> 'seconds')::bigint;
    d := d || '{"needs": [], "forbidden": []}';
  ELSE
    cap := (d ->> 'seconds')::bigint;
  END IF;
  IF jsonb_array_length(d -> 'forbidden') > 0 THEN
    PERFORM till_ledger.refuse('forbidden', format('no rule lets anybody %s on %s now', d #>> '{forbidden,0,action}', d #>> '{forbidden,0,tenant}'),
      e ->> 'grant', 'ask for less, at another time, or let the policy be changed');
  ELSIF ((p ->> 'seconds')::bigint <= cap) IS NOT TRUE THEN
    PERFORM till_ledger.refuse('too-long', format('at most %s s are given for this', cap), e ->> 'grant', 'ask for a shorter time');
  ELSIF p -> 'needs' IS DISTINCT FROM d -> 'needs' THEN
    PERFORM till_ledger.refuse('other-needs', format('this needs %s', d -> 'needs'), e ->> 'grant', 'ask again');
  END IF;
  IF p ->> 'extends' IS NOT NULL THEN
    SELECT doc INTO old FROM till_ledger.grants WHERE key = p ->> 'extends';
    IF old IS NULL OR old ->> 'subject' <> who ->> 'name' OR till_ledger.status_at(old, t) <> 'active'
      OR 'break-glass' IN (old ->> 'form', p ->> 'form') THEN
      PERFORM till_ledger.refuse('cannot-extend', format('grant %s cannot be extended', p ->> 'extends'), p ->> 'extends', 'ask for a new one');
    ELSIF NOT (old -> 'actions' @> (p -> 'actions') AND old -> 'tenants' @> (p -> 'tenants')) THEN
      PERFORM till_ledger.refuse('extends-more', format('it asks for more than grant %s', p ->> 'extends'), p ->> 'extends', 'ask for a new one');
    END IF;
  END IF;
END $till$;

-- In a group that only a later policy asks for, its people of today decide.
CREATE OR REPLACE FUNCTION till_ledger.was_elector(g jsonb, team text, name text) RETURNS boolean LANGUAGE sql STABLE AS $till$
  SELECT coalesce(bool_or(known -> 'people' ? name), true) FROM jsonb_array_elements(g -> 'electors') AS known WHERE known ->> 'group' = team
$till$;

-- What it takes now: what it took when it was asked for, and what the rules of this hour ask for besides.
CREATE OR REPLACE FUNCTION till_ledger.needs_now(g jsonb, body jsonb, t timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT coalesce(jsonb_agg(jsonb_build_object('group', team, 'count', count) ORDER BY team COLLATE "C"), '[]') FROM (
    SELECT need ->> 'group' AS team, max((need ->> 'count')::bigint) AS count
    FROM jsonb_array_elements((g -> 'needs') || (till_ledger.demand(body, g -> 'actions', g -> 'tenants', t) -> 'needs')) AS need
    WHERE g ->> 'form' <> 'break-glass' GROUP BY 1) AS needed
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_vote(e jsonb, t timestamptz, who jsonb, ruled jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; id text := e ->> 'grant'; team text := p ->> 'group'; me text := who ->> 'name'; status text := till_ledger.status_at(g, t);
BEGIN
  IF status NOT IN ('pending', 'approved') THEN
    PERFORM till_ledger.refuse('grant-' || status, format('grant %s is %s', id, status), id, 'till access show ' || id);
  ELSIF me IN (g ->> 'subject', g ->> 'requester') THEN
    PERFORM till_ledger.refuse('self-approval', format('%s asked for it or may use it: somebody else has to approve it', me), id, 'till access show ' || id);
  ELSIF p ->> 'digest' IS DISTINCT FROM g ->> 'digest' THEN
    PERFORM till_ledger.refuse('other-request', 'what was looked at is not what was asked for', id, 'till access show ' || id);
  ELSIF NOT who -> 'groups' ? team
    OR NOT EXISTS (SELECT FROM jsonb_array_elements(till_ledger.needs_now(g, ruled -> 'body', t)) AS need WHERE need ->> 'group' = team) THEN
    PERFORM till_ledger.refuse('not-an-approver', format('%s cannot approve it for %s', me, team), id, 'till access show ' || id);
  ELSIF NOT till_ledger.was_elector(g, team, me) THEN
    PERFORM till_ledger.refuse('joined-later', format('%s was not in %s when it was asked for', me, team), id,
      format('somebody who was approves it, or %s asks again', g ->> 'subject'));
  ELSIF EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me) THEN
    PERFORM till_ledger.refuse('voted-already', format('%s has approved it already: one person, one vote', me), id, 'somebody else approves it, too');
  END IF;
END $till$;

-- Votes that still count: their people are in the group now, and were when it was asked for.
CREATE OR REPLACE FUNCTION till_ledger.standing_votes(g jsonb, body jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT coalesce(jsonb_agg(vote), '[]') FROM jsonb_array_elements(g -> 'votes') AS vote
  WHERE till_ledger.person_named(vote ->> 'person', body) -> 'groups' ? (vote ->> 'group')
    AND till_ledger.person_named(vote ->> 'person', body) ->> 'kind' = 'human'
    AND till_ledger.was_elector(g, vote ->> 'group', vote ->> 'person')
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_activate(e jsonb, t timestamptz, login text, who jsonb, ruled jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'grant'; me text := who ->> 'name'; lacking jsonb; d jsonb;
BEGIN
  IF till_ledger.status_at(g, t) <> 'approved' THEN
    PERFORM till_ledger.refuse('grant-' || till_ledger.status_at(g, t), format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
  ELSIF t < (g ->> 'from')::timestamptz THEN
    PERFORM till_ledger.refuse('too-early', format('grant %s begins at %s', id, g ->> 'from'), id, 'wait until then');
  ELSIF NOT till_ledger.is_agent(login) AND me IS DISTINCT FROM g ->> 'subject'
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me) THEN
    PERFORM till_ledger.refuse('not-yours', format('%s activates it, or whoever approved it', g ->> 'subject'), id);
  END IF;
  -- Whoever asked may have been locked since, or have left.
  PERFORM till_ledger.known(till_ledger.person_named(g ->> 'subject', ruled -> 'body'), g ->> 'subject');
  PERFORM till_ledger.not_locked(NULL, g ->> 'subject', t);
  IF g ->> 'form' = 'break-glass' THEN
    RETURN;
  END IF;
  -- By the rules of this hour: what was asked for by day may be started by night.
  d := till_ledger.demand(ruled -> 'body', g -> 'actions', g -> 'tenants', t);
  lacking := till_ledger.missing(till_ledger.needs_now(g, ruled -> 'body', t), till_ledger.standing_votes(g, ruled -> 'body'));
  IF jsonb_array_length(d -> 'forbidden') > 0 THEN
    PERFORM till_ledger.refuse('forbidden', format('no rule of the access policy permits %s on %s now', d #>> '{forbidden,0,action}',
      d #>> '{forbidden,0,tenant}'), id, '\`till access policy show\` prints the rules');
  ELSIF (g ->> 'seconds')::bigint > (d ->> 'seconds')::bigint THEN
    PERFORM till_ledger.refuse('too-long', format('the rules of this hour permit %s s, and it is for %s s', d ->> 'seconds', g ->> 'seconds'), id, 'ask again');
  ELSIF lacking <> '[]' THEN
    PERFORM till_ledger.refuse('votes-missing', 'it waits for ' || (
      SELECT string_agg(format('%s of %s', need ->> 'count', need ->> 'group'), ' and ') FROM jsonb_array_elements(lacking) AS need), id,
      'they type till access approve ' || id);
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_review(e jsonb, who jsonb, ruled jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'grant'; team text := ruled #>> '{body,breakGlass,reviewers}';
BEGIN
  IF g ->> 'form' <> 'break-glass' OR g ->> 'activatedAt' IS NULL OR jsonb_typeof(g -> 'review') <> 'null' THEN
    PERFORM till_ledger.refuse('nothing-to-review', format('grant %s awaits no review', id), id);
  ELSIF who ->> 'name' IN (g ->> 'subject', g ->> 'requester') THEN
    PERFORM till_ledger.refuse('self-review', format('%s broke the glass, and so cannot review it', who ->> 'name'), id, 'somebody else reviews it');
  ELSIF team IS NOT NULL AND NOT who -> 'groups' ? team THEN
    PERFORM till_ledger.refuse('not-a-reviewer', format('%s is not in %s, who review', who ->> 'name', team), id, format('ask somebody of %s', team));
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_grant(e jsonb, t timestamptz, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  phase text := e ->> 'phase'; id text := e ->> 'grant'; ruled jsonb := till_ledger.policy_in_force(); who jsonb; g jsonb;
  is_agent boolean := till_ledger.is_agent(login); me text;
BEGIN
  IF ruled IS NULL THEN
    PERFORM till_ledger.refuse('no-policy', 'no access policy is in force: there is nothing to grant', id, 'till access policy propose');
  END IF;
  who := till_ledger.person_of(login, ruled -> 'body');
  me := who ->> 'name';
  IF NOT is_agent THEN
    PERFORM till_ledger.known(who, login);
  END IF;
  SELECT doc INTO g FROM till_ledger.grants WHERE key = id;
  IF g IS NULL AND phase <> 'request' THEN
    PERFORM till_ledger.refuse('unknown-grant', format('there is no grant %s', id), id, '\`till access list\`', 2);
  END IF;
  IF phase IN ('request', 'approve', 'deny', 'activate', 'issue', 'review') THEN
    PERFORM till_ledger.not_locked(who, login, t);
  END IF;
  IF phase IN ('request', 'activate') THEN
    PERFORM till_ledger.no_open_epoch();
  END IF;
  IF phase IN ('approve', 'deny', 'review') THEN
    PERFORM till_ledger.known_human(who, login);
  END IF;
  CASE phase
    WHEN 'request' THEN
      PERFORM till_ledger.known(who, login);
      PERFORM till_ledger.law_request(e, t, who, ruled);
    WHEN 'approve' THEN PERFORM till_ledger.law_vote(e, t, who, ruled, g);
    WHEN 'activate' THEN PERFORM till_ledger.law_activate(e, t, login, who, ruled, g);
    WHEN 'review' THEN PERFORM till_ledger.law_review(e, who, ruled, g);
    WHEN 'retire', 'notify' THEN NULL;
    WHEN 'revoke' THEN
      -- What was written down while this server was away has happened, whatever the grant has become since.
      IF jsonb_typeof(e -> 'spooled') = 'null' AND till_ledger.status_at(g, t) NOT IN ('pending', 'approved', 'active') THEN
        PERFORM till_ledger.refuse('grant-' || till_ledger.status_at(g, t), format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
      END IF;
    WHEN 'deny' THEN
      IF till_ledger.status_at(g, t) NOT IN ('pending', 'approved') THEN
        PERFORM till_ledger.refuse('grant-' || till_ledger.status_at(g, t), format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access revoke ' || id);
      ELSIF me IN (g ->> 'subject', g ->> 'requester') THEN
        PERFORM till_ledger.refuse('not-yours', 'it is yours', id, 'till access withdraw ' || id);
      ELSIF NOT EXISTS (SELECT FROM jsonb_array_elements(till_ledger.needs_now(g, ruled -> 'body', t)) AS need WHERE who -> 'groups' ? (need ->> 'group'))
        AND NOT who -> 'groups' ? (ruled #>> '{body,approvers,group}') THEN
        PERFORM till_ledger.refuse('not-an-approver', format('%s is not among those who decide on grant %s', me, id), id, 'till access show ' || id);
      END IF;
    WHEN 'lapse', 'expire' THEN
      IF till_ledger.status_at(g, t) <> (CASE phase WHEN 'lapse' THEN 'lapsed' ELSE 'expired' END)
        OR g ->> 'status' = till_ledger.status_at(g, t) THEN
        PERFORM till_ledger.refuse('grant-' || till_ledger.status_at(g, t), format('grant %s is %s', id, till_ledger.status_at(g, t)), id);
      END IF;
    ELSE
      -- withdraw, end, fail, issue: by the one who has it, by those who mint for it.
      IF NOT is_agent AND me NOT IN (g ->> 'subject', coalesce(g ->> 'requester', ''))
        AND NOT (phase IN ('issue', 'fail') AND EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me)) THEN
        PERFORM till_ledger.refuse('not-yours', format('grant %s is of %s', id, g ->> 'subject'), id, 'till access revoke ' || id);
      ELSIF till_ledger.status_at(g, t) <> ALL (CASE phase WHEN 'withdraw' THEN ARRAY['pending', 'approved'] WHEN 'end' THEN ARRAY['active']
        ELSE ARRAY[till_ledger.status_at(g, t)] END) AND jsonb_typeof(e -> 'spooled') = 'null' THEN
        PERFORM till_ledger.refuse('grant-' || till_ledger.status_at(g, t), format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
      ELSIF phase = 'issue' AND g ->> 'activatedAt' IS NULL AND till_ledger.status_at(g, t) <> 'approved' THEN
        -- What was made while it was active has been made, whatever it has become meanwhile: it is recorded, and taken away.
        PERFORM till_ledger.refuse('not-active', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
      END IF;
  END CASE;
END $till$;
`;
