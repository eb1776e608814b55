import type { Concern } from '../rule.ts';

/** Server actions that call somebody (17 and later), and automation that time sets off. */
export const webhooks: Concern = {
  name: 'webhooks',
  rules: [
    {
      table: 'ir_act_server',
      where: 't.webhook_url IS NOT NULL',
      needs: ['webhook_url'],
      set: { webhook_url: 'NULL' },
    },
    {
      table: 'base_automation',
      where: "t.active AND t.trigger LIKE 'on\\_time%'",
      needs: ['active', 'trigger'],
      set: { active: 'false' },
    },
    { table: { like: 'webhook' }, where: 't.active', needs: ['active'], set: { active: 'false' } },
    { table: { like: 'webhook' }, setLike: { columns: '(^|_)(url|endpoint|secret|token)$', type: 'text', to: 'NULL' } },
  ],
};
