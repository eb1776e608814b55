import { span } from '#text/age.ts';
import { type Identity, identity } from '../queries/identity.ts';
import { serverSignal } from '../signal.ts';

/** In seconds since its start. A restart that we saw is news: it has dropped every session. */
export const signal = serverSignal<Identity>({
  name: 'postgres-reachable',
  title: 'PostgreSQL',
  layer: 'platform',
  unit: 'seconds',
  threshold: null,
  query: identity,
  read({ version, standby, upSeconds }, { source, previous }) {
    const value = Math.floor(upSeconds);
    const name = `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`;
    if (standby) {
      const message = `${name} is in recovery, up ${span(value)}: it takes no writes`;
      return { value, grade: 'critical', message, cause: source };
    }
    if (previous !== null && previous.value.upSeconds > upSeconds) {
      return { value, grade: 'warn', message: `${name} restarted ${span(value)} ago`, cause: source };
    }
    return { value, grade: 'ok', message: `${name} answers, up ${span(value)}` };
  },
});
