import { describe, expect, it } from 'vitest';
import { actions } from '#actions/definitions/index.ts';
import { usualEnforcement } from '#estate/enforcement/manifest.ts';
import { accountName, bindingName, grantIn, loginName, redisName } from '#estate/enforcement/names.ts';
import { powers } from '#estate/enforcement/powers.ts';
import { accessRoles } from '#estate/enforcement/roles.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const grantRoles = accessRoles(usualEnforcement).filter(({ metadata }) => /^till-(?:act-|read$)/.test(metadata.name));

describe('what a grant may do', () => {
  it('is said for every action that writes to a system', async () => {
    const all = await Promise.all(actions.map(({ load }) => load()));
    const writing = all.filter(({ writesToSystems }) => writesToSystems).map(({ name }) => name);
    expect(writing.length).toBeGreaterThan(5);
    expect(Object.keys(powers).sort()).toEqual(expect.arrayContaining(writing));
  });

  it('holds nothing that would outlive it: no Secrets, tokens, roles, pods, shells, impersonation or certificates', () => {
    const rules = grantRoles.flatMap((role) => role['rules'] as readonly Rule[]);
    expect(rules.length).toBeGreaterThan(10);
    for (const { apiGroups, resources, verbs } of rules) {
      const isRead = verbs.every((verb) => ['get', 'list', 'watch'].includes(verb));
      const named = [...apiGroups, ...resources, ...verbs];
      expect(named).not.toContain('*');
      expect(named).not.toContain('secrets');
      for (const never of [
        'serviceaccounts',
        'serviceaccounts/token',
        'pods/exec',
        'pods/attach',
        'pods/portforward',
      ]) {
        expect(resources).not.toContain(never);
      }
      for (const never of ['impersonate', 'escalate', 'bind', 'approve', 'sign', 'deletecollection']) {
        expect(verbs).not.toContain(never);
      }
      expect(
        isRead || !apiGroups.some((group) => ['', 'rbac.authorization.k8s.io', 'certificates.k8s.io'].includes(group)),
      ).toBe(true);
    }
  });
});

describe('the names of what is made for a grant', () => {
  const grant = '01JDZZ5K6W7X8Y9Z0A1B2C3D4E';

  it('are fixed by the grant, and tell it again', () => {
    const made = [accountName(grant), bindingName(grant, 'scale'), loginName(grant), redisName(grant, '9a3c2f52-0f5e')];
    expect(made).toEqual([
      'till-g-01jdzz5k6w7x8y9z0a1b2c3d4e',
      'till-g-01jdzz5k6w7x8y9z0a1b2c3d4e.scale',
      'till_g_01jdzz5k6w7x8y9z0a1b2c3d4e',
      'till-g-01jdzz5k6w7x8y9z0a1b2c3d4e-9a3c2f52',
    ]);
    expect(made.map(grantIn)).toEqual([grant, grant, grant, grant]);
  });

  it('are not seen in the names of others', () => {
    for (const other of [
      'default',
      'till-agent',
      'till-g-',
      'till-g-short',
      'xtill-g-01jdzz5k6w7x8y9z0a1b2c3d4e',
      `${accountName(grant)}x`,
    ]) {
      expect(grantIn(other), other).toBeNull();
    }
  });
});
