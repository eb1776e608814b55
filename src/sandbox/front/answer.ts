import type { SandboxTenant } from '../tenants.ts';
import type { TenantDatabases } from './databases.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The tenant of the Host; null for an address, a probe, a stranger. */
  readonly tenant: Pick<SandboxTenant, 'database' | 'series'> | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the page service says for a tenant in maintenance: come back later, never 200 (facts: data-tier.md §4.3). */
export const maintenancePage: Answer = {
  status: 503,
  headers: { 'content-type': 'text/html; charset=utf-8', 'retry-after': '120' },
  body: '<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>',
};

/** What Odoo answers, path by path (facts: odoo.md §1.1). It is the same Odoo whichever front it is behind. */
export async function odooAnswer(asked: Asked, databases: TenantDatabases): Promise<Answer> {
  const { path, query, tenant } = asked;
  if (path === '/web/health') {
    return json({ status: 'pass', ...(query.has('db_server_status') ? { db_server_status: true } : {}) });
  }
  if (path === '/web/webclient/version_info') {
    return asked.method === 'POST' ? json({ jsonrpc: '2.0', id: null, result: versionInfo(tenant) }) : notAllowed;
  }
  if (path === '/web/database/selector' || path === '/web/database/manager') {
    return html('<title>Odoo</title><p>The database manager has been disabled by the administrator</p>');
  }
  if (tenant === null) {
    return path === '/' || path === '/web' || path.startsWith('/web/') ? toSelector(path) : notFound;
  }
  if (tenant.series >= 19 && (path === '/web/version' || path === '/json/version')) {
    return json({ version_info: [tenant.series, 0, 0, 'final', 0, ''], version: `${tenant.series}.0` });
  }
  if (path === '/websocket/health') {
    return json({ status: 'pass' });
  }
  return fromDatabase(asked, tenant, databases);
}

/** A tenant whose database is away shows as 303 and 404, never as 5xx (facts: odoo.md §0.1, §1.3). */
async function fromDatabase(
  { path }: Asked,
  tenant: Pick<SandboxTenant, 'database'>,
  databases: TenantDatabases,
): Promise<Answer> {
  const isPage = path === '/' || path === '/shop' || path === '/web' || path === '/web/login';
  if (!isPage) {
    return notFound;
  }
  const facts = await databases.loginFacts(tenant.database).catch(() => null);
  if (facts === null) {
    return path === '/shop' ? notFound : toSelector(path);
  }
  if (path === '/web') {
    return redirect('/web/login?redirect=%2Fweb%3F');
  }
  const company = facts.company.replace(/[<>&"]/g, '');
  return path === '/web/login'
    ? html(
        `<title>Login | ${company}</title><form class="oe_login_form" action="/web/login" method="post">` +
          '<input type="text" name="login"><input type="password" name="password"></form>',
      )
    : html(`<title>${company}</title><h1>${company}</h1>`);
}

function toSelector(path: string): Answer {
  return redirect(path === '/' ? '/web' : '/web/database/selector');
}

function versionInfo(tenant: Pick<SandboxTenant, 'series'> | null) {
  const series = tenant?.series ?? 17;
  return {
    server_version: `${series}.0`,
    server_version_info: [series, 0, 0, 'final', 0, ''],
    server_serie: `${series}.0`,
    protocol_version: 1,
  };
}

function json(value: unknown): Answer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status: 200, headers, body: JSON.stringify(value) };
}

function html(body: string): Answer {
  const page = `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>${body}</body></html>`;
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
}

function redirect(location: string): Answer {
  return { status: 303, headers: { 'content-type': 'text/html; charset=utf-8', location }, body: '' };
}

const notFound: Answer = { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Not Found' };
const notAllowed: Answer = { ...notFound, status: 405, body: 'Method Not Allowed' };
