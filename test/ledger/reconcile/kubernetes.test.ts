import { describe, expect, it } from 'vitest';
import { compared, grant, jti, kinds, known, operation, request, start, till } from './world.ts';

const scale = request();

describe('acts in the API server’s log', () => {
  it('are explained by the intent that they name', async () => {
    const found = await compared(scale);
    expect(found).toMatchObject({ findings: [], explained: 1 });
  });

  it('are unrecorded when till’s identity names no operation, an unknown one, or one that was over', async () => {
    const other = '01JDTHER000000000000000000';
    const ways = [
      { id: 'e1f2a3b4-0000-4000-8000-000000000000', agent: 'kubectl/1.36' },
      { id: other },
      { after: 300_000 },
      { after: -300_000 },
    ];
    for (const way of ways) {
      expect(kinds(await compared(scale + request(way))), JSON.stringify(way)).toEqual(['unrecorded']);
    }
  });

  it('are unrecorded when they carry an operation’s id to another namespace', async () => {
    const objectRef = { resource: 'deployments', namespace: 'kaffe-te', name: 'odoo-web' };
    const found = await compared(scale + request({ objectRef }));
    expect(found.findings).toMatchObject([
      { finding: 'unrecorded', message: expect.stringContaining('is about maple-toys') },
    ]);
  });

  it('are explained where they create or remove the operation’s own Job, wherever the executor lives', async () => {
    const uri = '/apis/batch/v1/namespaces/till-executor/jobs';
    const job = (name: string, verb: string) =>
      request({ verb, uri, objectRef: { resource: 'jobs', namespace: 'till-executor', name, apiGroup: 'batch' } });
    const own = `till-${operation.toLowerCase()}`;
    expect((await compared(scale + job(own, 'create') + job(own, 'delete'))).findings).toEqual([]);
    for (const other of [job('till-01jdther000000000000000000', 'create'), job('miner', 'create'), job(own, 'patch')]) {
      expect(kinds(await compared(scale + other))).toEqual(['unrecorded']);
    }
  });

  it('are till’s by account, by field manager, by user agent, by the policy’s names, and by what it was seen to do', async () => {
    const id = 'e1f2a3b4-0000-4000-8000-000000000000';
    const stranger = { id, agent: 'kubectl/1.36', credential: 'X509SHA256=00' };
    const uri = '/apis/apps/v1/namespaces/maple-toys/deployments/odoo-web?fieldManager=till-01JDTHER000000000000000000';
    const own = { user: 'sso-bot', agent: 'till/0.1.0', credential: 'X509SHA256=11' };
    const ways: readonly string[] = [
      request({ ...stranger, user: till }),
      request({ ...stranger, user: 'bob', uri }),
      request({ ...stranger, user: 'bob', agent: 'till/0.1.0' }),
      request({ ...stranger, user: 'alice@example.org' }),
      request({ ...stranger, user: 'bob', credential: `JTI=${jti}` }),
      // Its own act comes later in the log.
      request({ ...stranger, user: 'sso-bot', after: 500 }) + request(own),
    ];
    for (const way of ways) {
      expect(kinds(await compared(scale + way)), way).toEqual(['unrecorded']);
    }
  });

  it('of others are nobody’s business here, and neither are till’s reads, questions and dry runs', async () => {
    const id = 'e1f2a3b4-0000-4000-8000-000000000000';
    const quiet = [
      request({ id, user: 'carol', agent: 'kubectl/1.36', credential: 'X509SHA256=22' }),
      request({ id, user: 'system:serviceaccount:kube-system:replicaset-controller', agent: 'kcm', credential: 'x' }),
      request({ id, user: 'alice@example.org', verb: 'list' }),
      request({ id, verb: 'create', objectRef: { resource: 'selfsubjectaccessreviews' } }),
      request({ id, uri: '/apis/apps/v1/namespaces/x/deployments/y?dryRun=All&fieldManager=till' }),
      request({ id, verb: 'update', objectRef: { resource: 'leases', name: 'till-agent', namespace: 'till-system' } }),
    ];
    expect(kinds(await compared(scale + quiet.join('')))).toEqual([]);
  });

  it('that were refused changed nothing: they are counted', async () => {
    const refused = request({ id: 'x', code: 403, agent: 'kubectl/1.36' });
    expect(await compared(scale + refused)).toMatchObject({ findings: [], refused: 1 });
  });

  it('whose answer is missing count as acts: nobody knows what came of them', async () => {
    const [received = ''] = request({ id: 'x', agent: 'kubectl' }).split('\n');
    expect(kinds(await compared(`${scale}${received}\n`))).toEqual(['unrecorded']);
  });

  it('see exec, whatever its verb', async () => {
    const objectRef = { resource: 'pods', name: 'odoo-web-0', namespace: 'maple-toys', subresource: 'exec' };
    const found = await compared(scale + request({ id: 'x', verb: 'get', objectRef }));
    expect(found.findings).toMatchObject([{ finding: 'unrecorded', what: 'get pods/odoo-web-0/exec in maple-toys' }]);
  });
});

