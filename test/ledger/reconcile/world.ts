import type { Known, KnownGrant, KnownOperation } from '#ledger/reconcile/known.ts';
import { type GivenLog, type Reconciliation, reconciled } from '#ledger/reconcile/reconcile.ts';

export const start = Date.parse('2026-11-27T12:00:00Z');
export const operation = '01JDPERATN00000000000000AA';
export const grant = '01JDGRANT000000000000000AA';
export const jti = '7d9a1c2e-0000-4000-8000-000000000001';
export const till = 'system:serviceaccount:maple-toys:till-g-01jdgrant000000000000000aa';

export const known = (fields: Partial<KnownOperation> = {}, more: Partial<KnownGrant> = {}): Known => ({
  operations: new Map([
    [
      operation,
      {
        ...{ operation, seq: 7, action: 'scale', who: 'alice', tenants: ['maple-toys'], systems: ['kubernetes:eu'] },
        namespaces: ['maple-toys'],
        ...{ from: start, until: start + 5_000, status: 'ok', ...fields },
      },
    ],
  ]),
  grants: new Map([
    [
      grant,
      {
        ...{ grant, subject: 'alice', seconds: 600, from: start, until: start + 600_000 },
        ...{ residualUntil: start + 670_000, credentials: [{ id: 'k', jti, name: 'maple-toys/till-g' }], ...more },
      },
    ],
  ]),
  identities: new Set(['alice@example.org']),
});

export interface Said {
  readonly after?: number;
  readonly user?: string;
  readonly id?: string;
  readonly verb?: string;
  readonly uri?: string;
  readonly code?: number;
  readonly from?: string;
  readonly agent?: string;
  readonly credential?: string;
  readonly issued?: string;
  readonly objectRef?: object;
}

/** Both stages of a request, as the API server writes them at level Metadata. */
export function request({
  after = 1_000,
  user = till,
  id = operation,
  verb = 'patch',
  uri = '/apis/apps/v1/namespaces/maple-toys/deployments/odoo-web',
  code = 200,
  from = '10.0.0.7',
  agent = 'till/0.1.0',
  credential = `JTI=${jti}`,
  issued,
  objectRef = { resource: 'deployments', namespace: 'maple-toys', name: 'odoo-web', apiGroup: 'apps' },
}: Said = {}): string {
  const at = new Date(start + after).toISOString().replace('Z', '000Z');
  const event = {
    ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: id, requestURI: uri, verb },
    user: { username: user, extra: { 'authentication.kubernetes.io/credential-id': [credential] } },
    ...{
      sourceIPs: ['192.0.2.1', from],
      userAgent: agent,
      objectRef,
      requestReceivedTimestamp: at,
      stageTimestamp: at,
    },
  };
  const annotations =
    issued === undefined ? {} : { 'authentication.kubernetes.io/issued-credential-id': `JTI=${issued}` };
  const stages = [
    { ...event, stage: 'RequestReceived' },
    { ...event, stage: 'ResponseComplete', responseStatus: { code }, annotations },
  ];
  return stages.map((stage) => `${JSON.stringify(stage)}\n`).join('');
}

export const logOf = (text: string, system: GivenLog['system'] = 'kubernetes'): GivenLog => ({
  ...{ system, name: 'audit.log', of: null, prefix: null },
  async *pieces() {
    // In pieces that end anywhere.
    for (let at = 0; at < text.length; at += 1_000) {
      yield Buffer.from(text.slice(at, at + 1_000));
    }
  },
});

/** Something that the API server does by itself, before and after everything else, so that the log covers the span. */
const background = (after: number) =>
  request({ after, user: 'system:apiserver', id: 'x', agent: 'kube', credential: 'none' });

export function compared(text: string, given: Known = known()): Promise<Reconciliation> {
  return reconciled({
    ...{ known: given, identities: [], since: null, until: null, now: start + 3_600_000 },
    logs: [logOf(background(-10_000) + text + background(3_000_000))],
  });
}

export const kinds = ({ findings }: Reconciliation): readonly string[] => findings.map(({ finding }) => finding);
