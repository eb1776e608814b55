import { type Concern, secretColumns } from '../rule.ts';

/** Carriers that print labels elsewhere, and cost money by that. */
export const delivery: Concern = {
  name: 'delivery',
  rules: [
    {
      table: 'delivery_carrier',
      where: 't.prod_environment',
      needs: ['prod_environment'],
      set: { prod_environment: 'false' },
    },
    {
      table: 'delivery_carrier',
      where: "t.active AND t.delivery_type NOT IN ('fixed', 'base_on_rule')",
      needs: ['active', 'delivery_type'],
      set: { active: 'false' },
    },
    { table: 'delivery_carrier', setLike: { columns: secretColumns, type: 'text', to: 'NULL' } },
  ],
};
