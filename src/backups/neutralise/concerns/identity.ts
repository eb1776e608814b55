import { type Concern, nowhere } from '../rule.ts';

const fresh = 'md5(random()::text || clock_timestamp()::text)::uuid::text';
const parameter = (where: string, value: string) => ({
  table: 'ir_config_parameter',
  where,
  needs: ['key', 'value'],
  set: { value },
});

/** Who the database says it is, and where: two with one uuid are one customer to Odoo, one secret signs for both, and links lead to the original. */
export const identity: Concern = {
  name: 'identity',
  rules: [
    parameter("t.key = 'database.uuid'", fresh),
    parameter("t.key = 'database.secret'", fresh),
    parameter("t.key = 'database.enterprise_code'", "''"),
    parameter("t.key IN ('web.base.url', 'report.url')", `'http://${nowhere}'`),
    // What is written by a copy stays with the copy.
    parameter("t.key = 'ir_attachment.location' AND t.value NOT IN ('db', 'file')", "'file'"),
    { table: 'website', where: 't.domain IS NOT NULL', needs: ['domain'], set: { domain: 'NULL' } },
    { table: 'website', where: 't.cdn_activated', needs: ['cdn_activated'], set: { cdn_activated: 'false' } },
    { table: 'website', set: { robots_txt: "E'User-agent: *\\nDisallow: /'" } },
    {
      table: 'website',
      setLike: {
        columns: '^(google_analytics_key|google_tag_manager_key|plausible_.*|google_management_client_(id|secret))$',
        type: 'text',
        to: 'NULL',
      },
    },
    parameter("t.key = 'database.is_neutralized' AND t.value <> 'true'", "'true'"),
  ],
  adds: [
    {
      table: 'ir_config_parameter',
      values: { key: "'database.is_neutralized'", value: "'true'" },
      unless: "t.key = 'database.is_neutralized'",
    },
  ],
};
