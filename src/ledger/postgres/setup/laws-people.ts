/** Who may act at all, and what stands in everybody's way. */
export const lawsPeople = `
CREATE OR REPLACE FUNCTION till_ledger.is_agent(login text) RETURNS boolean LANGUAGE plpgsql STABLE AS $till$
BEGIN
  RETURN (
    SELECT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
      WHERE r.rolname = 'till_ledger_agent' AND u.rolname = login)
  );
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.known(who jsonb, login text) RETURNS void LANGUAGE plpgsql AS $till$
BEGIN
  IF who IS NULL THEN
    PERFORM till_ledger.refuse('unknown-person', format('the access policy names nobody with the login %s', login), login,
      'let somebody who may change the policy add this login to a person');
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.known_human(who jsonb, login text) RETURNS void LANGUAGE plpgsql AS $till$
BEGIN
  PERFORM till_ledger.known(who, login);
  IF who ->> 'kind' <> 'human' THEN
    PERFORM till_ledger.refuse('not-a-human', format('%s is a service: it may ask, and decide nothing', who ->> 'name'), who ->> 'name',
      'let a person decide');
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.not_locked(who jsonb, login text, t timestamptz) RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  l jsonb;
BEGIN
  SELECT doc INTO l FROM till_ledger.locks
  WHERE doc ->> 'person' IN (who ->> 'name', login) AND (doc ->> 'until' IS NULL OR t < (doc ->> 'until')::timestamptz)
  ORDER BY pos LIMIT 1;
  IF l IS NOT NULL THEN
    PERFORM till_ledger.refuse('locked', format('%s is locked: %s', l ->> 'person', coalesce(l ->> 'reason', 'no reason given')),
      l ->> 'lock', 'somebody else takes the lock off: \`till access unlock\`');
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.no_open_epoch() RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  x jsonb;
BEGIN
  SELECT doc INTO x FROM till_ledger.epochs WHERE jsonb_array_length(doc -> 'acknowledgedBy') < 2 ORDER BY pos LIMIT 1;
  IF x IS NOT NULL THEN
    PERFORM till_ledger.refuse('epoch-open', format('the ledger was set back: entries %s to %s are lost; nothing is elevated until two people have acknowledged it',
      x #>> '{lost,from}', x #>> '{lost,to}'), x ->> 'epoch', 'two people type till ledger epoch acknowledge ' || (x ->> 'epoch') || ' --reason "what happened"');
  END IF;
END $till$;

-- What an operation needs where a policy is in force: a live grant of the caller's person that covers it.
CREATE OR REPLACE FUNCTION till_ledger.law_elevated(e jsonb, t timestamptz, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  ruled jsonb := till_ledger.policy_in_force(); who jsonb; g jsonb; action text := e ->> 'action';
  wanted jsonb := coalesce(e #> '{target,tenants}', '[]');
  ask CONSTANT text := format('till access request --actions %s%s --for 30m --reason "why"', e ->> 'action',
    coalesce((SELECT ' --tenants ' || string_agg(x, ',') FROM jsonb_array_elements_text(wanted) AS x), ''));
BEGIN
  who := till_ledger.person_of(login, ruled -> 'body');
  IF action = 'freeze' OR action LIKE 'access-%' THEN
    -- A freeze only holds back, and the duties of those who keep grants use none themselves: never in anybody's way.
    RETURN;
  END IF;
  PERFORM till_ledger.not_locked(who, login, t);
  IF ruled IS NULL OR till_ledger.any_glob(ruled #> '{body,free}', action) THEN
    RETURN;
  END IF;
  PERFORM till_ledger.no_open_epoch();
  PERFORM till_ledger.known(who, login);
  SELECT doc INTO g FROM till_ledger.grants WHERE key = e ->> 'grant';
  IF g IS NULL THEN
    PERFORM till_ledger.refuse('no-grant', format('%s needs a grant, and the operation names none', action), NULL, ask);
  ELSIF g ->> 'subject' <> who ->> 'name' THEN
    PERFORM till_ledger.refuse('no-grant', format('grant %s is for %s', g ->> 'grant', g ->> 'subject'), g ->> 'grant', ask);
  ELSIF till_ledger.status_at(g, t) <> 'active' THEN
    PERFORM till_ledger.refuse('no-grant', format('grant %s is %s', g ->> 'grant', till_ledger.status_at(g, t)), g ->> 'grant', ask);
  ELSIF NOT g -> 'actions' ? action OR NOT g -> 'tenants' @> wanted THEN
    PERFORM till_ledger.refuse('no-grant', format('grant %s does not cover this', g ->> 'grant'), g ->> 'grant', ask);
  ELSIF g ->> 'plan' IS NOT NULL AND g ->> 'plan' IS DISTINCT FROM e #>> '{plan,digest}' THEN
    PERFORM till_ledger.refuse('no-grant', format('grant %s is for another plan', g ->> 'grant'), g ->> 'grant', ask);
  ELSIF (g ->> 'used')::bigint >= (g ->> 'uses')::bigint THEN
    PERFORM till_ledger.refuse('no-grant', format('grant %s has been used', g ->> 'grant'), g ->> 'grant', ask);
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_lock(e jsonb, login text) RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  ruled jsonb := till_ledger.policy_in_force(); who jsonb; l jsonb;
BEGIN
  who := till_ledger.person_of(login, ruled -> 'body');
  IF ruled IS NOT NULL THEN
    PERFORM till_ledger.known(who, login);
  END IF;
  IF e ->> 'phase' = 'begin' THEN
    IF ruled IS NOT NULL AND till_ledger.person_named(e #>> '{params,person}', ruled -> 'body') IS NULL THEN
      PERFORM till_ledger.refuse('unknown-person', format('the access policy names no %s', e #>> '{params,person}'), e #>> '{params,person}', NULL, 2);
    END IF;
    RETURN;
  END IF;
  SELECT doc INTO l FROM till_ledger.locks WHERE key = e #>> '{params,lock}';
  IF l IS NULL THEN
    PERFORM till_ledger.refuse('unknown-lock', format('there is no lock %s', e #>> '{params,lock}'), e #>> '{params,lock}', '\`till access list\`', 2);
  END IF;
  IF ruled IS NOT NULL THEN
    PERFORM till_ledger.known_human(who, login);
    PERFORM till_ledger.not_locked(who, login, clock_timestamp());
  END IF;
  IF l ->> 'person' IN (who ->> 'name', login) THEN
    PERFORM till_ledger.refuse('own-lock', 'nobody takes off their own lock', l ->> 'lock', 'let somebody else do it');
  END IF;
END $till$;

-- Why a policy cannot be kept at all: nobody could tell who is meant, or it could never be changed again.
CREATE OR REPLACE FUNCTION till_ledger.unsoundness(body jsonb) RETURNS text LANGUAGE sql STABLE AS $till$
  WITH person AS (
    SELECT p, p ->> 'name' AS name FROM jsonb_array_elements(body -> 'people') AS x(p)
  ), account AS (
    SELECT system, account FROM person, unnest(ARRAY['os', 'postgres', 'kubernetes']) AS s(system),
      jsonb_array_elements_text(p -> system) AS a(account)
  ), may AS (
    SELECT count(*) AS number FROM person WHERE p ->> 'kind' = 'human' AND p -> 'groups' ? (body #>> '{approvers,group}')
  )
  SELECT coalesce(
    (SELECT format('two people are called %s', name) FROM person GROUP BY name HAVING count(*) > 1 LIMIT 1),
    (SELECT format('%s is an account of two people (%s)', account, system) FROM account GROUP BY system, account HAVING count(*) > 1 LIMIT 1),
    (SELECT format('%s of %s have to agree to any change, and %s are in it', body #>> '{approvers,count}', body #>> '{approvers,group}', number)
      FROM may WHERE number < (body #>> '{approvers,count}')::integer))
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_policy(e jsonb, t timestamptz, login text) RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; id text := p ->> 'policy'; proposal jsonb; ruling jsonb := till_ledger.policy_in_force() -> 'body'; who jsonb; team text; wrong text;
BEGIN
  SELECT doc INTO proposal FROM till_ledger.proposals WHERE key = id;
  ruling := coalesce(ruling, proposal -> 'body', p -> 'body');
  IF proposal IS NULL AND e ->> 'phase' <> 'propose' THEN
    PERFORM till_ledger.refuse('unknown-policy', format('there is no proposal %s', id), id, '\`till access policy\` lists them', 2);
  END IF;
  who := till_ledger.person_of(login, ruling);
  PERFORM till_ledger.known_human(who, login);
  PERFORM till_ledger.not_locked(who, login, t);
  team := ruling #>> '{approvers,group}';
  CASE e ->> 'phase'
    WHEN 'propose' THEN
      IF proposal IS NOT NULL OR EXISTS (SELECT FROM till_ledger.policies WHERE key = id) THEN
        PERFORM till_ledger.refuse('policy-known', format('proposal %s has been made already', id), id, NULL, 2);
      ELSIF till_ledger.digest(p -> 'body') IS DISTINCT FROM p ->> 'digest' THEN
        PERFORM till_ledger.refuse('other-policy', 'the digest is not that of the policy', id, NULL, 2);
      ELSIF (p #>> '{body,approvers,count}')::integer < 2 THEN
        PERFORM till_ledger.refuse('policy-unsound', 'a policy takes two people to change, or more', id, NULL, 2);
      END IF;
      wrong := till_ledger.unsoundness(p -> 'body');
      IF wrong IS NOT NULL THEN
        PERFORM till_ledger.refuse('policy-unsound', 'this policy cannot be kept: ' || wrong, id, NULL, 2);
      END IF;
      -- Every rule is judged once: what the server does not understand never comes in force.
      PERFORM till_ledger.demand(p -> 'body', '["*"]', '["*"]', t);
      PERFORM t AT TIME ZONE (rule #>> '{times,timezone}') FROM jsonb_array_elements(p #> '{body,rules}') AS rule;
    WHEN 'approve' THEN
      IF NOT who -> 'groups' ? team THEN
        PERFORM till_ledger.refuse('not-an-approver', format('%s is not in %s, who change the policy', who ->> 'name', team), id, format('ask somebody of %s', team));
      ELSIF proposal -> 'approvedBy' ? (who ->> 'name') THEN
        PERFORM till_ledger.refuse('voted-already', format('%s has approved it already', who ->> 'name'), id, 'somebody else approves it, too');
      ELSIF p ->> 'digest' IS DISTINCT FROM proposal ->> 'digest' THEN
        PERFORM till_ledger.refuse('other-policy', 'what was approved is not what was proposed', id, 'look at it again');
      END IF;
    ELSE
      IF proposal ->> 'proposedBy' IS DISTINCT FROM who ->> 'name' AND NOT who -> 'groups' ? team THEN
        PERFORM till_ledger.refuse('not-yours', format('%s neither proposed it nor is in %s', who ->> 'name', team), id);
      END IF;
  END CASE;
END $till$;
`;
