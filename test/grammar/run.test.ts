import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, CommandEntry, Invocation } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { type Parts, runTill } from '#grammar/run.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type FakeIoOptions, fakeIo } from './fake-io.ts';

const status: Command = {
  name: 'status',
  summary: 'Show the health of every tenant',
  examples: [{ line: 'till status --check', note: 'exit 3 when a tenant is critical' }],
  arguments: [{ name: 'TENANT', multiple: true, summary: 'names or globs' }],
  flags: [
    { name: 'check', summary: 'exit 3 unless all is well' },
    { name: 'fail-on', value: 'GRADE', summary: 'what counts', completion: ['warn', 'critical'] },
    { name: 'tier', value: 'TIER', multiple: true, summary: 'tenants of this tier' },
    { name: 'all', summary: 'every tenant', environment: false },
  ],
  exits: [{ code: exitCodes.checkFalse, when: 'a tenant is critical or unknown' }],
  run: async (invocation) => {
    await printList(invocation, {
      kind: 'EchoList',
      items: [echo(invocation)],
      columns: [{ title: 'ECHO', value: (item) => JSON.stringify(item) }],
      name: () => 'echo',
    });
    return invocation.given('check') ? exitCodes.checkFalse : exitCodes.ok;
  },
};

function echo({ arguments: words, value, values, given }: Invocation) {
  return { words, failOn: value('fail-on') ?? null, tier: values('tier'), all: given('all') };
}

const show: Command = {
  name: 'show',
  summary: 'Show one tenant',
  examples: [],
  arguments: [{ name: 'TENANT', required: true, summary: 'a name' }],
  run: async () => {
    throw new TillError('there is no tenant "\u001b[31mx"', {
      exit: exitCodes.usage,
      reason: 'unknown-tenant',
      target: 'x',
      next: 'did you mean "y"?',
    });
  },
};

const check: Command = { ...status, name: 'estate check', summary: 'Check the estate file', arguments: [] };
const broken: Command = {
  ...show,
  name: 'broken',
  arguments: [],
  run: async () => {
    throw new TypeError("cannot read 'x' of undefined");
  },
};

let loaded: string[] = [];

function entryOf(command: Command, group: CommandEntry['group']): CommandEntry {
  const load = async () => {
    loaded.push(command.name);
    return command;
  };
  return { name: command.name, summary: command.summary, group, load };
}

async function till(line: string | readonly string[], options: FakeIoOptions & Partial<Parts> = {}) {
  loaded = [];
  const io = fakeIo(options);
  const argv = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const exit = await runTill(argv, io, {
    commands: [entryOf(status, 'read'), entryOf(show, 'read'), entryOf(check, 'machine'), entryOf(broken, 'read')],
    readEstate: async () => {
      throw new Error('no estate was asked for');
    },
    openConsole: async () => {
      io.out('the console\n');
      return exitCodes.ok;
    },
    complete: async (words) => {
      io.out(words.join('|'));
      return exitCodes.ok;
    },
    keepDetails: () => null,
    ...options,
  });
  return { exit, out: io.stdout(), err: io.stderr(), loaded };
}

/** What the command was told, by way of its JSON. */
async function told(line: string | readonly string[], options: FakeIoOptions = {}) {
  const { exit, out, err } = await till(
    ['-o', 'jsonl', ...(typeof line === 'string' ? line.split(' ') : line)],
    options,
  );
  expect(err).toBe('');
  return { exit, ...JSON.parse(out) };
}

