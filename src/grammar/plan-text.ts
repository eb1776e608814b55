import type { Plan } from '#actions/plan.ts';
import { canonical, type Json } from '#ledger/canonical.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import type { Paint } from './style.ts';

/** The plan as a person reads it before saying yes. */
export function planText(title: string, plan: Plan, paint: Paint): string {
  const lines = [
    paint('strong', `${title} ${plan.tenants.join(', ')}`),
    ...plan.objects.map((object) => row('Target', objectWords(object), paint)),
    ...(plan.losses ?? []).map((loss) =>
      paint(
        'bad',
        row('✖ Lost', clean(loss), (_, text) => text),
      ),
    ),
    ...(plan.losses?.length === 0 ? [row('Lost', 'nothing', paint)] : []),
    ...plan.changes.map((change) =>
      row(
        'Changes',
        `${change.object}  ${change.field}  ${value(change.before)} → ${value(change.after)}${change.owner === null ? '' : paint('faint', `  owner ${change.owner}`)}`,
        paint,
      ),
    ),
    ...(plan.expectedSeconds === null ? [] : [row('Expected', span(plan.expectedSeconds), paint)]),
    row('Undo', plan.undo === null ? 'none' : plan.undo.words, paint),
    ...plan.equivalents.map((line) => row('Same as', line, paint)),
    ...(plan.serverChecked === null
      ? []
      : [
          row(
            'Server',
            { ok: 'would take it', refused: 'would refuse it', forbidden: 'does not let us ask' }[plan.serverChecked],
            paint,
          ),
        ]),
    row('Danger', `${plan.danger}   digest ${plan.digest}`, paint),
    ...plan.warnings.map((warning) =>
      paint(
        'warn',
        row('▲', warning, (_, text) => text),
      ),
    ),
    ...plan.blockers.map((blocker) =>
      paint(
        'bad',
        row(
          '✖',
          `${blocker.by}: ${blocker.reason}${blocker.until === null ? '' : `, until ${blocker.until}`}${blocker.wayOut === null ? '' : ` → ${blocker.wayOut}`}`,
          (_, text) => text,
        ),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function objectWords({ system, cluster, kind, namespace, name, uid }: Plan['objects'][number]): string {
  const place = [cluster, namespace].filter((part) => part !== null).join('/');
  return clean(`${place === '' ? system : place}  ${kind} ${name}${uid === null ? '' : `   uid ${uid.slice(0, 8)}…`}`);
}

function value(json: Json): string {
  return json === null ? 'nothing' : clean(typeof json === 'string' ? json : canonical(json));
}

function row(label: string, text: string, paint: Paint): string {
  return `  ${paint('faint', label.padEnd(9))} ${text}`;
}
