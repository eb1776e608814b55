import { type Concern, nowhere } from '../rule.ts';

/** Odoo's own word for it, and ours. */
const nowheres = `'invalid', '${nowhere}'`;

/** Nothing goes out, and nothing is fetched: without a server of its own Odoo would take the one of its command line, so it gets one that is nowhere. */
export const mail: Concern = {
  name: 'mail',
  rules: [
    {
      table: 'ir_mail_server',
      where: `t.active AND coalesce(t.smtp_host, '') NOT IN (${nowheres})`,
      needs: ['active', 'smtp_host'],
      set: { active: 'false' },
    },
    {
      table: 'ir_mail_server',
      setLike: { columns: '^(smtp_pass|.*_(token|authorization_code))$', type: 'text', to: 'NULL' },
    },
    {
      table: 'mail_template',
      where: 't.mail_server_id IS NOT NULL',
      needs: ['mail_server_id'],
      set: { mail_server_id: 'NULL' },
    },
    { table: 'mail_mail', where: "t.state = 'outgoing'", needs: ['state'], set: { state: "'cancel'" }, ends: 'mails' },
    {
      table: 'sms_sms',
      where: "t.state = 'outgoing'",
      needs: ['state'],
      set: { state: "'canceled'" },
      ends: 'text messages',
    },
    {
      table: 'whatsapp_message',
      where: "t.state = 'outgoing'",
      needs: ['state'],
      set: { state: "'cancel'" },
      ends: 'text messages',
    },
    {
      table: 'mailing_mailing',
      where: "t.state IN ('in_queue', 'sending')",
      needs: ['state'],
      set: { state: "'draft'" },
      ends: 'mailings',
    },
    {
      table: 'fetchmail_server',
      where: "t.active OR t.state = 'done'",
      needs: ['active', 'state'],
      set: { active: 'false', state: "'draft'" },
    },
    {
      table: 'fetchmail_server',
      setLike: { columns: '^(password|.*_(token|authorization_code))$', type: 'text', to: 'NULL' },
    },
    {
      table: 'ir_config_parameter',
      where: "t.key IN ('mail.web_push_vapid_private_key', 'mail.web_push_vapid_public_key', 'mail.sfu_server_key')",
      needs: ['key', 'value'],
      set: { value: "''" },
    },
  ],
  adds: [
    {
      table: 'ir_mail_server',
      values: {
        ...{ name: "'neutralization - disable emails'", smtp_host: `'${nowhere}'`, smtp_port: '1025' },
        ...{ smtp_encryption: "'none'", smtp_authentication: "'login'", active: 'true', sequence: '0' },
      },
      unless: `t.smtp_host IN (${nowheres}) AND t.active`,
    },
  ],
};
