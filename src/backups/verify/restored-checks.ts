import type { BackupProof, Manifest } from '../manifest.ts';
import type { RestoredFacts } from './facts.ts';

type Check = BackupProof['checks'][number];

/** What of the files was seen: null where they were not restored, with why in `filestoreWhy`. */
export interface RestoredFiles {
  readonly files: ReadonlySet<string> | null;
  readonly why: string;
}

/**
 * Whether a restored database is the one that was backed up, and harmless (facts: odoo.md §4.3, steps 3 to 8). All are made: one that
 * fails does not hide another. Values in, values out.
 */
export function restoredChecks(manifest: Manifest, facts: RestoredFacts, files: RestoredFiles): readonly Check[] {
  return [
    catalogue(manifest, facts),
    rows(manifest, facts),
    freshness(manifest, facts),
    money(facts),
    filestore(manifest, facts, files),
    modules(manifest, facts),
    neutralised(facts),
  ];
}

function catalogue({ database }: Manifest, facts: RestoredFacts): Check {
  const differ = (['tables', 'indexes', 'constraints'] as const)
    .filter((what) => facts.catalogue[what] !== database[what])
    .map((what) => `${facts.catalogue[what]} of ${database[what]} ${what}`);
  const broken = facts.invalidIndexes.map((name) => `the index ${name} is not valid`);
  return of(
    'catalogue',
    [...differ, ...broken],
    `${facts.catalogue.tables} tables, ${facts.catalogue.indexes} indexes, ${facts.catalogue.constraints} constraints`,
  );
}

/** The counts are of the dump's own snapshot: they are equal, or something is lost or more than it was. */
function rows({ database }: Manifest, facts: RestoredFacts): Check {
  if (database.counted.length === 0) {
    return notDone('rows', 'the backup counted no table');
  }
  const found = new Map(facts.counted.map((one) => [one.name, one]));
  const wrong = database.counted.flatMap(({ name, rows: count, maxId, newest }) => {
    const one = found.get(name);
    if (one === undefined) {
      return [`${name} is not there`];
    }
    return [
      ...(one.rows === count ? [] : [`${name} has ${one.rows} of ${count} rows`]),
      ...(maxId === null || one.maxId === maxId ? [] : [`the highest id of ${name} is ${one.maxId}, not ${maxId}`]),
      ...(newest === null || one.newest === newest
        ? []
        : [`the newest row of ${name} is of ${one.newest}, not ${newest}`]),
    ];
  });
  return of('rows', wrong, database.counted.map(({ name, rows: count }) => `${name} ${count}`).join(', '));
}

/** A tenant that nobody used has an old newest row: that is said, and not held against the backup. One from after the snapshot is. */
function freshness({ snapshotAt, database }: Manifest, { newestRow }: RestoredFacts): Check {
  if (newestRow === null) {
    return notDone('freshness', `${database.name} has no dated rows`);
  }
  const seconds = Math.round((Date.parse(snapshotAt) - Date.parse(newestRow)) / 1000);
  // Clocks of two hosts, and transactions that began earlier than they ended.
  const isLater = seconds < -300;
  return of(
    'freshness',
    isLater ? [`the newest row is of ${newestRow}, which is after the snapshot of ${snapshotAt}`] : [],
    `the newest row is of ${newestRow}, ${Math.max(0, seconds)} s before the snapshot`,
  );
}

function money({ unbalanced }: RestoredFacts): Check {
  return unbalanced === null
    ? notDone('money', 'there is no accounting in it')
    : of(
        'money',
        unbalanced.map(({ company, difference }) => `posted entries of company ${company} are off by ${difference}`),
        'posted entries balance in every company',
      );
}

function filestore(
  { filestore: backed }: Manifest,
  { attachments }: RestoredFacts,
  { files, why }: RestoredFiles,
): Check {
  if (files === null) {
    return notDone('filestore', why);
  }
  if (attachments === null) {
    return notDone('filestore', `${files.size} files, and no ir_attachment to hold them against`);
  }
  const known = new Set(backed?.missing ?? []);
  const lost = [...attachments].filter((name) => !files.has(name) && !known.has(name));
  return of(
    'filestore',
    lost.length === 0 ? [] : [`${lost.length} files of ir_attachment are not there, such as ${lost[0]}`],
    `${files.size} files by their SHA-1, ${attachments.size} of them in ir_attachment${known.size === 0 ? '' : `, ${known.size} missing when it was made`}`,
  );
}

function modules({ odoo }: Manifest, { modules: found }: RestoredFacts): Check {
  if (found === null) {
    return notDone('modules', 'it has no modules: it is no database of Odoo');
  }
  const inBetween = found.inBetween.map((name) => `${name} is in the middle of an upgrade`);
  const promised = Object.entries(odoo.modules);
  const differ = promised
    .filter(([name, version]) => found.installed[name] !== version)
    .map(([name, version]) => `${name} is ${found.installed[name] ?? 'not installed'}, not ${version}`);
  return of(
    'modules',
    [...inBetween, ...differ],
    `${Object.keys(found.installed).length} installed, base ${found.installed['base'] ?? 'unknown'}`,
  );
}

function neutralised({ neutral, modules: found }: RestoredFacts): Check {
  const left = Object.entries(neutral.live).filter(([, count]) => count > 0);
  return of(
    'neutralised',
    [
      ...(neutral.isMarked || found === null ? [] : ['it is not marked as neutralised']),
      ...left.map(([word, count]) => `${count} ${word} still live`),
    ],
    'no mail, job, payment, webhook or scheduled action is live',
  );
}

function of(check: string, wrong: readonly string[], words: string): Check {
  const few = wrong.slice(0, 5).join('; ');
  return wrong.length === 0
    ? { check, status: 'ok', message: words }
    : { check, status: 'failed', message: wrong.length > 5 ? `${few}; and ${wrong.length - 5} more` : few };
}

function notDone(check: string, message: string): Check {
  return { check, status: 'not-done', message };
}
