import { type Kind, qualified } from '../kinds/kind.ts';

interface Details {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Details;
  readonly code?: number;
}

/** A refusal in the server's own words: messages and reasons as read from a real kube-apiserver. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: Status;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: Details, metadata: Status['metadata'] = {}) {
    super(message);
    this.code = code;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

const about = (kind: Kind, name?: string): Details => ({
  ...(name === undefined || name === '' ? {} : { name }),
  ...(kind.group === '' ? {} : { group: kind.group }),
  kind: kind.plural,
});

export const badRequest = (message: string): Refusal => new Refusal(400, 'BadRequest', message);

export const unauthorized = (): Refusal => new Refusal(401, 'Unauthorized', 'Unauthorized');

export const notFound = (kind: Kind, name: string): Refusal =>
  new Refusal(404, 'NotFound', `${qualified(kind)} "${name}" not found`, about(kind, name));

export const noSuchResource = (): Refusal =>
  new Refusal(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): Refusal =>
  new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const notAcceptable = (): Refusal =>
  new Refusal(
    406,
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch',
    {},
  );

export const unsupportedMediaType = (): Refusal =>
  new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

export const alreadyExists = (kind: Kind, name: string): Refusal =>
  new Refusal(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, about(kind, name));

export const conflict = (kind: Kind, name: string, why: string): Refusal =>
  new Refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`,
    about(kind, name),
  );

export const modified = 'the object has been modified; please apply your changes to the latest version and try again';

export const expired = (message: string, metadata: Status['metadata'] = {}): Refusal =>
  new Refusal(410, 'Expired', message, undefined, metadata);

export const tooLargeVersion = (asked: number, current: number): Refusal =>
  new Refusal(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });

export interface InvalidField {
  readonly reason: 'FieldValueForbidden' | 'FieldValueNotSupported' | 'FieldValueRequired' | 'FieldValueInvalid';
  readonly field: string;
  readonly message: string;
}

export function invalid(kind: string, group: string, name: string, fields: readonly InvalidField[]): Refusal {
  const told = fields.map(({ field, message }) => `${field}: ${message}`);
  const list = told.length === 1 ? told.join('') : `[${told.join(', ')}]`;
  return new Refusal(422, 'Invalid', `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind,
    causes: fields,
  });
}

/** Admission's refusal: `pods "web-1" is forbidden: exceeded quota: …`. */
export const forbiddenBy = (kind: Kind, name: string, why: string): Refusal =>
  new Refusal(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: ${why}`, about(kind, name));

export const forbiddenPath = (user: string, verb: string, path: string): Refusal =>
  new Refusal(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});

export interface ForbiddenRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export function forbidden({ user, verb, group, resource, subresource, namespace, name }: ForbiddenRequest): Refusal {
  const plural = group === '' ? resource : `${resource}.${group}`;
  const subject = name === undefined || name === '' ? plural : `${plural} "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const asked = subresource === undefined ? resource : `${resource}/${subresource}`;
  return new Refusal(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${asked}" in API group "${group}" ${where}`,
    { ...(name === undefined || name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  );
}
