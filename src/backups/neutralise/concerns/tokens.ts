import { type Concern, secretColumns } from '../rule.ts';

/** Accounts elsewhere: credits, sign-in, calendars, bank feeds, authorities. */
export const tokens: Concern = {
  name: 'tokens',
  rules: [
    {
      table: 'iap_account',
      where: "t.account_token NOT LIKE '%+disabled'",
      needs: ['account_token'],
      set: { account_token: "t.account_token || '+disabled'" },
    },
    { table: 'auth_oauth_provider', where: 't.enabled', needs: ['enabled'], set: { enabled: 'false' } },
    {
      table: 'res_users',
      setLike: {
        columns: '^(oauth_access_token|(google|microsoft)_.*(token|code|_sync_token))$',
        type: 'text',
        to: 'NULL',
      },
    },
    {
      table: { like: '^(res_users_settings|google_calendar_credentials|microsoft_calendar_credentials)$' },
      setLike: { columns: '(token|rtoken|secret|code)$', type: 'text', to: 'NULL' },
    },
    { table: 'account_online_account', set: { auto_sync: 'false' } },
    { table: 'account_online_link', set: { auto_sync: 'false' } },
    {
      table: 'account_edi_proxy_client_user',
      where: "t.edi_mode = 'prod'",
      needs: ['edi_mode'],
      set: { edi_mode: "'demo'" },
    },
    { table: 'account_edi_proxy_client_user', set: { active: 'false' } },
    { table: 'social_account', setLike: { columns: secretColumns, type: 'text', to: 'NULL' } },
    { table: 'whatsapp_account', setLike: { columns: secretColumns, type: 'text', to: 'NULL' } },
    { table: 'res_company', setLike: { columns: '(secret|password|_token|api_key)$', type: 'text', to: 'NULL' } },
    {
      table: 'res_company',
      setLike: { columns: '_(test_env|test_mode|test_environment)$', type: 'boolean', to: 'true' },
    },
    {
      table: 'res_company',
      setLike: { columns: '_(production_env|prod_environment|production_environment)$', type: 'boolean', to: 'false' },
    },
    {
      table: 'ir_config_parameter',
      // A password's rules and switches are parameters too; what opens a door is longer.
      where:
        "t.key ~* '(secret|api[._]?key|[._]token|private[._]?key)$' AND length(t.value) > 11 AND t.key <> 'database.secret'",
      needs: ['key', 'value'],
      set: { value: "''" },
    },
  ],
};
