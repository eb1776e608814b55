import { createCipheriv, createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sql } from '../sql.ts';

/** An attachment with the bytes that it stands for. */
export interface Attachment {
  readonly name: string;
  readonly mimetype: string;
  readonly model: string;
  readonly field?: string;
  readonly id: number;
  readonly bytes: Buffer;
  readonly url?: string;
  /** Hours ago. */
  readonly age?: number;
}

/** Where Odoo keeps the files of a database: one for each content, named by its SHA-1 (facts: odoo.md §3.1). */
export function filestoreOf(folder: string, database: string): string {
  return join(folder, database);
}

/** Files first, rows after: what a row names is there. */
export async function attach(sql: Sql, filestore: string, attachments: readonly Attachment[]): Promise<void> {
  await writeFiles(filestore, attachments);
  await insertAttachments(sql, attachments);
}

export async function writeFiles(filestore: string, attachments: readonly Attachment[]): Promise<void> {
  const contents = new Map(attachments.map(({ bytes }) => [storeName(bytes), bytes]));
  await Promise.all(
    [...contents].map(async ([name, bytes]) => {
      const path = join(filestore, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // As Odoo does: never half a file under its name.
      const draft = `${path}.${randomUUID()}`;
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, path);
    }),
  );
}

export async function insertAttachments(sql: Sql, attachments: readonly Attachment[]): Promise<void> {
  const rows = attachments.map(({ bytes, url = null, field = null, age = 0, ...said }) => {
    const store = storeName(bytes);
    return { ...said, url, field, age, size: bytes.length, store, checksum: store.slice(3) };
  });
  await sql(
    `INSERT INTO ir_attachment (name, type, res_model, res_field, res_id, company_id, url, public, store_fname, checksum, file_size,
       mimetype, create_date, write_date)
     SELECT name, 'binary', model, field, id, 1, url, url IS NOT NULL, store, checksum, size, mimetype, at, at
     FROM jsonb_to_recordset($1) AS a(name text, model text, field text, id int, url text, store text, checksum text, size int,
       mimetype text, age int), LATERAL (SELECT (now() AT TIME ZONE 'utc') - age * interval '1 hour' AS at) made`,
    [JSON.stringify(rows)],
  );
}

/** What every database has besides: a link, and bytes that lie in the database itself. Neither has a file. */
export async function insertFileless(sql: Sql): Promise<void> {
  const bytes = noise('favicon', 318);
  await sql(
    `INSERT INTO ir_attachment (name, type, res_model, res_id, company_id, url, file_size, checksum, db_datas, mimetype, create_date)
     VALUES ('Assembly instructions', 'url', 'product.template', 3, 1, 'https://www.example.com/instructions.pdf', NULL, NULL, NULL,
         'application/pdf', now()),
       ('Supplier catalogue', 'url', 'res.partner', 7, 1, 'http://supplier.example.com/catalogue', NULL, NULL, NULL, 'text/html', now()),
       ('favicon', 'binary', 'website', 1, 1, NULL, $1, $2, $3, 'image/x-icon', now())`,
    [bytes.length, createHash('sha1').update(bytes).digest('hex'), bytes],
  );
}

/** `ab/abcd…`. */
export function storeName(bytes: Uint8Array): string {
  const sum = createHash('sha1').update(bytes).digest('hex');
  return `${sum.slice(0, 2)}/${sum}`;
}

/** Bytes that a name decides and that no compression makes smaller, as those of photographs. */
export function noise(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