describe('what was issued under a grant', () => {
  const late = known({ until: null, status: null }, {});

  it('is residual while it can still work after the end, and after-end when it should not', async () => {
    const use = (after: number) => request({ after, verb: 'list' });
    expect(kinds(await compared(scale + use(599_000)))).toEqual([]);
    expect(kinds(await compared(scale + use(640_000)))).toEqual(['residual']);
    expect(kinds(await compared(scale + use(900_000), late))).toEqual(['after-end']);
  });

  it('ends when it was revoked, not when it would have', async () => {
    const revoked = known({ until: null, status: null }, { until: start + 60_000, residualUntil: start + 130_000 });
    const found = await compared(scale + request({ after: 100_000 }), revoked);
    expect(found.findings).toMatchObject([{ finding: 'residual', grant, operation }]);
  });

  it('is named when it comes from two addresses, by the address that the client cannot set', async () => {
    const found = await compared(scale + request({ after: 2_000, from: '203.0.113.9' }));
    expect(found.findings).toMatchObject([{ finding: 'other-source', from: '203.0.113.9' }]);
  });

  it('is named when the ledger does not know the grant of the account', async () => {
    const user = 'system:serviceaccount:maple-toys:till-g-01jdznknwn000000000000000a';
    expect(kinds(await compared(scale + request({ user, credential: 'JTI=z' })))).toEqual(['unrecorded']);
  });

  it('has to be in the ledger when it is minted, also by a dry run', async () => {
    const account = 'till-g-01jdgrant000000000000000aa';
    const objectRef = { resource: 'serviceaccounts', subresource: 'token', name: account, namespace: 'maple-toys' };
    const minting = { verb: 'create', user: 'till-agent', objectRef, credential: 'X509SHA256=1' };
    expect(kinds(await compared(scale + request({ ...minting, issued: jti })))).toEqual([]);
    const other = request({ ...minting, issued: 'other', uri: '/api/v1/x?dryRun=All' });
    expect(kinds(await compared(scale + other))).toEqual(['mint-without-grant']);
  });
});

describe('what the log does not say', () => {
  it('is an intent that was not seen, only where the log covers it', async () => {
    expect(kinds(await compared(''))).toEqual(['unseen']);
    expect(kinds(await compared('', known({ status: 'failed' })))).toEqual([]);
    expect(kinds(await compared('', known({ systems: [] })))).toEqual([]);
    expect(kinds(await compared('', known({ from: start - 60_000 })))).toEqual([]);
  });

  it('is told of lines that nobody understands', async () => {
    const found = await compared(`${scale}{"kind":\nrubbish\n`);
    expect(found.findings).toMatchObject([{ finding: 'unreadable', message: expect.stringContaining('2 lines') }]);
    expect(found.logs[0]?.unreadable).toBe(2);
  });
});
