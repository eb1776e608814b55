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
    PERFORM till_ledger.refuse('lapses-late', format('a request lapses after %s s at the latest', body ->> 'lapseSeconds'), e ->> 'grant', NULL, 2);
  END IF;
  d := till_ledger.demand(body, p -> 'actions', p -> 'tenants', t);
  IF p ->> 'form' = 'break-glass' THEN
    IF glass IS NULL OR jsonb_typeof(glass) = 'null' OR who ->> 'kind' <> 'human'
      OR NOT EXISTS (SELECT FROM jsonb_array_elements_text(glass -> 'groups') AS team WHERE who -> 'groups' ? team) THEN
      PERFORM till_ledger.refuse('break-glass', format('the policy does not let %s break glass', who ->> 'name'), e ->> 'grant', 'till access request');
    END IF;
    cap := (glass ->> 'seconds')::bigint;
    d := d || '{"needs": [], "forbidden": []}';
  ELSE
    cap := (d ->> 'seconds')::bigint;
  END IF;
  IF jsonb_array_length(d -> 'forbidden') > 0 THEN
    PERFORM till_ledger.refuse('no-rule', format('no rule lets anybody %s on %s now', d #>> '{forbidden,0,action}', d #>> '{forbidden,0,tenant}'),
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
      PERFORM till_ledger.refuse('not-extended', format('grant %s cannot be extended', p ->> 'extends'), p ->> 'extends', 'ask for a new one');
    ELSIF NOT (old -> 'actions' @> (p -> 'actions') AND old -> 'tenants' @> (p -> 'tenants')) THEN
      PERFORM till_ledger.refuse('extends-more', format('it asks for more than grant %s', p ->> 'extends'), p ->> 'extends', 'ask for a new one');
    END IF;
  END IF;
END $till$;

-- The people of the policy that it was asked under.
CREATE OR REPLACE FUNCTION till_ledger.body_of(g jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT doc -> 'body' FROM till_ledger.policies WHERE key = g ->> 'policy'
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_vote(e jsonb, t timestamptz, who jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; id text := e ->> 'grant'; team text := p ->> 'group'; me text := who ->> 'name';
BEGIN
  IF till_ledger.status_at(g, t) <> 'pending' THEN
    PERFORM till_ledger.refuse('not-pending', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
  ELSIF me IN (g ->> 'subject', g ->> 'requester') THEN
    PERFORM till_ledger.refuse('self-approval', format('%s asked for it, and so cannot approve it', me), id, 'somebody else approves it');
  ELSIF EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me) THEN
    PERFORM till_ledger.refuse('voted', format('%s has approved it already', me), id, 'somebody else approves it, too');
  ELSIF NOT EXISTS (SELECT FROM jsonb_array_elements(g -> 'needs') AS need WHERE need ->> 'group' = team) THEN
    PERFORM till_ledger.refuse('group-not-asked', format('it needs nobody of %s', team), id, 'till access show ' || id);
  ELSIF NOT who -> 'groups' ? team OR (till_ledger.person_named(me, till_ledger.body_of(g)) -> 'groups' ? team) IS NOT TRUE THEN
    PERFORM till_ledger.refuse('not-in-group', format('%s is not in %s, by the policy now and by the one it was asked under', me, team), id,
      format('ask somebody of %s', team));
  ELSIF p ->> 'digest' IS DISTINCT FROM g ->> 'digest' THEN
    PERFORM till_ledger.refuse('wrong-digest', 'what was approved is not what was asked for', id, 'look at it again');
  END IF;
END $till$;

-- Votes that still count: in the group by the policy of the request and by the one in force.
CREATE OR REPLACE FUNCTION till_ledger.standing_votes(g jsonb, body jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $till$
  SELECT coalesce(jsonb_agg(vote), '[]') FROM jsonb_array_elements(g -> 'votes') AS vote
  WHERE till_ledger.person_named(vote ->> 'person', body) -> 'groups' ? (vote ->> 'group')
    AND till_ledger.person_named(vote ->> 'person', till_ledger.body_of(g)) -> 'groups' ? (vote ->> 'group')
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_activate(e jsonb, t timestamptz, login text, who jsonb, ruled jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'grant'; me text := who ->> 'name'; lacking jsonb; d jsonb;
BEGIN
  IF till_ledger.status_at(g, t) <> 'approved' THEN
    PERFORM till_ledger.refuse('not-approved', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
  ELSIF t < (g ->> 'from')::timestamptz THEN
    PERFORM till_ledger.refuse('too-early', format('grant %s begins at %s', id, g ->> 'from'), id, 'wait until then');
  ELSIF NOT till_ledger.is_agent(login) AND me IS DISTINCT FROM g ->> 'subject'
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me) THEN
    PERFORM till_ledger.refuse('grant-of-another', format('grant %s is for %s', id, g ->> 'subject'), id, g ->> 'subject' || ' activates it');
  END IF;
  -- Whoever asked may have been locked since, or have left.
  PERFORM till_ledger.known(till_ledger.person_named(g ->> 'subject', ruled -> 'body'), g ->> 'subject');
  PERFORM till_ledger.not_locked(NULL, g ->> 'subject', t);
  IF g ->> 'form' = 'break-glass' THEN
    RETURN;
  END IF;
  lacking := till_ledger.missing(g -> 'needs', till_ledger.standing_votes(g, ruled -> 'body'));
  IF lacking <> '[]' THEN
    PERFORM till_ledger.refuse('votes-gone', format('approvals of grant %s count no more: it lacks %s', id, lacking), id, 'ask again');
  END IF;
  IF g ->> 'policy' IS DISTINCT FROM ruled ->> 'policy' THEN
    d := till_ledger.demand(ruled -> 'body', g -> 'actions', g -> 'tenants', t);
    lacking := till_ledger.missing(d -> 'needs', till_ledger.standing_votes(g, ruled -> 'body'));
    IF jsonb_array_length(d -> 'forbidden') > 0 OR lacking <> '[]' OR (g ->> 'seconds')::bigint > (d ->> 'seconds')::bigint THEN
      PERFORM till_ledger.refuse('policy-changed', format('the access policy asks for more than grant %s has', id), id, 'ask again');
    END IF;
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_review(e jsonb, who jsonb, ruled jsonb, g jsonb) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'grant'; team text := ruled #>> '{body,breakGlass,reviewers}';
BEGIN
  IF g ->> 'form' <> 'break-glass' OR g ->> 'activatedAt' IS NULL THEN
    PERFORM till_ledger.refuse('nothing-to-review', format('grant %s awaits no review', id), id, NULL, 2);
  ELSIF who ->> 'name' IN (g ->> 'subject', g ->> 'requester') THEN
    PERFORM till_ledger.refuse('self-review', format('%s broke the glass, and so cannot review it', who ->> 'name'), id, 'somebody else reviews it');
  ELSIF team IS NOT NULL AND NOT who -> 'groups' ? team THEN
    PERFORM till_ledger.refuse('not-in-group', format('%s is not in %s, who review', who ->> 'name', team), id, format('ask somebody of %s', team));
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
    WHEN 'approve' THEN PERFORM till_ledger.law_vote(e, t, who, g);
    WHEN 'activate' THEN PERFORM till_ledger.law_activate(e, t, login, who, ruled, g);
    WHEN 'review' THEN PERFORM till_ledger.law_review(e, who, ruled, g);
    WHEN 'revoke', 'retire' THEN NULL;
    WHEN 'deny' THEN
      IF till_ledger.status_at(g, t) NOT IN ('pending', 'approved') THEN
        PERFORM till_ledger.refuse('not-pending', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access revoke ' || id);
      ELSIF NOT EXISTS (SELECT FROM jsonb_array_elements(g -> 'needs') AS need WHERE who -> 'groups' ? (need ->> 'group'))
        AND NOT who -> 'groups' ? (ruled #>> '{body,approvers,group}') THEN
        PERFORM till_ledger.refuse('not-in-group', format('%s is not among those who decide on grant %s', me, id), id, 'till access show ' || id);
      END IF;
    WHEN 'lapse', 'expire' THEN
      IF till_ledger.status_at(g, t) <> (CASE phase WHEN 'lapse' THEN 'lapsed' ELSE 'expired' END) THEN
        PERFORM till_ledger.refuse('not-over', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, NULL, 2);
      END IF;
    ELSE
      -- withdraw, end, fail, issue: by the one who has it, by those who mint for it.
      IF NOT is_agent AND me NOT IN (g ->> 'subject', coalesce(g ->> 'requester', ''))
        AND NOT (phase IN ('issue', 'fail') AND EXISTS (SELECT FROM jsonb_array_elements(g -> 'votes') AS vote WHERE vote ->> 'person' = me)) THEN
        PERFORM till_ledger.refuse('grant-of-another', format('grant %s is for %s', id, g ->> 'subject'), id, 'till access revoke ' || id);
      ELSIF phase = 'issue' AND g ->> 'activatedAt' IS NULL AND till_ledger.status_at(g, t) <> 'approved' THEN
        -- What was made while it was active has been made, whatever it has become meanwhile: it is recorded, and taken away.
        PERFORM till_ledger.refuse('not-active', format('grant %s is %s', id, till_ledger.status_at(g, t)), id, 'till access show ' || id);
      END IF;
  END CASE;
END $till$;
`;
