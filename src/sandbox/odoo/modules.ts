/** Modules of a shop that sells over the counter and on the web: about as many as a real one has (facts: odoo.md §8). */
const installed = `
account account_edi_ubl_cii account_payment analytic auth_signup auth_totp auth_totp_mail auth_totp_portal barcodes
barcodes_gs1_nomenclature base base_geolocalize base_import base_install_request base_setup bus contacts delivery digest
google_recaptcha http_routing iap iap_mail l10n_generic_coa loyalty mail mail_bot onboarding partner_autocomplete payment
payment_adyen payment_custom payment_stripe phone_validation point_of_sale portal portal_rating pos_adyen pos_discount
pos_epson_printer pos_hr pos_loyalty pos_restaurant pos_sale pos_sale_loyalty privacy_lookup product purchase
purchase_stock rating resource sale sale_loyalty sale_loyalty_delivery sale_management sale_pdf_quote_builder
sale_product_configurator sale_product_matrix sale_purchase sale_purchase_stock sale_service sale_sms sale_stock
snailmail snailmail_account social_media spreadsheet spreadsheet_account spreadsheet_dashboard
spreadsheet_dashboard_account spreadsheet_dashboard_pos_hr spreadsheet_dashboard_sale sms stock stock_account
stock_delivery stock_picking_batch stock_sms uom utm web web_editor web_hierarchy web_tour web_unsplash website
website_mail website_payment website_sale website_sale_stock website_sms retail_connector retail_loyalty retail_pos`;

const available = `
mrp mrp_account project hr hr_expense hr_holidays crm event survey fleet lunch maintenance mass_mailing repair
website_blog website_event website_forum website_slides im_livechat l10n_fr l10n_se l10n_us payment_paypal
payment_worldline stock_dropshipping pos_six pos_viva_wallet calendar note hr_attendance hr_timesheet`;

export interface ModuleSpec {
  readonly name: string;
  readonly isInstalled: boolean;
}

export function modulesOf(series: number): readonly ModuleSpec[] {
  const names = (text: string) => text.trim().split(/\s+/);
  const jobs = series < 19 ? ['queue_job', 'retail_queue'] : [];
  return [
    ...[...names(installed), ...jobs].map((name) => ({ name, isInstalled: true })),
    ...names(available).map((name) => ({ name, isInstalled: false })),
  ];
}
