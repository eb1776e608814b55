import { type Concern, secretColumns } from '../rule.ts';

/** Card terminals, printers and boxes on the shop's own network answer to whoever asks. */
export const terminals: Concern = {
  name: 'terminals',
  rules: [
    { table: 'pos_payment_method', set: { use_payment_terminal: 'NULL' } },
    { table: 'pos_payment_method', setLike: { columns: '_test_mode$', type: 'boolean', to: 'true' } },
    {
      table: 'pos_payment_method',
      setLike: { columns: `${secretColumns}|_(identifier|ip)$`, type: 'text', to: 'NULL' },
    },
    { table: { like: '^(pos_config|pos_printer|restaurant_printer)$' }, set: { is_posbox: 'false' } },
    {
      table: { like: '^(pos_config|pos_printer|restaurant_printer)$' },
      setLike: { columns: '^(proxy_ip|epson_printer_ip|.*_printer_ip)$', type: 'text', to: 'NULL' },
    },
    { table: 'iot_box', setLike: { columns: '^(ip|ip_url|identifier)$', type: 'text', to: 'NULL' } },
  ],
};
