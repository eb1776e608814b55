import type { Planned } from '#actions/desk/port.ts';
import type { Plan, PlanObject } from '#actions/plan.ts';
import { canonical, type Json } from '#ledger/canonical.ts';
import { span as inWords } from '#text/age.ts';
import { cells } from '#text/width.ts';
import { localDay } from '../components/clock.ts';
import { labelling, labelWidth } from '../components/labelled.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { wrapWords } from '../components/wrap.ts';

type Row = readonly Span[];

/** What the plan says, as rows of at most `width`: what would change, for whom, who owns it, and what stands in the way. */
export function planBody({ plans }: Planned, width: number, now: number): readonly Row[] {
  const [first] = plans;
  const single = plans.length === 1 ? first : undefined;
  return single === undefined ? manyPlans(plans, width, now) : onePlan(single, width, now);
}

function onePlan(plan: Plan, width: number, now: number): readonly Row[] {
  const labelled = labelling(width);
  const several = new Set(plan.changes.map(({ object }) => object)).size > 1;
  return [
    ...blockerRows(plan, width, now),
    ...lossRows(plan, width),
    ...plan.objects
      .slice(0, most)
      .flatMap((object, index) => labelled(index === 0 ? 'Target' : '', objectWords(object))),
    ...more(plan.objects.length),
    ...plan.changes
      .slice(0, most)
      .flatMap((change, index) =>
        labelled(
          index === 0 ? 'Changes' : '',
          `${several ? `${change.object}  ` : ''}${fieldName(change.field)}  ${beforeAndAfter(change)}`,
          undefined,
          change.owner === null ? '' : `   owner ${change.owner}`,
        ),
      ),
    ...more(plan.changes.length),
    ...(plan.tenants.length > 1
      ? labelled('Touches', `${plan.tenants.length} tenants: ${plan.tenants.join(', ')}`, 'status.warn')
      : []),
    ...plan.warnings.flatMap((warning) => labelled('▲', warning, 'status.warn')),
    ...serverRows(plan, labelled),
    ...(plan.expectedSeconds === null ? [] : labelled('Expected', inWords(plan.expectedSeconds))),
    ...labelled('Undo', plan.undo === null ? 'none that till knows' : plan.undo.words),
    ...plan.equivalents.slice(0, most).flatMap((line) => labelled('Same as', line, 'text.secondary')),
    ...labelled(
      'Danger',
      plan.danger,
      plan.danger === 'severe' ? 'status.critical' : undefined,
      `   digest ${plan.digest}`,
    ),
  ];
}

/** Before anything else, and with air around it: nobody shall agree to it without having read it. */
function lossRows({ losses }: Plan, width: number): readonly Row[] {
  if (losses === undefined) {
    return [];
  }
  if (losses.length === 0) {
    return [
      [span('● Nothing is lost:', 'status.ok'), span(' nothing was sold, paid or opened since', 'text.secondary')],
      [],
    ];
  }
  return [
    [span(`${'━'.repeat(3)} ✖ THIS IS LOST ${'━'.repeat(Math.max(0, width - 19))}`, 'status.critical')],
    ...losses.flatMap((loss) =>
      wrapWords(legible(loss), width - 6, 3).map(
        (text): Row => [span('    ✖ ', 'status.critical'), span(text, 'text.strong')],
      ),
    ),
    [span('━'.repeat(width), 'status.critical')],
  ];
}

/** What the API server said when it was asked first; nothing for what no API server is asked about. */
function serverRows({ serverChecked }: Plan, labelled: ReturnType<typeof labelling>): readonly Row[] {
  switch (serverChecked) {
    case 'ok':
      return labelled('Server', 'ok: asked first, it would take this as it is', 'status.ok');
    case 'refused':
      return labelled('Server', 'refused: see above', 'error');
    case 'forbidden':
      return labelled('Server', 'forbidden: asked first, it said so', 'status.warn');
    case null:
      return [];
  }
}

