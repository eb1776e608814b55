import type { StoredObject } from '../kubernetes/types.ts';
import { preferring, type Scenario } from './scenario.ts';

/** A release that does not start: every web pod ends as soon as it begins, and the front has nobody to ask. */
export const crashLoop: Scenario = {
  name: 'crash-loop',
  summary: 'the web pods end as soon as they start (CrashLoopBackOff), the login page answers 503',
  defaultTenant: preferring('north-outdoor', 'maple-toys'),
  async start({ kubernetes }, tenant) {
    const selector = {
      namespace: tenant.namespace,
      labels: { 'app.kubernetes.io/instance': tenant.instance, 'app.kubernetes.io/component': 'web' },
    };
    kubernetes.setPodBehaviour(selector, {
      crash: {
        exitCode: 1,
        reason: 'Error',
        message: "ModuleNotFoundError: No module named 'odoo.addons.retail_pos'",
        restarts: 6,
      },
    });
    return async () => {
      kubernetes.setPodBehaviour(selector, null);
      // As the release that repairs it would: new pods, without the restarts of the old ones.
      const isOurs = ({ metadata: { labels = {} } }: StoredObject) =>
        Object.entries(selector.labels).every(([name, value]) => labels[name] === value);
      for (const { kind, metadata } of kubernetes.list('Pod', selector.namespace).filter(isOurs)) {
        kubernetes.remove({ kind, name: metadata.name, namespace: selector.namespace });
      }
    };
  },
};
