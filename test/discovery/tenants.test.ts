import { describe, expect, it } from 'vitest';
import { findTenants, type Seen } from '#discovery/tenants.ts';
import { parseSelector } from '#text/selector.ts';
import { anEstate } from '../health/makers.ts';

const nothing: Seen = { workloads: new Map(), namespaceLabels: new Map(), databases: new Map() };

function workload(instance: string, labels: Record<string, string> = {}) {
  const own = { 'app.kubernetes.io/name': 'odoo', 'app.kubernetes.io/instance': instance, ...labels };
  return { namespace: instance, name: 'odoo-web', labels: own };
}

describe('finding tenants', () => {
  it('takes those that the estate lists, with what was left out filled in', () => {
    const estate = anEstate({ tenants: [{ name: 'maple-toys', postgres: 'pg-1', thresholds: {} }] });
    expect(findTenants(estate, nothing)).toMatchObject([
      { name: 'maple-toys', hosting: 'dedicated', timezone: 'UTC', postgres: 'pg-1', database: null },
    ]);
  });

  it('finds those whose workloads a selector selects, once each, with defaults and labels', () => {
    const estate = anEstate({
      discover: [
        {
          cluster: 'eu',
          selector: 'app.kubernetes.io/name=odoo',
          nameFrom: 'app.kubernetes.io/instance',
          labels: { tier: 'till.dev/tier', timezone: 'till.dev/timezone' },
          defaults: {
            ...{ tier: 'basic', host: '{tenant}.example.com', database: '{tenant_}', thresholds: {} },
            filestore: { path: '/filestore/{tenant_}' },
          },
        },
      ],
    });
    const seen: Seen = {
      ...nothing,
      workloads: new Map([
        [
          'eu',
          [
            workload('maple-toys', { 'till.dev/tier': 'critical', 'till.dev/timezone': 'Europe_Paris' }),
            workload('maple-toys'),
            workload('kaffe-te'),
            { namespace: 'x', name: 'nginx', labels: {} },
          ],
        ],
      ]),
    };
    expect(findTenants(estate, seen)).toMatchObject([
      {
        ...{ name: 'kaffe-te', tier: 'basic', database: 'kaffe_te', namespace: 'kaffe-te' },
        filestore: { path: '/filestore/kaffe_te' },
      },
      { name: 'maple-toys', tier: 'critical', timezone: 'Europe/Paris', host: 'maple-toys.example.com' },
    ]);
  });

  it('finds databases by a glob and never takes a template for a tenant', () => {
    const estate = anEstate({ discover: [{ postgres: 'pg-1', databases: '*', defaults: { thresholds: {} } }] });
    const seen: Seen = { ...nothing, databases: new Map([['pg-1', ['postgres', 'template1', 'acme']]]) };
    expect(findTenants(estate, seen).map((tenant) => tenant.name)).toEqual(['acme']);
  });

  it('lets what is listed win over what is found', () => {
    const estate = anEstate({
      discover: [{ postgres: 'pg-1', databases: '*', defaults: { tier: 'basic', thresholds: {} } }],
      tenants: [{ name: 'acme', tier: 'critical', thresholds: {} }],
    });
    const seen: Seen = { ...nothing, databases: new Map([['pg-1', ['acme']]]) };
    expect(findTenants(estate, seen)).toMatchObject([{ name: 'acme', tier: 'critical', database: 'acme' }]);
  });
});

describe('a label selector', () => {
  const labels = { app: 'odoo', tier: 'critical' };

  it.each([
    ['app=odoo', true],
    ['app==odoo,tier=critical', true],
    ['app!=odoo', false],
    ['missing!=x', true],
    ['tier in (critical, standard)', true],
    ['tier notin (critical)', false],
    ['missing in (a)', false],
    ['app', true],
    ['!app', false],
    ['!missing,app=odoo', true],
  ])('%s', (text, expected) => {
    expect(parseSelector(text)(labels)).toBe(expected);
  });

  it('names the part that it cannot read', () => {
    expect(() => parseSelector('app=odoo,tier in critical')).toThrow('"tier in critical"');
  });
});
