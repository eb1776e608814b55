import { openLedger } from '#actions/context.ts';
import { anyIncidentNamed } from '#actions/standing.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { saidOf, whatOf, whoOf } from './auditing/entries.ts';
import { sayRead } from './auditing/filter.ts';
import { incidentsIn } from './auditing/incidents.ts';

export const command: Command = {
  name: 'incidents show',
  summary: 'Tell the story of one incident: what was said and done, by whom, and what came of it',
  group: 'read',
  examples: [{ line: 'till incidents show checkout-down', note: 'open or closed; by name or id' }],
  arguments: [{ name: 'INCIDENT', required: true, summary: 'its name, its id, or the beginning of it' }],
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const incident = await anyIncidentNamed(invocation.arguments[0] ?? '', ledger);
      const [row] = await incidentsIn(ledger, incident);
      const timeline: LedgerEntry[] = [];
      for await (const entry of ledger.entries({ incident })) {
        // A step is told by how its operation ended.
        if (entry.phase !== 'step') {
          timeline.push(entry);
        }
      }
      await sayRead('incidents show', { incident }, ledger, invocation);
      await printOne(invocation, {
        kind: 'Incident',
        fields: { ...row, timeline: timeline.map(eventOf) },
        name: incident,
        text: (paint) =>
          [
            `${paint('strong', clean(row?.name ?? incident))}  ${row?.severity ?? ''}  ${row?.closedAt == null ? 'open' : 'closed'}  led by ${clean(row?.commander ?? '')}`,
            ...(row === undefined || row.tenants.length === 0 ? [] : [`  ${row.tenants.map(clean).join(', ')}`]),
            '',
            ...timeline.map((entry) => lineOf(entry)),
            '',
          ].join('\n'),
      });
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};

function eventOf(entry: LedgerEntry) {
  const { seq, at, kind, phase, action, operation, target, outcome } = entry;
  return {
    ...{ seq, at, who: whoOf(entry), kind, phase, action, operation },
    ...{ tenants: target?.tenants ?? [], status: outcome?.status ?? null, message: saidOf(entry) },
  };
}

function lineOf(entry: LedgerEntry): string {
  const { at, target, outcome } = entry;
  const tenants = target?.tenants ?? [];
  const on = tenants.length === 0 ? '' : ` on ${tenants.length > 3 ? `${tenants.length} tenants` : tenants.join(', ')}`;
  const status = outcome === null ? '' : ` ${outcome.status}`;
  const said = saidOf(entry);
  return clean(
    `  ${at.replace(/\.\d+Z$/u, 'Z')}  ${whoOf(entry).padEnd(12)} ${whatOf(entry)}${on}${status}${said === '' ? '' : `: ${said}`}`,
  );
}
