/**
 * How long entries stay whoever says otherwise: twelve months and one (facts: access-audit.md §6.4). A function of its own, so that
 * what holds can be read on the server.
 */
export const retention = `
CREATE OR REPLACE FUNCTION till_ledger.least_retention() RETURNS interval LANGUAGE sql IMMUTABLE AS $till$
  SELECT interval '13 months'
$till$;

CREATE OR REPLACE FUNCTION till_ledger.law_retention(p jsonb, t timestamptz) RETURNS void LANGUAGE plpgsql AS $till$
DECLARE
  newest timestamptz := (SELECT at FROM till_ledger.entry WHERE seq = (p ->> 'upTo')::bigint);
BEGIN
  IF newest > t - till_ledger.least_retention() THEN
    PERFORM till_ledger.refuse('too-young', format('entry %s is of %s; entries are kept for %s', p ->> 'upTo',
      till_ledger.utc(newest), till_ledger.least_retention()));
  END IF;
END $till$;
`;
