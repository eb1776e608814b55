import { hash } from 'node:crypto';
import { canonical, type Json } from '../canonical.ts';
import type { Policy } from './policy.ts';

/** Of what was asked for: an approver names it, and so approves what they have seen. */
export function digestOfRequest(params: object): string {
  return hash('sha256', canonical(params as Json));
}

/** Of a policy: whoever approves it names it. */
export function digestOfPolicy(body: Policy): string {
  return hash('sha256', canonical(body as unknown as Json));
}
