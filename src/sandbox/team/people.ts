import { join } from 'node:path';

/** Who there is in a sandbox with a team; each has a login of the ledger and an estate file that uses it. */
export const people = [
  { name: 'operator', kind: 'human', groups: ['sre'] },
  { name: 'alice', kind: 'human', groups: ['sre', 'leads'] },
  { name: 'bob', kind: 'human', groups: ['retail', 'leads'] },
  { name: 'robot', kind: 'service', groups: [] },
] as const;

export const agentLogin = 'till_agent';
export const executorLogin = 'till_executor';
/** Every login of the ledger that is nobody's. */
export const machineLogins = [agentLogin, executorLogin] as const;

export interface TeamPlaces {
  readonly folder: string;
  readonly ledgerPort: number;
  readonly agentKubeconfig: string;
  readonly executorKubeconfig: string;
  /** Where long work runs. */
  readonly executor: Yaml;
  readonly minterPasswordFile: string;
}

export function passwordFileOf(folder: string, login: string): string {
  return join(folder, `${login}.password`);
}

export function estateFileOf(folder: string, login: string): string {
  return join(folder, `${login}.yaml`);
}

type Yaml = Readonly<Record<string, unknown>>;

/** The sandbox's estate as this login sees it; the agent's also names who mints. */
export function teamEstate(base: Yaml, login: string, key: string | null, places: TeamPlaces): Yaml {
  const { folder, ledgerPort } = places;
  const isAgent = login === agentLogin;
  const within = (part: unknown, name: string) => (part as Record<string, Yaml>)[name] ?? {};
  return {
    ...base,
    mode: 'READ-ONLY',
    clusters: {
      sandbox: {
        ...within(base['clusters'], 'sandbox'),
        ...(login === executorLogin ? { kubeconfig: places.executorKubeconfig } : {}),
        ...(isAgent ? { minter: { kubeconfig: places.agentKubeconfig, context: 'till-sandbox' } } : {}),
      },
    },
    postgres: {
      'pg-1': {
        ...within(base['postgres'], 'pg-1'),
        minter: {
          user: 'till_minter',
          // People know that there is one; its password is the agent's alone.
          ...(isAgent ? { password: { file: places.minterPasswordFile } } : {}),
        },
      },
    },
    backups: { ...(base['backups'] as Yaml), executor: places.executor },
    ledger: {
      postgres: {
        ...{ host: '127.0.0.1', port: ledgerPort, database: 'till_ledger', tls: 'disable', user: login },
        password: { file: passwordFileOf(folder, login) },
      },
      anchors: {
        mount: { mount: { path: join(folder, 'anchors') } },
        git: { git: { repository: join(folder, 'anchors.git') } },
      },
      checkpoints: { every: '30s' },
    },
    people: people.map(({ name, kind, groups }) => ({
      ...{ name, kind, groups: [...groups], postgres: name },
      ...(key === null ? {} : { key }),
    })),
    access,
  };
}

/** The critical tier needs both sides, the rest one; a script may restart what is basic; mild things ask nobody. */
const access = {
  rules: [
    {
      ...{ name: 'critical', actions: ['*'], tiers: ['critical'], for: '4h' },
      approvals: [
        { group: 'sre', count: 1 },
        { group: 'retail', count: 1 },
      ],
    },
    { name: 'standard', actions: ['*'], tiers: ['standard'], approvals: [{ group: 'leads', count: 1 }], for: '8h' },
    { name: 'basic', actions: ['restart', 'scale', 'cancel-query'], tiers: ['basic'], approvals: [], for: '1h' },
  ],
  breakGlass: { groups: ['sre'], for: '15m', reviewers: 'leads' },
  approvers: { group: 'leads', count: 2 },
  lapse: '24h',
};
