/** Tables of sales, tills, stock, invoices and payments, in the notation of `schema.ts`. From real installations (facts: odoo/schema-matrix.txt). */
export const businessTables = `
website
  name varchar NN
  domain varchar
  unique (domain) @16-19
sale_order
  name varchar NN
  company_id integer NN
  partner_id integer NN
  partner_invoice_id integer NN
  partner_shipping_id integer NN
  warehouse_id integer NN @15-17 | integer @18-19
  picking_policy varchar NN
  state varchar
  locked boolean @17-19
  invoice_status varchar
  website_id integer
  date_order timestamp NN
  amount_total numeric
  create_date timestamp
  write_date timestamp
  currency_rate numeric
  index (name) @15
  index (state)
  index (date_order) @15
  index (create_date)
  index (partner_id)
  index (company_id)
  index (date_order DESC, id DESC) @16-19
  index (partner_invoice_id) WHERE (partner_invoice_id IS NOT NULL) @17-19
  index (partner_shipping_id) WHERE (partner_shipping_id IS NOT NULL) @17-19
pos_config
  name varchar NN
  active boolean
  company_id integer NN
  uuid varchar
  index (name) @15
pos_session
  config_id integer NN
  user_id integer NN
  name varchar NN @15-18 | varchar @19
  state varchar NN
  start_at timestamp
  stop_at timestamp
  rescue boolean
  move_id integer
  create_date timestamp
  write_date timestamp
  unique (name) @15-18
  index (config_id)
  index (user_id)
  index (state)
  index (move_id)
pos_order
  name varchar NN
  company_id integer NN
  session_id integer NN @15-18 | integer @19
  config_id integer @17-19
  state varchar
  pos_reference varchar
  date_order timestamp
  amount_tax numeric NN
  amount_total numeric NN
  amount_paid numeric NN
  amount_return numeric NN
  account_move integer
  create_date timestamp
  write_date timestamp
  uuid varchar @18-19
  user_id integer
  partner_id integer
  index (date_order)
  index (company_id) @15,17-19
  index (partner_id) @15
  index (session_id)
  index (state) @15,17-19
  index (account_move) @15
  index (pos_reference) @15,17-19
  index (partner_id) WHERE (partner_id IS NOT NULL) @16-19
  index (account_move) WHERE (account_move IS NOT NULL) @16-19
  unique (uuid) @19
stock_location
  name varchar NN
  usage varchar NN
  active boolean
  index (usage)
stock_quant
  product_id integer NN
  location_id integer NN
  quantity numeric
  reserved_quantity numeric NN
  in_date timestamp NN
  company_id integer
  index (product_id)
  index (location_id)
stock_picking_type
  name varchar NN @15 | jsonb NN @16-19
  code varchar NN
  company_id integer NN
  active boolean
  sequence_code varchar NN
  index (company_id)
stock_picking
  name varchar
  state varchar
  picking_type_id integer NN
  location_id integer NN
  location_dest_id integer NN
  company_id integer
  move_type varchar NN
  sale_id integer
  pos_order_id integer
  pos_session_id integer
  scheduled_date timestamp
  date_deadline timestamp
  date timestamp @15-18
  date_done timestamp
  create_date timestamp
  write_date timestamp
  unique (name, company_id)
  index (name) @15
  index (state)
  index (scheduled_date)
  index (company_id)
  index (pos_session_id) @15,17-19
  index (pos_order_id) @15,17-19
  index (picking_type_id) @16-19
  index (sale_id) WHERE (sale_id IS NOT NULL) @16-19
stock_move
  name varchar NN @15-18
  state varchar
  picking_id integer
  product_id integer NN
  product_uom integer NN
  location_id integer NN
  location_dest_id integer NN
  company_id integer NN
  procure_method varchar NN
  product_uom_qty numeric NN
  quantity numeric @17-19
  date timestamp NN
  create_date timestamp
  quantity_done numeric @16
  index (product_id, location_id, location_dest_id, company_id, state)
  index (date)
  index (company_id)
  index (product_id)
  index (location_id)
  index (location_dest_id)
  index (picking_id)
  index (state)
account_move
  name varchar
  state varchar NN
  move_type varchar NN
  journal_id integer NN
  currency_id integer NN
  auto_post boolean @15 | varchar NN @16-19
  date date NN
  invoice_date date
  payment_state varchar
  posted_before boolean
  to_check boolean @15-17
  amount_total numeric
  create_date timestamp
  write_date timestamp
  checked boolean @18-19
  index (journal_id) WHERE (to_check = true) @15-17
  index (journal_id, state, payment_state, move_type, date)
  index (name) @15
  index (date)
  index (move_type)
  index (invoice_date)
  unique (name, journal_id) WHERE (((state) = 'posted') AND ((name) <> '/')) @16-19
  index (journal_id) WHERE (checked = false) @18
  index (journal_id) WHERE (checked IS NOT TRUE) @19
payment_acquirer @15
  name varchar NN
  provider varchar NN
  state varchar NN
  company_id integer NN
  create_date timestamp
  write_date timestamp
  index (company_id)
payment_provider @16-19
  name jsonb NN
  code varchar NN
  state varchar NN
  company_id integer NN
  index (company_id)
payment_transaction
  provider_id integer NN @16-19
  payment_method_id integer NN @17-19
  currency_id integer NN
  partner_id integer NN
  company_id integer
  reference varchar NN
  provider_reference varchar @16-19
  state varchar NN
  state_message text
  operation varchar
  amount numeric NN
  is_post_processed boolean
  last_state_change timestamp
  create_date timestamp
  write_date timestamp
  acquirer_id integer NN @15
  acquirer_reference varchar @15
  unique (reference)
  index (company_id)
  index (state)
  index (operation)
`;
