/** Tables of the framework, mail and jobs, in the notation of `schema.ts`. From real installations (facts: odoo/schema-matrix.txt). */
export const technicalTables = `
ir_cron
  ir_actions_server_id integer NN
  user_id integer NN
  cron_name varchar @15,17-19 | jsonb @16
  active boolean
  interval_number integer @15-17 | integer NN @18-19
  interval_type varchar @15-17 | varchar NN @18-19
  numbercall integer @15-17
  doall boolean @15-17
  nextcall timestamp NN
  lastcall timestamp
  priority integer
  create_date timestamp
  write_date timestamp
  failure_count integer @18-19
  first_failure_date timestamp @18-19
  index (ir_actions_server_id) @19
ir_cron_trigger
  cron_id integer @15-18 | integer NN @19
  call_at timestamp @15-18 | timestamp NN @19
  create_date timestamp
  write_date timestamp
  index (cron_id)
  index (call_at) @17-19
ir_cron_progress @18-19
  cron_id integer NN
  remaining integer
  done integer
  timed_out_counter integer
  create_uid integer
  write_uid integer
  deactivate boolean
  create_date timestamp
  write_date timestamp
  index (cron_id)
ir_module_module
  name varchar NN
  state varchar(16)
  latest_version varchar
  shortdesc varchar @15 | jsonb @16-19
  auto_install boolean
  demo boolean
  create_date timestamp
  write_date timestamp
  unique (name)
  index (name) @15
  index (state)
ir_config_parameter
  key varchar NN
  value text NN
  create_date timestamp
  write_date timestamp
  unique (key)
  index (key) @15
ir_attachment
  name varchar NN
  type varchar NN
  res_model varchar
  res_field varchar
  res_id integer
  company_id integer
  url varchar(1024)
  public boolean
  store_fname varchar
  checksum varchar(40)
  file_size integer
  mimetype varchar
  index_content text
  db_datas bytea
  create_date timestamp
  write_date timestamp
  index (res_model, res_id)
  index (url) @15
  index (checksum) @15-16
  index (url) WHERE (url IS NOT NULL) @16-19
  index (store_fname) @16-19
ir_logging
  name varchar NN
  type varchar NN
  dbname varchar
  level varchar
  message text NN
  path varchar NN
  func varchar NN
  line varchar NN
  create_date timestamp
  write_date timestamp
  create_uid integer
  write_uid integer
  index (type)
  index (dbname)
  index (level)
ir_mail_server
  name varchar NN
  smtp_host varchar NN @15-16 | varchar @17-19
  smtp_port integer NN @15-16 | integer @17-19
  smtp_user varchar
  smtp_pass varchar
  smtp_encryption varchar NN
  smtp_authentication varchar NN
  active boolean
  index (name)
fetchmail_server
  name varchar NN
  active boolean
  state varchar
  server_type varchar NN
  date timestamp
  error_date timestamp @19
  error_message text @19
  index (state)
  index (server_type)
res_company
  name varchar NN
  partner_id integer NN
  currency_id integer NN
  active boolean @16-19
  unique (name)
  index (partner_id) @19
res_users
  login varchar NN
  password varchar
  active boolean
  share boolean
  partner_id integer NN
  company_id integer NN
  create_date timestamp
  index (partner_id)
res_users_log
  create_uid integer
  create_date timestamp
  write_uid integer
  write_date timestamp
  index (create_uid) @19
res_device_log @18-19
  user_id integer
  create_uid integer
  write_uid integer
  session_identifier varchar NN
  platform varchar
  browser varchar
  ip_address varchar
  country varchar
  city varchar
  device_type varchar
  revoked boolean
  first_activity timestamp
  last_activity timestamp
  create_date timestamp
  write_date timestamp
  index (user_id, session_identifier, platform, browser, last_activity, id) WHERE (revoked = false) @18
  index (session_identifier)
  index (user_id)
  index (last_activity)
  index (user_id, session_identifier, platform, browser, last_activity, id) WHERE (revoked IS NOT TRUE) @19
  index (revoked) WHERE (revoked IS NOT TRUE) @19
mail_mail
  mail_message_id integer NN
  state varchar
  failure_type varchar
  failure_reason text
  email_to text
  auto_delete boolean
  scheduled_date varchar @15 | timestamp @16-19
  body_html text
  create_date timestamp
  write_date timestamp
  to_delete boolean @16
  index (mail_message_id)
mail_notification
  mail_message_id integer NN
  mail_mail_id integer
  res_partner_id integer
  author_id integer @16-19
  notification_type varchar NN
  notification_status varchar
  failure_type varchar
  failure_reason text
  is_read boolean
  read_date timestamp
  index (res_partner_id, is_read, notification_status, mail_message_id)
  index (mail_message_id)
  index (mail_mail_id)
  index (res_partner_id)
  index (notification_type)
  index (notification_status)
  index (is_read)
  index (author_id, notification_status) WHERE ((notification_status) = ANY ((ARRAY['bounce', 'exception']))) @16-19
  unique (mail_message_id, res_partner_id) WHERE (res_partner_id IS NOT NULL) @16-19
bus_bus
  channel varchar
  message varchar
  create_date timestamp
  write_date timestamp
  create_uid integer
  write_uid integer
bus_presence @15-18
  user_id integer
  guest_id integer
  status varchar
  last_poll timestamp
  last_presence timestamp
  unique (user_id) WHERE (user_id IS NOT NULL)
  unique (guest_id) WHERE (guest_id IS NOT NULL)
mail_presence @19
  user_id integer
  guest_id integer
  status varchar
  last_poll timestamp
  last_presence timestamp
  unique (guest_id) WHERE (guest_id IS NOT NULL)
  unique (user_id) WHERE (user_id IS NOT NULL)
queue_job @15-18
  uuid varchar NN
  state varchar NN
  name varchar
  model_name varchar
  method_name varchar
  channel varchar
  priority integer
  retry integer
  max_retries integer
  identity_key varchar
  worker_pid integer
  exc_name varchar
  exc_message varchar
  exc_info text
  date_created timestamp
  date_enqueued timestamp
  date_started timestamp
  date_done timestamp
  date_cancelled timestamp
  eta timestamp
  exec_time double precision
  args text @15-17 | jsonb @18
  kwargs text @15-17 | jsonb @18
  records text @15-17 | jsonb @18
  user_id integer
  company_id integer
  func_string varchar
  result text
  job_function_id integer
  graph_uuid varchar
  index (identity_key) WHERE (((state) = ANY ((ARRAY['pending', 'enqueued', 'wait_dependencies']))) AND (identity_key IS NOT NULL)) @15-16,18
  index (uuid)
  index (graph_uuid)
  index (company_id)
  index (state)
  index (channel)
  index (identity_key) WHERE (((state) = ANY ((ARRAY['pending', 'enqueued']))) AND (identity_key IS NOT NULL)) @17
queue_job_channel @15-18
  name varchar
  complete_name varchar
  parent_id integer
  removal_interval integer NN
  create_uid integer
  create_date timestamp
  write_uid integer
  write_date timestamp
  unique (complete_name)
ir_model_data
  module varchar NN
  name varchar NN
  model varchar NN
  res_id integer
  noupdate boolean
  unique (module, name)
`;
