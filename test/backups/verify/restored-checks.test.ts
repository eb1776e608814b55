import { describe, expect, it } from 'vitest';
import type { RestoredFacts } from '#backups/verify/facts.ts';
import { restoredChecks } from '#backups/verify/restored-checks.ts';
import { aManifest } from '../world.ts';

const plain = aManifest();
const manifest = aManifest({
  database: {
    ...plain.database,
    ...{ tables: 3, indexes: 4, constraints: 5 },
    counted: [{ name: 'sale_order', rows: 10, maxId: 12, newest: '2026-11-22T00:59:00.000Z' }],
  },
  filestore: {
    ...{ files: 1, size: 1, added: 0, packs: [], missing: ['aa/lost'] },
    index: { key: 'backups/x', size: 1, sha256: '0'.repeat(64) },
  },
  odoo: { series: '17.0', modules: { base: '17.0.1.3', sale: '17.0.1.2' }, images: {} },
});

function facts(fields: Partial<RestoredFacts> = {}): RestoredFacts {
  return {
    ...{ catalogue: { tables: 3, indexes: 4, constraints: 5 }, invalidIndexes: [] },
    counted: [{ name: 'sale_order', rows: 10, maxId: 12, newest: '2026-11-22T00:59:00.000Z' }],
    ...{ newestRow: '2026-11-22T00:59:00.000Z', unbalanced: [], attachments: new Set(['bb/here', 'aa/lost']) },
    modules: { inBetween: [], installed: { base: '17.0.1.3', sale: '17.0.1.2' } },
    neutral: { isMarked: true, live: { jobs: 0 } },
    ...fields,
  };
}

const files = { files: new Set(['bb/here']), why: '' };
const failed = (fields: Partial<RestoredFacts>, restored = files) =>
  restoredChecks(manifest, facts(fields), restored).flatMap(({ check, status, message }) =>
    status === 'failed' ? [`${check}: ${message}`] : [],
  );

describe('the checks of a restored database', () => {
  it('are all good where it is what was backed up, and a file that was missing then is no loss now', () => {
    expect(restoredChecks(manifest, facts(), files).map(({ check, status }) => `${check} ${status}`)).toEqual([
      ...['catalogue ok', 'rows ok', 'freshness ok', 'money ok', 'filestore ok', 'modules ok', 'neutralised ok'],
    ]);
  });

  it.each<[string, Partial<RestoredFacts>, string]>([
    ['a table short', { catalogue: { tables: 2, indexes: 4, constraints: 5 } }, 'catalogue: 2 of 3 tables'],
    ['a broken index', { invalidIndexes: ['sale_order_pkey'] }, 'catalogue: the index sale_order_pkey is not valid'],
    [
      'a row short',
      { counted: [{ name: 'sale_order', rows: 9, maxId: 12, newest: '2026-11-22T00:59:00.000Z' }] },
      'rows: sale_order has 9 of 10 rows',
    ],
    [
      'other rows',
      { counted: [{ name: 'sale_order', rows: 10, maxId: 11, newest: '2026-11-22T00:59:00.000Z' }] },
      'rows: the highest id of sale_order is 11, not 12',
    ],
    ['a counted table that is not there', { counted: [] }, 'rows: sale_order is not there'],
    [
      'rows from after the snapshot',
      { newestRow: '2026-11-22T02:00:00.000Z' },
      'freshness: the newest row is of 2026-11-22T02:00:00.000Z, which is after the snapshot of 2026-11-22T01:00:00.000Z',
    ],
    [
      'books that do not balance',
      { unbalanced: [{ company: '1', difference: '0.01' }] },
      'money: posted entries of company 1 are off by 0.01',
    ],
    [
      'an attachment without its file',
      { attachments: new Set(['bb/here', 'cc/away']) },
      'filestore: 1 files of ir_attachment are not there, such as cc/away',
    ],
    [
      'a module in the middle of an upgrade',
      { modules: { inBetween: ['sale'], installed: { base: '17.0.1.3', sale: '17.0.1.2' } } },
      'modules: sale is in the middle of an upgrade',
    ],
    [
      'another version of a module',
      { modules: { inBetween: [], installed: { base: '17.0.1.3' } } },
      'modules: sale is not installed, not 17.0.1.2',
    ],
    ['a job that would run', { neutral: { isMarked: true, live: { jobs: 2 } } }, 'neutralised: 2 jobs still live'],
    ['no mark', { neutral: { isMarked: false, live: {} } }, 'neutralised: it is not marked as neutralised'],
  ])('find %s', (_words, fields, message) => {
    expect(failed(fields)).toEqual([message]);
  });

  it('say what was not done, and never call that good', () => {
    const nothing = facts({ newestRow: null, unbalanced: null, modules: null });
    const found = restoredChecks(manifest, nothing, { files: null, why: 'no folder is named' });
    expect(found.filter(({ status }) => status === 'not-done').map(({ check }) => check)).toEqual([
      ...['freshness', 'money', 'filestore', 'modules'],
    ]);
  });
});
