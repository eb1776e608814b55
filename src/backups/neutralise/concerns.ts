import { connectors } from './concerns/connectors.ts';
import { delivery } from './concerns/delivery.ts';
import { identity } from './concerns/identity.ts';
import { jobs } from './concerns/jobs.ts';
import { mail } from './concerns/mail.ts';
import { payment } from './concerns/payment.ts';
import { terminals } from './concerns/terminals.ts';
import { tokens } from './concerns/tokens.ts';
import { webhooks } from './concerns/webhooks.ts';
import type { Concern } from './rule.ts';

/** In this order: what runs by itself first, who it is last. */
export const concerns: readonly Concern[] = [
  ...[jobs, mail, payment, terminals, delivery, webhooks, tokens, connectors, identity],
];
