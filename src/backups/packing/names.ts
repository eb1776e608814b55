/**
 * The path below which a filestore has a file that somebody calls otherwise: `store_fname` is `xx/<sha1>` on disk, and with a scheme in
 * front, or without the folder, where a module keeps attachments in object storage (facts: odoo.md §4.3). Null for what names no file
 * by its SHA-1.
 */
export function pathNamed(name: string): string | null {
  const sum = /(?:^|\/)([0-9a-f]{40})$/.exec(name)?.[1];
  return sum === undefined ? null : `${sum.slice(0, 2)}/${sum}`;
}
