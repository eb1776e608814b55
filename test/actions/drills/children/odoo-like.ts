import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Client } from 'pg';

/**
 * What an Odoo does with a database that it is given: sends what waits, by whatever is active in it. `odoo-like.ts DATABASE [serve]`, as
 * HOST, PORT, USER and PASSWORD say; MAIL_PORT is the server of its command line, which it takes where the database has none.
 * Prints what it tried as one line of JSON; with `serve` its HTTP port is in it, and it stays.
 */

const [database = '', mode] = process.argv.slice(2);
const { HOST, PORT, USER, PASSWORD, MAIL_PORT } = process.env;

interface Row {
  readonly [column: string]: unknown;
}

const client = new Client({ host: HOST, port: Number(PORT), user: USER, password: PASSWORD, database });
await client.connect();
const rows = async (table: string, text: string): Promise<readonly Row[]> => {
  const known = await client.query('SELECT to_regclass($1) IS NOT NULL AS is', [table]);
  return known.rows[0]?.is === true ? (await client.query<Row>(text)).rows : [];
};

const tried: Record<string, number> = {};
async function attempt(channel: string, send: () => Promise<unknown>): Promise<void> {
  tried[channel] = (tried[channel] ?? 0) + 1;
  await send().catch(() => undefined);
}

const post = (url: unknown) => fetch(String(url), { method: 'POST', body: '{}', signal: AbortSignal.timeout(3_000) });

function smtp(host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const lines = [
    'EHLO odoo',
    'MAIL FROM:<shop@example>',
    'RCPT TO:<customer@example>',
    'DATA',
    'Your order.\r\n.',
    'QUIT',
  ];
  const socket = connect({ host, port });
  socket.setTimeout(3_000, () => socket.destroy(new Error('no answer')));
  socket.on('data', () => {
    const line = lines.shift();
    if (line === undefined) {
      socket.end();
    } else {
      socket.write(`${line}\r\n`);
    }
  });
  socket.on('error', reject);
  socket.on('close', () => resolve());
  return promise;
}

const [server] = await rows(
  'ir_mail_server',
  'SELECT smtp_host AS host, smtp_port AS port FROM ir_mail_server WHERE active ORDER BY id LIMIT 1',
);
for (const _mail of await rows('mail_mail', "SELECT id FROM mail_mail WHERE state = 'outgoing'")) {
  await attempt('mail', () => smtp(String(server?.['host'] ?? '127.0.0.1'), Number(server?.['port'] ?? MAIL_PORT)));
}
for (const { server: host, port } of await rows(
  'fetchmail_server',
  "SELECT server, port FROM fetchmail_server WHERE active AND state = 'done'",
)) {
  await attempt('fetchmail', () => smtp(String(host), Number(port)));
}
for (const { url } of await rows(
  'ir_act_server',
  'SELECT webhook_url AS url FROM ir_act_server WHERE webhook_url IS NOT NULL',
)) {
  await attempt('webhook', () => post(url));
}
for (const table of ['payment_provider', 'payment_acquirer']) {
  for (const { url } of await rows(
    table,
    `SELECT checkout_url AS url FROM ${table} WHERE state = 'enabled' AND adyen_api_key IS NOT NULL`,
  )) {
    await attempt('payment', () => post(url));
  }
}
for (const { url } of await rows(
  'queue_job',
  "SELECT connector_url AS url FROM queue_job WHERE state IN ('pending', 'enqueued', 'started')",
)) {
  await attempt('job', () => post(url));
}
for (const { url } of await rows(
  'ir_cron',
  "SELECT cron_url AS url FROM ir_cron WHERE active AND nextcall <= now() AT TIME ZONE 'utc'",
)) {
  await attempt('cron', () => post(url));
}
await client.end();

if (mode === 'serve') {
  const http = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html><title>Login</title></html>');
  });
  http.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ tried, port: (http.address() as AddressInfo).port })}\n`);
  });
  // It ends with whoever started it.
  process.stdin.resume().on('end', () => process.exit(0));
} else {
  process.stdout.write(`${JSON.stringify({ tried })}\n`);
}
