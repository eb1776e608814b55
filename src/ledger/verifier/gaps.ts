import type { Evidence } from './evidence.ts';
import type { Finding, Remark } from './findings.ts';
import { finding, remark } from './judge-notes.ts';
import type { WalkReport } from './walk.ts';
import { counted, spanWords } from './words.ts';

/**
 * How long the record went without a word from outside. What was written in between could have been written again, and
 * nobody would know; a heartbeat when nothing happens makes silence visible (facts: access-audit.md §2.6).
 */
export function gapsIn(
  { times, heartbeat, since }: Evidence,
  report: WalkReport,
): { readonly findings: readonly Finding[]; readonly remarks: readonly Remark[] } {
  const all = [...times].sort((a, b) => a.at - b.at);
  const findings: Finding[] = [];
  const remarks: Remark[] = [];
  for (const [index, next] of all.entries()) {
    const before = all[index - 1];
    const silent = before === undefined ? 0 : (next.at - before.at) / 1_000;
    // A quarter more than promised: an anchor is written when a timer comes round, not on the second.
    if (before === undefined || heartbeat === null || silent <= heartbeat * 1.25) {
      continue;
    }
    const count = next.size - before.size;
    const message = `no checkpoint for ${spanWords(silent)} after ${new Date(before.at).toISOString()} (heartbeat ${spanWords(heartbeat)})`;
    if (count > 0 && (since === null || next.at >= since)) {
      const rested = counted(count, 'entry', 'entries');
      const told = `${message}: ${rested} had nobody outside to vouch for them meanwhile`;
      findings.push({ ...finding('anchor-gap', before.size + 1, told, report), after: before.size });
    } else {
      remarks.push(remark('anchor-gap', before.size, message, report));
    }
  }
  return { findings, remarks };
}
