/**
 * What holds for every entry, whoever's program wrote it: the same as laws.ts, judged by the server in the transaction that
 * appends, so that a changed client gets around nothing.
 */
export const laws = `
CREATE OR REPLACE FUNCTION till_ledger.law_operation(e jsonb, t timestamptz, login text, who text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  op text := e ->> 'operation'; o jsonb; l till_ledger.leases; busy jsonb; mine boolean;
  watch CONSTANT text := format('\`till wait %s\` watches it; \`till operations\` lists those that are open', op);
BEGIN
  SELECT doc INTO o FROM till_ledger.operations WHERE key = op;
  SELECT * INTO l FROM till_ledger.leases WHERE operation = op;
  mine := l.login = login AND l.holder = who;
  CASE e ->> 'phase'
    WHEN 'refusal' THEN
      NULL;
    WHEN 'intent' THEN
      IF o IS NOT NULL OR EXISTS (SELECT FROM till_ledger.entry WHERE doc #>> '{entry,operation}' = op AND doc #>> '{entry,phase}' = 'intent') THEN
        PERFORM till_ledger.refuse('operation-open', format('operation %s has begun already', op), op, watch);
      END IF;
      IF NOT till_ledger.only_records(e ->> 'action') THEN
        SELECT doc INTO busy FROM till_ledger.operations
        WHERE NOT till_ledger.only_records(doc ->> 'action') AND EXISTS (
          SELECT FROM jsonb_array_elements_text(e #> '{target,tenants}') AS tenant WHERE doc #> '{target,tenants}' ? tenant)
        ORDER BY pos LIMIT 1;
        IF busy IS NOT NULL THEN
          PERFORM till_ledger.refuse('busy', format('%s is still running on a tenant of this operation', busy ->> 'action'),
            busy ->> 'operation', format('till wait %s', busy ->> 'operation'));
        END IF;
      END IF;
      PERFORM till_ledger.law_elevated(e, t, login);
    WHEN 'step' THEN
      IF o IS NULL THEN
        PERFORM till_ledger.refuse('operation-not-open', format('operation %s is not open: no step can be recorded', op), op, watch);
      ELSIF mine IS NOT TRUE AND (e ->> 'spooled' IS NULL OR o #>> '{actor,asserted,login}' <> login) THEN
        PERFORM till_ledger.refuse('lease-lost', format('another process has taken operation %s over', op), op, watch);
      END IF;
    WHEN 'outcome' THEN
      -- It is what happened, also after somebody else has reconciled the operation; but it is theirs who ran it to say.
      IF o IS NOT NULL AND login NOT IN (o #>> '{actor,asserted,login}', l.login) OR NOT EXISTS (
        SELECT FROM till_ledger.entry AS known WHERE doc #>> '{entry,operation}' = op
          AND doc #>> '{entry,phase}' IN ('intent', 'step') AND (known.login = law_operation.login OR l.login = law_operation.login)) THEN
        PERFORM till_ledger.refuse('operation-of-another', format('operation %s is not one that %s ran', op, login), op, watch);
      END IF;
    WHEN 'reconciled' THEN
      IF o IS NULL THEN
        PERFORM till_ledger.refuse('operation-not-open', format('operation %s is not open: there is nothing to reconcile', op), op, watch);
      ELSIF mine IS NOT TRUE AND (till_ledger.is_held(l, t) OR (l IS NULL AND t <= (o ->> 'openedAt')::timestamptz + interval '30 seconds')) THEN
        PERFORM till_ledger.refuse('operation-live', format('operation %s is not over', op), op, watch);
      END IF;
  END CASE;
END $till$;

-- They change till's own record alone.
CREATE OR REPLACE FUNCTION till_ledger.only_records(action text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $till$
  SELECT action IN ('freeze', 'thaw', 'incident')
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_freeze(e jsonb, t timestamptz, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params';
BEGIN
  IF e ->> 'phase' = 'begin' THEN
    IF ((p ->> 'from')::timestamptz < (p ->> 'until')::timestamptz) IS NOT TRUE THEN
      PERFORM till_ledger.refuse('freeze-without-span', format('a freeze from %s until %s has no span', p ->> 'from', p ->> 'until'),
        p ->> 'freeze', 'let it end after it begins', 2);
    END IF;
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM till_ledger.freezes WHERE key = p ->> 'freeze') THEN
    PERFORM till_ledger.refuse('unknown-freeze', format('there is no freeze %s to end', p ->> 'freeze'), p ->> 'freeze',
      '\`till freezes\` lists them', 2);
  END IF;
  -- It takes a restriction off, so it comes out of an operation that was let through.
  IF till_ledger.policy_in_force() IS NOT NULL AND NOT EXISTS (SELECT FROM till_ledger.operations
    WHERE key = e ->> 'operation' AND doc #>> '{actor,asserted,login}' = login) THEN
    PERFORM till_ledger.refuse('no-operation', 'a freeze ends by an operation of whoever ends it', p ->> 'freeze', 'till thaw');
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_incident(e jsonb) RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  known boolean := EXISTS (SELECT FROM till_ledger.incidents WHERE key = e ->> 'incident');
BEGIN
  IF e ->> 'phase' <> 'open' AND NOT known THEN
    PERFORM till_ledger.refuse('unknown-incident', format('incident %s is not open', e ->> 'incident'), e ->> 'incident',
      '\`till incidents\` lists those that are', 2);
  ELSIF e ->> 'phase' = 'open' AND (known OR e ->> 'incident' IS NULL) THEN
    PERFORM till_ledger.refuse('incident-open', format('incident %s is open already', e ->> 'incident'), e ->> 'incident', NULL, 2);
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law_ledger(e jsonb, t timestamptz, login text) RETURNS void
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; phase text := e ->> 'phase'; ruled jsonb := till_ledger.policy_in_force(); who jsonb;
BEGIN
  who := till_ledger.person_of(login, ruled -> 'body');
  IF phase = 'genesis' AND (SELECT seq FROM till_ledger.head) > 0 THEN
    PERFORM till_ledger.refuse('ledger-begun', 'this ledger has begun already');
  END IF;
  IF phase IN ('key', 'epoch-acknowledge', 'prune', 'prune-propose') AND ruled IS NOT NULL AND NOT till_ledger.is_agent(login) THEN
    PERFORM till_ledger.known_human(who, login);
    IF phase <> 'epoch-acknowledge' AND NOT who -> 'groups' ? (ruled #>> '{body,approvers,group}') THEN
      PERFORM till_ledger.refuse('not-in-group', format('%s is not in %s, who keep this ledger', who ->> 'name', ruled #>> '{body,approvers,group}'));
    END IF;
  END IF;
  IF phase = 'epoch-acknowledge' AND NOT EXISTS (SELECT FROM till_ledger.epochs WHERE key = p ->> 'epoch') THEN
    PERFORM till_ledger.refuse('unknown-epoch', format('there is no break %s to acknowledge', p ->> 'epoch'), p ->> 'epoch', NULL, 2);
  ELSIF phase = 'prune' AND NOT EXISTS (
    SELECT FROM till_ledger.entry AS proposal WHERE seq > (SELECT pruned FROM till_ledger.head)
      AND doc #>> '{entry,kind}' = 'ledger' AND doc #>> '{entry,phase}' = 'prune-propose'
      AND doc #> '{entry,params,upTo}' = p -> 'upTo' AND doc #> '{entry,params,hash}' = p -> 'hash'
      AND proposal.login <> law_ledger.login
      AND till_ledger.person_of(proposal.login, ruled -> 'body') ->> 'name' IS DISTINCT FROM coalesce(who ->> 'name', '')) THEN
    PERFORM till_ledger.refuse('second-person', 'pruning takes two people: somebody else proposes it first', NULL, 'till audit prune');
  ELSIF phase = 'prune' AND NOT EXISTS (SELECT FROM till_ledger.entry WHERE seq = (p ->> 'upTo')::bigint AND hash = p ->> 'hash') THEN
    PERFORM till_ledger.refuse('unknown-entry', format('entry %s is not the one that was named', p ->> 'upTo'));
  ELSIF phase = 'prune' THEN
    PERFORM till_ledger.law_retention(p, t);
  END IF;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.law(e jsonb, t timestamptz, login text, who text) RETURNS void
LANGUAGE plpgsql AS $till$
BEGIN
  -- What was spooled is over, and took something away or held something back: that is never refused. All else is judged as ever.
  IF e ->> 'spooled' IS NOT NULL AND (e ->> 'kind') || '/' || (e ->> 'phase') IN ('grant/revoke', 'grant/end', 'lock/begin', 'freeze/begin') THEN
    RETURN;
  END IF;
  CASE e ->> 'kind'
    WHEN 'operation' THEN PERFORM till_ledger.law_operation(e, t, login, who);
    WHEN 'freeze' THEN PERFORM till_ledger.law_freeze(e, t, login);
    WHEN 'incident' THEN PERFORM till_ledger.law_incident(e);
    WHEN 'grant' THEN PERFORM till_ledger.law_grant(e, t, login);
    WHEN 'lock' THEN PERFORM till_ledger.law_lock(e, login);
    WHEN 'policy' THEN PERFORM till_ledger.law_policy(e, t, login);
    WHEN 'ledger' THEN PERFORM till_ledger.law_ledger(e, t, login);
  END CASE;
END $till$;
`;
