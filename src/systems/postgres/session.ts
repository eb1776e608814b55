/** How long a read of ours may wait for a lock: a reader must not queue behind a module upgrade (facts: data-tier.md §1.1). */
export const lockMs = 200;

const idleInTransactionMs = 10_000;

/** Nothing is ever written by a reader; texts and times have one spelling whatever the role's or the database's defaults are. */
const settings: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  client_encoding: 'UTF8',
  timezone: 'UTC',
  datestyle: 'ISO',
  // Compiling a probe's plan takes longer than running it.
  jit: 'off',
};

/** The server gives up before we do: then the connection survives and the server is left with nothing to do. */
export function statementMs(deadlineMs: number): number {
  return Math.max(50, Math.floor(deadlineMs * 0.9));
}

/** Settings in the startup packet: they cost no round trip and hold from the first statement on. */
export function startup(deadlineMs: number) {
  return {
    statement_timeout: statementMs(deadlineMs),
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  };
}

/** The same behind a pooler, where a session is lent for one transaction and keeps nothing. */
export function preamble(deadlineMs: number): string {
  const local = {
    ...settings,
    statement_timeout: String(statementMs(deadlineMs)),
    lock_timeout: String(lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
  };
  return ['BEGIN READ ONLY', ...Object.entries(local).map(([name, value]) => `SET LOCAL ${name} = '${value}'`)].join(
    '; ',
  );
}
