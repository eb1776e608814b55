import { randomBytes } from 'node:crypto';
import { backupGrants, restoreGrants } from '#estate/backup-grants.ts';
import type { Grants } from '#estate/grants.ts';
import { identifier, type Login, literal, withDatabase } from './sql.ts';

export const monitor = 'till_monitor';
export const backup = 'till_backup';
export const restore = 'till_restore';

export interface Roles {
  readonly odoo: Login;
  readonly monitor: Login;
  /** Reads everything. */
  readonly backup: Login;
  /** Makes databases. */
  readonly restore: Login;
}

/** Who owns the tenants' databases, who may watch them, and who backs them up and makes new ones. */
export async function createRoles(superuser: Login, grants: Grants): Promise<Roles> {
  const login = (user: string): Login => ({ ...superuser, user, password: randomBytes(18).toString('base64url') });
  const roles: Roles = { odoo: login('odoo'), monitor: login(monitor), backup: login(backup), restore: login(restore) };
  await withDatabase(superuser, 'postgres', async (sql) => {
    await sql(`CREATE ROLE ${identifier(roles.odoo.user)} LOGIN CREATEDB`);
    for (const statement of [
      ...grants.server,
      ...backupGrants({ role: backup }).server,
      ...restoreGrants({ role: restore }).server,
    ]) {
      await sql(statement);
    }
    const [row] = await sql(`SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS loaded`);
    if (row?.['loaded'] === true) {
      await sql('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    }
    for (const { user, password } of Object.values<Login>({ ...roles })) {
      await sql(`ALTER ROLE ${identifier(user)} PASSWORD ${literal(password)}`);
    }
  });
  return roles;
}

/** The Redis user of the monitor, as narrow as facts data-tier.md §3.2 found it to work. */
export function redisMonitorRules(password: string): readonly string[] {
  return [
    ...['SETUSER', monitor, 'on', `>${password}`, 'resetkeys', '%R~*', '-@all', '+ping', '+hello', '+select', '+info'],
    ...['+role', '+dbsize', '+scan', '+command', '+config|get', '+client|list', '+client|info', '+client|setname'],
    ...['+slowlog|get', '+slowlog|len', '+latency|latest', '+latency|history', '+latency|doctor', '+memory|doctor'],
    ...[
      '+memory|stats',
      '+memory|usage',
      '+acl|log',
      '+acl|whoami',
      '+cluster|info',
      '+cluster|nodes',
      '+cluster|shards',
    ],
  ];
}
