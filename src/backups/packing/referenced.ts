import type { Read } from '../contents.ts';
import { pathNamed } from './names.ts';

const atATime = 20_000;

/** The files that `ir_attachment` names in the snapshot: paths of the filestore, and as they stand there those that are none. */
export async function referencedFiles(read: Read): Promise<ReadonlySet<string>> {
  const [has] = await read({
    text: `SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('public.ir_attachment')
             AND attname = 'store_fname' AND NOT attisdropped) AS is_odoo`,
  });
  const names = new Set<string>();
  if (has?.['is_odoo'] !== true) {
    return names;
  }
  // A cursor, so that a million of them are never here at once as rows.
  await read({
    text: `DECLARE till_files NO SCROLL CURSOR FOR
             SELECT store_fname AS name FROM public.ir_attachment WHERE store_fname IS NOT NULL AND store_fname <> ''`,
  });
  for (;;) {
    const rows = await read({ text: `FETCH ${atATime} FROM till_files` });
    for (const row of rows) {
      const name = String(row['name']);
      // As it stands there, so that whoever reads the dump back finds it by that name; but for what lies in a bucket.
      const path = name.includes('://') ? pathNamed(name) : name;
      if (path !== null) {
        names.add(path);
      }
    }
    if (rows.length < atATime) {
      await read({ text: 'CLOSE till_files' });
      return names;
    }
  }
}
