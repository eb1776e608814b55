import { type Concern, secretColumns } from '../rule.ts';

const enabled = "t.state NOT IN ('disabled', 'test')";

/** No money moves: providers off and without their keys; they were `payment_acquirer` in Odoo 15. */
export const payment: Concern = {
  name: 'payment',
  rules: ['payment_provider', 'payment_acquirer'].flatMap((table) => [
    { table, where: enabled, needs: ['state'], set: { state: "'disabled'" } },
    { table, setLike: { columns: secretColumns, type: 'text' as const, to: 'NULL' } },
  ]),
};