/** More than this of one kind would push the question off the screen; the ledger has them all. */
const most = 12;

function more(count: number): readonly Row[] {
  return count > most ? [[span(`${' '.repeat(labelWidth)}and ${count - most} more`, 'text.secondary')]] : [];
}

/** One row for each tenant, those first that are refused. */
function manyPlans(plans: readonly Plan[], width: number, now: number): readonly Row[] {
  const refused = plans.filter(({ blockers }) => blockers.length > 0);
  const open = plans.filter(({ blockers }) => blockers.length === 0);
  const name = Math.min(24, Math.max(...plans.map(({ confirmWith }) => cells(confirmWith))));
  return [
    ...refused.flatMap((plan) => [
      [span(legible(plan.confirmWith), 'text.strong'), span('  is left out:', 'text.secondary')],
      ...blockerRows(plan, width, now),
    ]),
    ...open.flatMap((plan) => {
      const changes = plan.changes.map(
        ({ object, field, before, after }) => `${object} ${lastOf(field)} ${value(before)} → ${value(after)}`,
      );
      const [first = '', ...rest] = wrapWords(legible(changes.join('; ')), width - name - 2, 3);
      return [
        [span(legible(plan.confirmWith).padEnd(name), 'text.strong'), span(`  ${first}`)],
        ...rest.map((text) => [span(`${' '.repeat(name)}  ${text}`)]),
        ...(plan.losses ?? []).flatMap((loss) => labelling(width)('  ✖ Lost', loss, 'status.critical')),
        ...plan.warnings.flatMap((warning) => labelling(width)('  ▲', warning, 'status.warn')),
      ];
    }),
    ...(open.length > 0 && open.every(({ serverChecked }) => serverChecked === 'ok')
      ? labelling(width)('Server', 'ok: asked first, it would take each of them', 'status.ok')
      : []),
  ];
}

/** Every template has these on the way to what is meant; the ledger keeps the whole path. */
function fieldName(field: string): string {
  return field
    .replace(/^spec\.template\.spec\./u, '')
    .replace(/^spec\.template\.metadata\./u, 'template ')
    .replace(/^metadata\./u, '');
}

/** What both begin with says nothing about the change: `…/odoo:17.0-2.5.0  →  …/odoo:17.0-2.4.1`. */
function beforeAndAfter({ before, after }: Plan['changes'][number]): string {
  const [old, next] = [value(before), value(after)];
  const shared = old.slice(0, old.lastIndexOf('/') + 1);
  return shared.length > 3 && next.startsWith(shared) && !next.slice(shared.length).includes('/')
    ? `…/${old.slice(shared.length)}  →  …/${next.slice(shared.length)}`
    : `${old}  →  ${next}`;
}

/** `spec.replicas` → `replicas`: beside many others the object and the last word say enough. */
function lastOf(field: string): string {
  return /[^./[\]]+(?=\]?$)/u.exec(field)?.[0] ?? field;
}

function blockerRows({ blockers }: Plan, width: number, now: number): readonly Row[] {
  const labelled = labelling(width);
  return blockers.flatMap(({ by, reason, until, wayOut }) => [
    ...labelled('✖ Refused', `${by}: ${reason}${until === null ? '' : `, until ${localDay(until, now)}`}`, 'error'),
    ...(wayOut === null ? [] : labelled('', `→ ${wayOut}`, 'status.warn')),
  ]);
}

function objectWords({ system, cluster, namespace, kind, name, uid, version }: PlanObject): string {
  const place = [cluster, namespace].filter((part) => part !== null).join('/');
  const pinned = uid === null ? '' : `   uid ${uid.length > 12 ? `${uid.slice(0, 8)}…` : uid}`;
  return `${place === '' ? system : place}  ${kind} ${name}${pinned}${version === null ? '' : `   version ${version}`}`;
}

function value(json: Json): string {
  return json === null ? 'nothing' : typeof json === 'string' ? json : canonical(json);
}
