/**
 * Takes one entry into the state tables, within the transaction that appends it: the same state as fold.ts gives (a property
 * test holds them together). True when the entry changed the state.
 */
export const fold = `
CREATE OR REPLACE FUNCTION till_ledger.fold_operation(e jsonb, n bigint, t timestamptz, actor jsonb) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  op text := e ->> 'operation'; p jsonb := e -> 'params'; key_given text := e ->> 'idempotencyKey'; ended jsonb;
BEGIN
  CASE e ->> 'phase'
    WHEN 'refusal' THEN
      RETURN false;
    WHEN 'intent' THEN
      INSERT INTO till_ledger.operations AS o VALUES (op, n, jsonb_build_object(
        'operation', op, 'seq', n, 'openedAt', till_ledger.utc(t), 'actor', actor, 'action', e -> 'action',
        'target', e -> 'target', 'reason', e -> 'reason', 'ticket', e -> 'ticket', 'grant', e -> 'grant',
        'incident', e -> 'incident', 'digest', e #> '{plan,digest}', 'idempotencyKey', e -> 'idempotencyKey', 'step', NULL)
        || CASE WHEN e ? 'bulk' THEN jsonb_build_object('bulk', e -> 'bulk') ELSE '{}' END)
      ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
      IF e ->> 'grant' IS NOT NULL THEN
        UPDATE till_ledger.grants SET doc = jsonb_set(doc, '{used}', to_jsonb((doc ->> 'used')::bigint + 1))
        WHERE key = e ->> 'grant';
      END IF;
      IF key_given IS NOT NULL THEN
        -- In the order they came: what follows one that is young enough is younger.
        DELETE FROM till_ledger.requests WHERE pos < coalesce(
          (SELECT min(pos) FROM till_ledger.requests WHERE (doc ->> 'at')::timestamptz >= t - interval '7 days'), n);
        INSERT INTO till_ledger.requests VALUES (key_given, n, jsonb_build_object(
          'key', key_given, 'operation', op, 'at', till_ledger.utc(t), 'status', NULL,
          'request', till_ledger.digest(jsonb_build_array(e -> 'action', p, coalesce(e #> '{target,tenants}', '[]'),
            e #> '{target,cluster}', e #> '{target,namespace}', e #> '{target,kind}', e #> '{target,name}'))))
        ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
      END IF;
    WHEN 'step' THEN
      UPDATE till_ledger.operations SET doc = doc || jsonb_build_object('step', jsonb_build_object(
        'step', p -> 'step', 'index', p -> 'index', 'of', p -> 'of', 'at', till_ledger.utc(t), 'status', e #> '{outcome,status}'))
      WHERE key = op;
    ELSE
      DELETE FROM till_ledger.operations WHERE key = op RETURNING doc INTO ended;
      DELETE FROM till_ledger.leases WHERE operation = op;
      UPDATE till_ledger.requests SET doc = doc || jsonb_build_object('status', e #> '{outcome,status}')
      WHERE key = ended ->> 'idempotencyKey' AND doc ->> 'operation' = op;
  END CASE;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_freeze(e jsonb, n bigint, t timestamptz, actor jsonb) RETURNS boolean
LANGUAGE plpgsql AS $till$
BEGIN
  IF e ->> 'phase' = 'end' THEN
    DELETE FROM till_ledger.freezes WHERE key = e #>> '{params,freeze}';
    RETURN true;
  END IF;
  DELETE FROM till_ledger.freezes WHERE (doc ->> 'until')::timestamptz < t - interval '30 days';
  INSERT INTO till_ledger.freezes VALUES (e #>> '{params,freeze}', n, (e -> 'params') || jsonb_build_object(
    'seq', n, 'reason', e -> 'reason', 'ticket', e -> 'ticket', 'actor', actor, 'operation', e -> 'operation'))
  ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_incident(e jsonb, n bigint, t timestamptz, actor jsonb) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  id text := e ->> 'incident'; p jsonb := e -> 'params';
BEGIN
  CASE e ->> 'phase'
    WHEN 'note' THEN
      RETURN false;
    WHEN 'open' THEN
      INSERT INTO till_ledger.incidents VALUES (id, n, jsonb_build_object(
        'incident', id, 'seq', n, 'openedAt', till_ledger.utc(t), 'name', p -> 'name', 'severity', p -> 'severity',
        'commander', p -> 'commander', 'tenants', p -> 'tenants', 'joined', '[]'::jsonb, 'actor', actor))
      ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
    WHEN 'join' THEN
      UPDATE till_ledger.incidents SET doc = jsonb_set(doc, '{joined}', doc -> 'joined' || jsonb_build_array(p -> 'person'))
      WHERE key = id AND NOT doc -> 'joined' ? (p ->> 'person');
    WHEN 'pin' THEN
      UPDATE till_ledger.incidents
      SET doc = jsonb_set(doc, '{tenants}', till_ledger.distinct_list(doc -> 'tenants' || (p -> 'tenants'))) WHERE key = id;
    ELSE
      DELETE FROM till_ledger.incidents WHERE key = id;
  END CASE;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold_ledger(e jsonb, n bigint, t timestamptz, login text) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  p jsonb := e -> 'params'; who jsonb;
BEGIN
  CASE e ->> 'phase'
    WHEN 'genesis' THEN
      UPDATE till_ledger.head SET estate = p ->> 'estate';
    WHEN 'key' THEN
      INSERT INTO till_ledger.keys VALUES (p ->> 'vkey', n, jsonb_build_object('vkey', p -> 'vkey', 'from', p -> 'from', 'until', p -> 'until'))
      ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
    WHEN 'epoch' THEN
      INSERT INTO till_ledger.epochs VALUES (p ->> 'epoch', n, jsonb_build_object(
        'epoch', p -> 'epoch', 'seq', n, 'at', till_ledger.utc(t),
        'lost', jsonb_build_object('from', p #> '{lost,from}', 'to', p #> '{lost,to}'),
        'anchored', jsonb_build_object('size', p #> '{anchored,size}', 'root', p #> '{anchored,root}', 'anchor', p #> '{anchored,anchor}'),
        'acknowledgedBy', '[]'::jsonb))
      ON CONFLICT (key) DO UPDATE SET doc = excluded.doc;
    WHEN 'epoch-acknowledge' THEN
      who := till_ledger.person_of(login, till_ledger.policy_in_force() -> 'body');
      UPDATE till_ledger.epochs SET doc = jsonb_set(doc, '{acknowledgedBy}', doc -> 'acknowledgedBy' || jsonb_build_array(who -> 'name'))
      WHERE key = p ->> 'epoch' AND who IS NOT NULL AND NOT doc -> 'acknowledgedBy' ? (who ->> 'name');
    WHEN 'prune' THEN
      UPDATE till_ledger.head SET pruned = greatest(pruned, (p ->> 'upTo')::bigint);
      RETURN false;
    ELSE
      RETURN false;
  END CASE;
  RETURN true;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.fold(e jsonb, n bigint, t timestamptz, actor jsonb) RETURNS boolean
LANGUAGE plpgsql AS $till$
DECLARE
  login text := actor #>> '{asserted,login}';
BEGIN
  CASE e ->> 'kind'
    WHEN 'operation' THEN RETURN till_ledger.fold_operation(e, n, t, actor);
    WHEN 'freeze' THEN RETURN till_ledger.fold_freeze(e, n, t, actor);
    WHEN 'incident' THEN RETURN till_ledger.fold_incident(e, n, t, actor);
    WHEN 'grant' THEN RETURN till_ledger.fold_grant(e, n, t, actor, login);
    WHEN 'lock' THEN RETURN till_ledger.fold_lock(e, n, t, actor);
    WHEN 'policy' THEN RETURN till_ledger.fold_policy(e, n, t, login);
    WHEN 'ledger' THEN RETURN till_ledger.fold_ledger(e, n, t, login);
  END CASE;
END $till$;
`;