describe('words and flags', () => {
  it.each([
    ['status a b --check', { exit: 3, words: ['a', 'b'] }],
    ['status --check a b', { exit: 3, words: ['a', 'b'] }],
    ['--no-color status a', { words: ['a'] }],
    ['status --tier critical --tier=basic', { tier: ['critical', 'basic'] }],
    ['status --fail-on warn --fail-on critical', { failOn: 'critical' }],
    ['status -- --check', { exit: 0, words: ['--check'] }],
    ['estate check', { words: [] }],
    ['--sandbox estate --check check', { exit: 3 }],
  ])('reads `till %s`', async (line, expected) => {
    expect(await told(line)).toMatchObject(expected);
  });

  it.each([
    ['status --chekc', 'unknown flag --chekc', 'did you mean --check?'],
    ['status -x', 'unknown flag -x', 'see: till status --help'],
    ['status --tier', '--tier needs a value: --tier TIER', 'see: till status --help'],
    ['status --tier --check', '--tier needs a value: --tier TIER', ''],
    ['status --check=yes', '--check is a switch and takes no value', ''],
    ['status --fail-on wran', '--fail-on cannot be "wran"; it is one of warn, critical', 'did you mean "warn"?'],
    ['status -o xml', '-o cannot be "xml"; it is one of table, json, yaml, jsonl, wide, name', ''],
    ['status -o jsn', '', 'did you mean "json"?'],
    ['status --estate x --sandbox', '--estate and --sandbox name two estates', 'give one of the two'],
    ['show', 'TENANT is missing: a name', 'see: till show --help'],
    ['show a b', 'unexpected argument "b"', ''],
    ['statsu', 'till has no command "statsu"', 'did you mean: till status'],
    ['estate chek', 'till has no command "estate chek"', 'did you mean: till estate check'],
    ['esttae check', 'till has no command "esttae"', 'did you mean: till estate'],
    ['frobnicate', 'till has no command "frobnicate"', 'see: till --help'],
  ])('refuses `till %s`', async (line, message, next) => {
    const { exit, out, err } = await till(line);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(next);
  });

  it('takes flags from TILL_* where none is typed, and nowhere else', async () => {
    const env = { TILL_FAIL_ON: 'warn', TILL_TIER: 'critical,basic', TILL_ALL: '1', TILL_CHECK: '0' };
    expect(await told('status', { env })).toEqual({
      exit: 0,
      words: [],
      failOn: 'warn',
      tier: ['critical', 'basic'],
      all: false,
    });
    expect(await told('status --fail-on critical', { env })).toMatchObject({ failOn: 'critical' });
    expect((await till('status', { env: { TILL_FAIL_ON: 'oops' } })).err).toContain('TILL_FAIL_ON cannot be "oops"');
  });
});

describe('the estate that is meant', () => {
  const meant = async (line: string, env: Record<string, string>) => {
    let asked: unknown;
    const usesEstate: Command = {
      ...status,
      name: 'uses',
      run: async ({ estate }) => {
        await estate();
        return exitCodes.ok;
      },
    };
    await till(line, {
      env,
      commands: [entryOf(usesEstate, 'read')],
      readEstate: async ({ value, given }) => {
        asked = { estate: value('estate') ?? null, sandbox: given('sandbox') };
        throw new Error('none');
      },
    });
    return asked;
  };

  it.each<[string, Record<string, string>, string | null, boolean]>([
    ['uses', {}, null, false],
    ['uses --estate a', { TILL_ESTATE: 'b', TILL_SANDBOX: '1' }, 'a', false],
    ['uses', { TILL_ESTATE: 'b' }, 'b', false],
    ['--sandbox uses', { TILL_ESTATE: 'b' }, null, true],
  ])('by `till %s` with %j', async (line, env, estate, sandbox) => {
    expect(await meant(line, env)).toEqual({ estate, sandbox });
  });
});

