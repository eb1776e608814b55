/**
 * Sealed credentials on their way to their subject: beside the chain, which has their SHA-256, since what is in a chain
 * cannot be taken out again. Only the subject's key opens them; only the subject is given them; they go with the grant.
 */
export const parcelTable = `
CREATE TABLE till_ledger.parcel (
  for_grant text NOT NULL,
  credential text NOT NULL,
  sealed text NOT NULL CHECK (octet_length(sealed) <= 65536),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login text NOT NULL DEFAULT session_user,
  PRIMARY KEY (for_grant, credential)
);
`;

export const parcels = `
-- The agent, or somebody who has approved that grant: those who may issue for it.
CREATE OR REPLACE FUNCTION till_ledger.put_parcel(g text, c text, s text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
DECLARE
  doc jsonb; me text := till_ledger.person_of(session_user::text, till_ledger.policy_in_force() -> 'body') ->> 'name';
BEGIN
  SELECT k.doc INTO doc FROM till_ledger.grants k WHERE key = g;
  IF doc IS NULL THEN
    PERFORM till_ledger.refuse('unknown-grant', format('there is no grant %s', g), g, 'till access list', 2);
  ELSIF NOT till_ledger.is_agent(session_user::text) AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(doc -> 'votes') AS vote WHERE vote ->> 'person' = me
  ) THEN
    PERFORM till_ledger.refuse('not-a-minter', format('%s neither approved grant %s nor is the agent', session_user, g), g, 'till access show ' || g);
  END IF;
  INSERT INTO till_ledger.parcel (for_grant, credential, sealed) VALUES (g, c, s)
  ON CONFLICT (for_grant, credential) DO UPDATE SET sealed = excluded.sealed, at = excluded.at, login = excluded.login;
END $till$;

CREATE OR REPLACE FUNCTION till_ledger.parcels_of(g text) RETURNS TABLE (credential text, sealed text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  SELECT p.credential, p.sealed FROM till_ledger.parcel p JOIN till_ledger.grants k ON k.key = p.for_grant
  WHERE p.for_grant = g
    AND k.doc ->> 'subject' = till_ledger.person_of(session_user::text, till_ledger.policy_in_force() -> 'body') ->> 'name'
  ORDER BY p.credential
$till$;

-- To take away is never refused to the agent; others may once the grant is over, or when it is theirs.
CREATE OR REPLACE FUNCTION till_ledger.drop_parcel(g text, c text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $till$
  DELETE FROM till_ledger.parcel p USING till_ledger.grants k
  WHERE k.key = p.for_grant AND p.for_grant = g AND (c IS NULL OR p.credential = c)
    AND (till_ledger.is_agent(session_user::text) OR till_ledger.status_at(k.doc, clock_timestamp()) <> 'active'
      OR k.doc ->> 'subject' = till_ledger.person_of(session_user::text, till_ledger.policy_in_force() -> 'body') ->> 'name')
$till$;
`;

/** An auditor reads everything but these: they prove nothing that the chain does not. */
export const parcelRights = `
REVOKE ALL ON till_ledger.parcel FROM till_ledger_reader;
GRANT EXECUTE ON FUNCTION till_ledger.put_parcel(text, text, text), till_ledger.parcels_of(text), till_ledger.drop_parcel(text, text)
  TO till_ledger_writer;
`;
