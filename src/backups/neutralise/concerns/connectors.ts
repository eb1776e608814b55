import { type Concern, nowhere } from '../rule.ts';

/** Shops and storages that connectors speak with: each module has a table of its own, found by how such tables are named. */
const tables = {
  like: '(_backend$|^(shopify|prestashop|woo|woocommerce|magento|magento2|bigcommerce|amazon|ebay|mirakl|lengow|channable|bol|cdiscount|shipstation|sendcloud)_?.*_?(instance|account|backend|store|shop|config|configuration|credentials|connector|integration)(_ept)?$|^fs_storage$)',
} as const;

export const connectors: Concern = {
  name: 'connectors',
  rules: [
    { table: tables, where: 't.active', needs: ['active'], set: { active: 'false' } },
    // Most begin as `draft`; one that does not know the word is not confirmed either.
    { table: tables, where: "t.state <> 'draft'", needs: ['state'], set: { state: "'draft'" } },
    {
      table: tables,
      setLike: {
        columns:
          '(secret|password|passwd|_key$|api_key|token|credential|signature|(^|_)(url|location|host|hostname|server|endpoint|webservice|login|username)$)',
        type: 'text',
        to: 'NULL',
        // Each its own: some may not be equal.
        instead: `t.id::text || '.${nowhere}'`,
      },
    },
  ],
};
