/** Who may do what: no login owns anything, and nobody writes but by way of the functions. */
const callable = {
  till_ledger_writer: [
    'append(text, text[], bigint, text, jsonb, boolean)',
    'hold()',
    'settle()',
    'take_over(text, text, jsonb, integer, boolean)',
    'beat(text[], text)',
    'tell(text, text, jsonb)',
    'ask_stop(text)',
    'drop_pruned(integer)',
    'hello()',
    'head_now()',
    'news(bigint)',
    'page(jsonb, bigint, boolean, integer)',
  ],
  till_ledger_reader: ['hello()', 'head_now()', 'news(bigint)', 'page(jsonb, bigint, boolean, integer)'],
} as const;

/** Named only when they are made, so that a role that an administrator has set up otherwise stays as it is. */
export const roles = ['till_ledger_owner', 'till_ledger_writer', 'till_ledger_reader', 'till_ledger_agent']
  .map(
    (role) => `DO $till$ BEGIN
  CREATE ROLE ${role} NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $till$;`,
  )
  .join('\n');

export const rights = `
REVOKE ALL ON SCHEMA till_ledger FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA till_ledger FROM PUBLIC, till_ledger_writer, till_ledger_reader, till_ledger_agent;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA till_ledger FROM PUBLIC, till_ledger_writer, till_ledger_reader, till_ledger_agent;
GRANT USAGE ON SCHEMA till_ledger TO till_ledger_writer, till_ledger_reader;
GRANT till_ledger_writer TO till_ledger_agent;
GRANT SELECT ON ALL TABLES IN SCHEMA till_ledger TO till_ledger_reader;
${Object.entries(callable)
  .flatMap(([role, functions]) => functions.map((name) => `GRANT EXECUTE ON FUNCTION till_ledger.${name} TO ${role};`))
  .join('\n')}
`;
