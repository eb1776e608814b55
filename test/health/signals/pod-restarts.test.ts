import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/pod-restarts.ts';
import { says } from './makers.ts';
import { ended, pod, view } from './rows.ts';

const of = (...pods: ReturnType<typeof pod>[]) => says(signal, view({ pods }));

describe('pod-restarts', () => {
  it('forgets restarts of long ago', () => {
    expect(of(pod('odoo-web-1', { restarts: 40, lastTermination: ended('Error', 1, 16) }))).toBe(
      'ok: no restart in 15 min',
    );
    expect(of()).toBeNull();
  });

  it('warns of a recent one, with its reason', () => {
    expect(of(pod('odoo-web-1'), pod('odoo-web-2', { restarts: 1, lastTermination: ended('OOMKilled', 137, 3) }))).toBe(
      'warn: odoo-web-2 OOMKilled (exit 137), 1 restart, last 3m00s ago',
    );
  });

  it('is critical when three pods restarted', () => {
    const pods = [1, 2, 3].map((n) => pod(`odoo-web-${n}`, { restarts: n, lastTermination: ended('Error', 1, n) }));
    expect(of(...pods)).toBe('critical: odoo-web-3 Error (exit 1), 3 restarts, last 3m00s ago and 2 more');
  });

  it('is critical for a pod that Kubernetes has given up hurrying, however long ago it ended', () => {
    const crash = { status: 'CrashLoopBackOff', ready: false, restarts: 9, lastTermination: ended('Error', 1, 40) };
    expect(
      of(pod('odoo-web-1', { restarts: 99, lastTermination: ended('Error', 1, 1) }), pod('odoo-web-2', crash)),
    ).toBe('critical: odoo-web-2 CrashLoopBackOff: Error (exit 1), 9 restarts, last 40m ago and 1 more');
  });

  it('is critical for an image that does not come, in a first container too', () => {
    expect(of(pod('odoo-web-1', { status: 'ImagePullBackOff', ready: false }))).toBe(
      'critical: odoo-web-1 ImagePullBackOff',
    );
    expect(of(pod('odoo-web-1', { status: 'Init:ErrImagePull', ready: false }))).toBe(
      'critical: odoo-web-1 Init:ErrImagePull',
    );
  });

  it('does not call a finished Job a restart, nor trip over a termination without a time', () => {
    expect(
      of(pod('upgrade-1', { phase: 'Succeeded', status: 'Completed', lastTermination: ended('Completed', 0, 1) })),
    ).toBe('ok: no restart in 15 min');
    expect(
      of(pod('odoo-web-1', { restarts: 2, lastTermination: { ...ended('Error', null, 0), finishedAt: null } })),
    ).toBe('ok: no restart in 15 min');
  });
});
