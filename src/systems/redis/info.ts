import type { RedisInfo } from './server.ts';

/** `name:value` lines under `# Section` headings; a value may hold colons itself. */
export function parseInfo(text: string): RedisInfo {
  const info = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) {
      info.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }
  return info;
}
