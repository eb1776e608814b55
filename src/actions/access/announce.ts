import type { Grant } from '#ledger/access/grant.ts';
import { sendSyslog } from './syslog-line.ts';

/** Somebody who hears of break-glass at once. */
export interface Listener {
  /** As it is recorded and told: never the address itself, which may be a secret. */
  readonly name: string;
  tell(words: string, grant: Grant): Promise<void>;
}

export interface Announced {
  readonly told: readonly string[];
  readonly failed: readonly { readonly to: string; readonly why: string }[];
}

const patienceMs = 3_000;

/** Tells all of them at once, and waits for nobody longer than three seconds. */
export async function announce(words: string, grant: Grant, listeners: readonly Listener[]): Promise<Announced> {
  const ends = await Promise.all(
    listeners.map(async ({ name, tell }) => {
      try {
        await withinPatience(tell(words, grant));
        return { to: name, why: null };
      } catch (error) {
        return { to: name, why: whyNot(error) };
      }
    }),
  );
  return {
    told: ends.flatMap(({ to, why }) => (why === null ? [to] : [])),
    failed: ends.flatMap(({ to, why }) => (why === null ? [] : [{ to, why }])),
  };
}

/** `url` gives the address when it is needed: it is a secret reference in the estate. */
export function webhook(name: string, url: () => Promise<string>): Listener {
  return {
    name,
    async tell(words, { grant, subject, reason, ticket, actions, tenants, expiresAt }) {
      const address = await url();
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          text: words,
          ...{ kind: 'break-glass', grant, subject, reason, ticket, actions, tenants, expiresAt },
        }),
        signal: AbortSignal.timeout(patienceMs),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (!response.ok) {
        throw new Error(`it answered ${response.status}`);
      }
    },
  };
}

export function syslog(address: string): Listener {
  return { name: `syslog ${address}`, tell: (words) => sendSyslog(address, words, patienceMs) };
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs / 1000} s`)), patienceMs + 500);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Without the address: an error of `fetch` may carry it. */
function whyNot(error: unknown): string {
  const { cause, name, message } = error instanceof Error ? error : new Error(String(error));
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
  switch (true) {
    case name === 'TimeoutError':
      return 'no answer in time';
    case name === 'TypeError':
      return code === null ? 'it could not be reached' : `it could not be reached (${code})`;
    default:
      return message.slice(0, 200);
  }
}
