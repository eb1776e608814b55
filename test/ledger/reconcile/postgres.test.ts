import { describe, expect, it } from 'vitest';
import type { Known } from '#ledger/reconcile/known.ts';
import { reconciled } from '#ledger/reconcile/reconcile.ts';
import { kinds, known, logOf, operation, start } from './world.ts';

const login = 'till_g_01jdgrant000000000000000aa';
const app = `till/${operation}`;
const stamp = (after: number) => new Date(start + after).toISOString().replace('T', ' ').replace('Z', ' UTC');

interface Said {
  readonly after?: number;
  readonly user?: string;
  readonly app?: string;
  readonly host?: string;
  readonly message: string;
}

const audit = (group: string, command: string, statement: string) =>
  `AUDIT: SESSION,1,1,${group},${command},TABLE,public.res_partner,"${statement.replaceAll('"', '""')}",<none>`;
const write = audit('WRITE', 'UPDATE', 'update res_partner set name = "x"');

const stderr = ({ after = 1_000, user = login, app: name = app, host = '10.0.0.7', message }: Said) =>
  `${stamp(after)} [4711] ${user}@maple_toys/${name} ${host} LOG:  ${message.replaceAll('\n', '\n\t')}\n`;

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const csv = ({ after = 1_000, user = login, app: name = app, host = '10.0.0.7', message }: Said) =>
  `${[
    ...[
      stamp(after),
      quoted(user),
      quoted('maple_toys'),
      '4711',
      quoted(`${host}:5432`),
      '67.1',
      '1',
      quoted('UPDATE'),
    ],
    ...[stamp(0), '3/4', '0', 'LOG', '00000', quoted(message), '', '', '', '', '', '', '', '', quoted(name)],
    ...[quoted('client backend'), '', '0'],
  ].join(',')}\n`;

function compared(text: string, given: Known = known({ systems: ['postgres:'] }), prefix: string | null = null) {
  return reconciled({
    ...{ known: given, identities: ['till_monitor'], since: null, until: null, now: start + 3_600_000 },
    logs: [{ ...logOf(text, 'postgres'), prefix }],
  });
}

for (const [form, line] of [
  ['stderr', stderr],
  ['csvlog', csv],
] as const) {
  const quiet = (after: number) => line({ after, user: 'odoo', app: '', message: 'checkpoint complete' });
  const span = (text: string) => quiet(-10_000) + text + quiet(3_000_000);

  describe(`pgaudit in ${form}`, () => {
    it('is explained by the operation in application_name', async () => {
      expect(await compared(span(line({ message: write })))).toMatchObject({ findings: [], explained: 1 });
    });

    it('names what an account of a grant, or till’s own login, did without one', async () => {
      const own = line({ message: write });
      expect(kinds(await compared(span(own + line({ app: 'psql', message: write }))))).toEqual(['unrecorded']);
      expect(kinds(await compared(span(own + line({ user: 'till_monitor', app: 'psql', message: write }))))).toEqual([
        'unrecorded',
      ]);
    });

    it('leaves alone what others did, and what only reads', async () => {
      const others =
        line({ user: 'odoo', app: '', message: write }) +
        line({ app: 'psql', message: audit('READ', 'SELECT', 'select 1') });
      expect(kinds(await compared(span(line({ message: write }) + others)))).toEqual([]);
    });

    it('sees a session ended, and a role made', async () => {
      const ended = audit('READ', 'SELECT', 'select pg_terminate_backend(1)');
      const made = audit('ROLE', 'CREATE ROLE', 'create role x');
      const found = await compared(
        span(line({ message: write }) + line({ app: 'x', message: ended }) + line({ app: 'x', message: made })),
      );
      expect(kinds(found)).toEqual(['unrecorded', 'unrecorded']);
    });

    it('reads a statement over many lines as one', async () => {
      const long = audit('WRITE', 'UPDATE', 'update x\nset y = 1,\n\nz = "AUDIT: SESSION,1,1,DDL,DROP TABLE"');
      const found = await compared(span(line({ message: long })));
      expect(found).toMatchObject({ findings: [], explained: 1, logs: [{ unreadable: 0, events: 3 }] });
    });

    it('names a login after the end of its grant', async () => {
      const message = `connection authorized: user=${login} database=maple_toys application_name=${app}`;
      const late = line({ after: 900_000, user: '[unknown]', app: '[unknown]', message });
      expect(kinds(await compared(span(line({ message: write }) + late)))).toEqual(['after-end']);
    });

    it('keeps no statement: it may hold anything', async () => {
      const secret = audit('WRITE', 'UPDATE', "update res_users set password = 'hunter22'");
      const found = await compared(span(line({ message: write }) + line({ app: 'psql', message: secret })));
      expect(JSON.stringify(found)).not.toContain('hunter22');
      expect(found.findings).toMatchObject([{ what: 'update public.res_partner' }]);
    });
  });
}

describe('log_line_prefix', () => {
  it('can be told where it is an unusual one', async () => {
    const text = `[${app}] <${login}> 10.0.0.7 ${stamp(1_000)} LOG:  ${write}\n`;
    expect(kinds(await compared(text))).toContain('unreadable');
    const found = await compared(text, known({ systems: [] }), '[%a] <%u> %h %m ');
    expect(found).toMatchObject({ findings: [], explained: 1 });
  });

  it('says that pgaudit is best effort where an intent was not seen', async () => {
    const quiet = stderr({ after: -10_000, message: 'a' }) + stderr({ after: 3_000_000, message: 'b' });
    const found = await compared(quiet);
    expect(found.findings).toMatchObject([{ finding: 'unseen', message: expect.stringContaining('best effort') }]);
  });
});
