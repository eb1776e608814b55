import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupProof } from '#backups/manifest.ts';
import type { BackupRow } from '#backups/rows.ts';
import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';
import { proofSigns } from '#themes/glyphs.ts';
import { localMinute } from '../components/clock.ts';
import { labelling } from '../components/labelled.ts';
import { type Span, span } from '../components/line.ts';
import type { BackupScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { backupId, backupsOf } from './held.ts';
import { signOfBackup } from './words.ts';

type Row = readonly Span[];

/** Everything that is said of it, as rows. */
export function backupBody(state: ConsoleState, { tenant, backup }: BackupScreen): readonly Row[] {
  const row = backupsOf(state, tenant).find((one) => backupId(one) === backup);
  if (row === undefined) {
    return [[span('It is not there any more.', 'status.unknown')]];
  }
  const labelled = labelling(state.columns - 3);
  const entry = state.backups?.picture?.ours.find((one) => one.tenant === tenant && one.backup === backup);
  const sign = signOfBackup(row);
  return [
    ...labelled('Proof', `${sign.glyph} ${sign.word}`, sign.token),
    ...labelled('Taken', row.at === null ? 'not known' : `${localMinute(Date.parse(row.at))}   ${row.at}`),
    ...labelled('Size', row.size === null ? 'not known' : size(row.size)),
    ...labelled('In', `${row.place}${row.source === 'till' ? '' : `, made by ${row.source}`}`),
    ...(row.message === null ? [] : labelled('Note', row.message, row.status === 'ok' ? undefined : 'status.warn')),
    ...(entry === undefined ? [] : contents(entry, labelled)),
    ...(entry?.proofs ?? []).flatMap((proof) => [[], ...proofRows(proof, row, labelled)]),
  ];
}

function contents(entry: CatalogueEntry, labelled: ReturnType<typeof labelling>): readonly Row[] {
  const { manifest, missing, signature, sha256 } = entry;
  const { database, filestore, odoo } = manifest;
  return [
    ...labelled(
      'Signed',
      signature,
      signature === 'wrong' ? 'status.critical' : undefined,
      `   manifest ${sha256.slice(0, 16)}`,
    ),
    ...labelled(
      'Database',
      `${database.name} on ${database.server}, PostgreSQL ${database.serverVersion}, ${size(database.size)}, ${database.tables} tables`,
    ),
    ...labelled(
      'Files',
      filestore === null
        ? 'none: the tenant has no filestore that till can read'
        : `${filestore.files} files, ${size(filestore.size)}${filestore.missing.length === 0 ? '' : `; ${filestore.missing.length} had no file when it was made`}`,
      filestore === null || filestore.missing.length > 0 ? 'status.warn' : undefined,
    ),
    ...labelled('Odoo', `${odoo.series ?? 'series not known'}`),
    ...missing.slice(0, 8).flatMap((key, index) => labelled(index === 0 ? '✖ Missing' : '', key, 'status.critical')),
    ...(missing.length > 8 ? labelled('', `and ${missing.length - 8} more`, 'status.critical') : []),
  ];
}

function proofRows(proof: BackupProof, { at }: BackupRow, labelled: ReturnType<typeof labelling>): readonly Row[] {
  const sign = proof.status === 'ok' ? proofSigns[proof.level] : proofSigns.failed;
  const steps = Object.entries(proof.seconds).map(([step, seconds]) => `${step} ${inWords(seconds)}`);
  const measured = [
    ...(proof.rto === null ? [] : [`RTO ${inWords(proof.rto)}`]),
    ...(proof.rpo === null ? [] : [`RPO ${inWords(proof.rpo)}`]),
    ...steps,
  ];
  const old = at === null ? '' : `, when it was ${inWords((Date.parse(proof.at) - Date.parse(at)) / 1000)} old`;
  return [
    ...labelled('Proven', `${sign.glyph} ${sign.word} ${localMinute(Date.parse(proof.at))}${old}`, sign.token),
    ...(measured.length === 0 ? [] : labelled('', measured.join(' · '), 'text.secondary')),
    ...proof.checks.flatMap(({ check, status, message }) =>
      labelled(
        '',
        `${status === 'ok' ? proofSigns.served.glyph : status === 'failed' ? proofSigns.failed.glyph : '·'} ${check}: ${message}`,
        status === 'failed' ? 'status.critical' : undefined,
      ),
    ),
  ];
}
