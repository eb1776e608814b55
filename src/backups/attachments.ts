import { DamagedBackup } from './manifest-file.ts';

/**
 * The files that `ir_attachment` names, from what `pg_restore --data-only --table=ir_attachment` prints: COPY's text, in which a
 * name of Odoo's needs no escape. Null where it has no such table, and so no say in what files there should be. Those with a scheme lie in another store and are not in the filestore (facts: odoo.md §4.3).
 */
export async function storedNames(source: AsyncIterable<Buffer>, key: string): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  let column: number | null = null;
  let rest = '';
  let hasTable = false;
  const read = (line: string) => {
    if (column === null) {
      const columns = /^COPY (?:[^ .]+\.)?"?ir_attachment"? \((.*)\) FROM stdin;$/.exec(line)?.[1];
      column = columns === undefined ? null : columns.split(', ').indexOf('store_fname');
      hasTable ||= column !== null;
      if (column === -1) {
        throw new DamagedBackup(key, 'its ir_attachment has no store_fname: it is no database of Odoo');
      }
      return;
    }
    if (line === '\\.') {
      column = null;
      return;
    }
    const name = line.split('\t', column + 1)[column] ?? '\\N';
    if (name !== '\\N' && name !== '' && !name.includes('://')) {
      names.add(name);
    }
  };
  for await (const chunk of source) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(read);
  }
  return hasTable ? names : null;
}
