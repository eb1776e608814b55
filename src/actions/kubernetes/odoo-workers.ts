import { type Foreign, objects } from '#systems/kubernetes/foreign.ts';

/**
 * PostgreSQL connections that one more pod may take: what each HTTP worker holds in practice (2 with what it recently
 * served), one for each cron worker, and the gevent process (facts: odoo.md §2.2). null when its workers are not told.
 */
export function connectionsPerPod(template: Foreign): number | null {
  const words = objects(template['containers']).flatMap((container) => [
    ...textsIn(container['command']),
    ...textsIn(container['args']),
  ]);
  const workers = settingIn(words, 'workers');
  if (workers === null) {
    return null;
  }
  const crons = settingIn(words, 'max-cron-threads') ?? 2;
  return Math.max(0, workers) * 2 + crons + (workers > 0 ? 1 : 0);
}

function settingIn(words: readonly string[], name: string): number | null {
  for (const [index, word] of words.entries()) {
    const value = word === `--${name}` ? words[index + 1] : word.startsWith(`--${name}=`) ? word.split('=')[1] : null;
    if (value != null && /^-?\d+$/.test(value)) {
      return Number(value);
    }
  }
  return null;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