describe('any words at all', () => {
  it('are done or refused, without a crash and without a control character', async () => {
    const known = ['status', 'show', 'estate', 'check', 'help', '--', '-', '--tier', '--tier=', '-o', 'json', '-ojson'];
    const odd = ['--__proto__', 'constructor', '--toString=1', '---', '--=', '-=', '-xyz', '', '\u001b[2J', '木'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...known, ...odd), fc.string()), { maxLength: 6 }),
        fc.boolean(),
        async (words, isTTY) => {
          const { exit, err } = await till(words, { isTTY, env: { NO_COLOR: '1' } });
          expect([0, 2]).toContain(exit);
          expect(err).not.toMatch(/[\u0000-\u0009\u001b]/u);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('till without a command', () => {
  it('opens the console on a terminal', async () => {
    expect(await till('', { isTTY: true })).toMatchObject({ exit: 0, out: 'the console\n' });
    expect(await till('--sandbox', { isTTY: true })).toMatchObject({ exit: 0, out: 'the console\n' });
  });

  it('says how it is used where there is no terminal, and fails', async () => {
    const { exit, out, err } = await till('');
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('till [COMMAND] [flags]');
  });

  it('refuses an unknown flag before anything opens', async () => {
    expect(await till('--sandbx', { isTTY: true })).toMatchObject({ exit: 2, out: '' });
  });
});

describe('help', () => {
  it('lists the commands in groups and loads none', async () => {
    for (const line of ['--help', '-h', 'help']) {
      const { exit, out, err, loaded } = await till(line);
      expect({ exit, err, loaded }).toEqual({ exit: 0, err: '', loaded: [] });
      expect(out).toMatch(/Examples[\s\S]*Usage[\s\S]*Read\n {2}status[\s\S]*Set up\n {2}estate check/);
    }
  });

  it('of a command shows examples, usage, arguments, flags and exit codes, in that order', async () => {
    const { exit, out } = await till('status --help');
    expect(exit).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "Show the health of every tenant

      Examples
        till status --check  exit 3 when a tenant is critical

      Usage
        till status [TENANT…] [flags]

      Arguments
        TENANT  names or globs

      Flags
            --check          exit 3 unless all is well
            --fail-on GRADE  what counts (warn, critical)
            --tier TIER      tenants of this tier
            --all            every tenant

      Flags on every command
            --estate FILE    the estate file to work on
            --sandbox        work on the sandbox instead of an estate file
        -o, --output FORMAT  table, json, yaml, jsonl, wide, name
            --no-color       no colour; glyphs and words carry every state
        -h, --help           help on a command

      Exit codes
        0    done
        1    failed
        2    wrong usage, or an estate that is not valid
        3    a tenant is critical or unknown
        130  interrupted
      "
    `);
    expect((await till('help status')).out).toBe(out);
    expect((await till('show --help')).exit).toBe(0);
  });

  it('of a word that leads to others lists those, as an answer or as an error', async () => {
    expect(await till('estate --help')).toMatchObject({ exit: 0, err: '' });
    const { exit, out, err } = await till('estate');
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('estate check  Check the estate file');
  });

  it('stays within a narrow terminal', async () => {
    const { out } = await till('status --help', { isTTY: true, columns: 40 });
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

describe('errors', () => {
  it('say what happened and what to do next, without control characters', async () => {
    expect(await till('show x')).toEqual({
      exit: 2,
      out: '',
      err: '✖ there is no tenant "x"\n  did you mean "y"?\n',
      loaded: ['show'],
    });
  });

  it('are one JSON document on stderr with -o json, -o jsonl and -o yaml', async () => {
    for (const line of ['show x -o json', '-o jsonl show x', 'show x -o yaml']) {
      const { exit, out, err } = await till(line);
      expect({ exit, out }).toEqual({ exit: 2, out: '' });
      expect(JSON.parse(err)).toMatchObject({
        apiVersion: 'till/v1',
        kind: 'Error',
        code: 2,
        reason: 'unknown-tenant',
        target: 'x',
        retryable: false,
        operation: null,
      });
    }
    expect(JSON.parse((await till('statsu -o json')).err)).toMatchObject({ reason: 'usage', code: 2 });
    expect(JSON.parse((await till('statsu', { env: { TILL_OUTPUT: 'json' } })).err)).toMatchObject({ code: 2 });
  });

  it('nobody foresaw are one plain line, exit 1, and the way to the details', async () => {
    const { exit, err } = await till('broken');
    expect(exit).toBe(1);
    expect(err).toBe(
      "✖ till failed unexpectedly: cannot read 'x' of undefined\n  run it again with TILL_DEBUG=1 to keep the details in a file\n",
    );
    expect((await till('broken', { keepDetails: () => '/tmp/debug.log' })).err).toContain(
      'the details are in /tmp/debug.log',
    );
  });

  it('are coloured on a terminal alone', async () => {
    const red = '\u001b[31m✖';
    expect((await till('show x', { isTTY: true, env: { TERM: 'xterm' } })).err).toContain(red);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }, { TILL_NO_COLOR: '1' }]) {
      expect((await till('show x', { isTTY: true, env })).err).not.toContain(red);
    }
    expect((await till('show x --no-color', { isTTY: true })).err).not.toContain(red);
    expect((await till('show x')).err).not.toContain(red);
    expect((await till('show x', { env: { FORCE_COLOR: '1' } })).err).toContain(red);
  });

  it('that an interruption caused are not reported', async () => {
    expect(await till('broken', { signal: AbortSignal.abort('interrupted') })).toMatchObject({ exit: 130, err: '' });
    expect(await till('broken', { signal: AbortSignal.abort('output-closed') })).toMatchObject({ exit: 0, err: '' });
  });
});

describe('completion', () => {
  it('gets the words as they are', async () => {
    expect(await till(['__complete', 'status', '--ti'])).toMatchObject({ exit: 0, out: 'status|--ti' });
  });
});
