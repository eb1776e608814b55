import { seededRandom } from '../random.ts';
import type { SandboxTenant } from '../tenants.ts';
import { type Attachment, noise } from './filestore.ts';
import type { Series } from './schema.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** What every database of a series has: what its web pages load. */
export function assetsOf(series: Series): readonly Attachment[] {
  const bundles: readonly (readonly [string, string, number])[] = [
    ['web.assets_web.min.js', 'application/javascript', 180],
    ['web.assets_web.min.css', 'text/css', 140],
    ['web.assets_frontend.min.js', 'application/javascript', 110],
    ['web.assets_frontend.min.css', 'text/css', 70],
    ['point_of_sale.assets_prod.min.js', 'application/javascript', 160],
    ['web.assets_frontend_lazy.min.js', 'application/javascript', 0],
  ];
  return bundles.map(([name, mimetype, lines]) => ({
    ...{ name, mimetype, model: 'ir.ui.view', id: 0, url: `/web/assets/1/${name}` },
    bytes: text(
      lines,
      (line) => `/* odoo ${series} */ .o_${line % 37} { order: ${line}; width: calc(${line}px + 1em) }`,
    ),
  }));
}

const pictures = 22;
const invoices = 9;

/** A shop's own: pictures of its goods, some used twice, and the invoices of its last weeks. */
export function attachmentsOf({ name, tier }: SandboxTenant, seed: number): readonly Attachment[] {
  const random = seededRandom(seed);
  const many = tier === 'critical' ? pictures * 2 : pictures;
  const shown = Array.from({ length: many }, (_, index) => {
    const size = Math.round(400 + 90_000 * random() ** 3);
    return picture(index + 1, Buffer.concat([png, noise(`${name} ${seed} ${index}`, size)]));
  });
  // The same picture on two variants is one file (facts: odoo.md §3.1).
  const again = shown.slice(0, 3).map(({ bytes }, index) => picture(many + index + 1, bytes));
  const billed = Array.from({ length: invoices }, (_, index) =>
    invoiceOf(name, index + 1, random, (invoices - index) * 60),
  );
  return [...shown, ...again, ...billed];
}

function picture(id: number, bytes: Buffer): Attachment {
  return {
    name: 'image_1920',
    mimetype: 'image/png',
    model: 'product.template',
    field: 'image_1920',
    id,
    bytes,
    age: id * 7,
  };
}

/** An invoice as text that compresses, in place of a PDF. */
export function invoiceOf(shop: string, number: number, random: () => number, age = 0): Attachment {
  const lines = 40 + Math.floor(random() * 260);
  const start = Math.floor(random() * 1e6);
  return {
    ...{ name: `INV-${String(number).padStart(5, '0')}.pdf`, mimetype: 'application/pdf', age },
    ...{ model: 'account.move', id: number },
    bytes: text(
      lines,
      (line) => `%PDF ${shop} ${number} line ${start + line}: ${((start * line) % 9973) / 100} × ${line % 7}`,
    ),
  };
}

function text(lines: number, of: (line: number) => string): Buffer {
  return Buffer.from(Array.from({ length: lines }, (_, line) => `${of(line + 1)}\n`).join(''));
}
