import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '#sandbox/kubernetes/access/certificates.ts';

const now = Date.parse('2026-11-22T09:00:00Z');
const authority = createAuthority('test-ca', now);
const root = new X509Certificate(authority.pem);

describe('a certificate of the sandbox’s authority', () => {
  it('is signed by it, and names who it is for', () => {
    const leaf = new X509Certificate(
      authority.issue({ commonName: 'admin', organizations: ['system:masters', 'ops'], use: 'client' }).pem,
    );
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.subject).toBe('O=system:masters\nO=ops\nCN=admin');
    expect(leaf.ca).toBe(false);
    expect(root.ca).toBe(true);
  });

  it('of a server is good for its addresses and names', () => {
    const { pem } = authority.issue({
      commonName: 'api',
      use: 'server',
      addresses: ['127.0.0.1'],
      names: ['localhost'],
    });
    const leaf = new X509Certificate(pem);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkHost('example.com')).toBeUndefined();
  });

  it('can be made for a span of its own, such as one that is over', () => {
    const { pem } = authority.issue({ commonName: 'old', use: 'client', notBefore: now - 2000, notAfter: now - 1000 });
    expect(new Date(new X509Certificate(pem).validTo).getTime()).toBe(now - 1000);
  });

  it('is valid beyond 2049, where its time is written differently', () => {
    const notAfter = Date.parse('2050-06-01T00:00:00Z');
    const { pem } = authority.issue({ commonName: 'late', use: 'client', notAfter });
    expect(new Date(new X509Certificate(pem).validTo).getTime()).toBe(notAfter);
  });
});
