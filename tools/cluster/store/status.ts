/** Refusals in the API server's words (1.36), as errors of one class. */
import { type Kind, qualifiedKind, qualifiedResource } from './kinds.ts';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }
}

export function failure(
  code: number,
  reason: string | undefined,
  message: string,
  details?: StatusDetails,
  continueToken?: string,
): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: continueToken === undefined ? {} : { continue: continueToken },
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

export function deletedStatus(kind: Kind, name: string, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...resourceDetails(kind, name), uid },
  };
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

/** An error that the API server did not foresee: without a reason. */
export function internalError(message: string): StatusError {
  return failure(500, undefined, message);
}

export function notFound(kind: Kind, name: string): StatusError {
  return failure(404, 'NotFound', `${qualifiedResource(kind)} "${name}" not found`, resourceDetails(kind, name));
}

export function unknownResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(): StatusError {
  return failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function alreadyExists(kind: Kind, name: string): StatusError {
  const message = `${qualifiedResource(kind)} "${name}" already exists`;
  return failure(409, 'AlreadyExists', message, resourceDetails(kind, name));
}

export function modified(kind: Kind, name: string): StatusError {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function wrongUid(kind: Kind, name: string, wanted: string, found: string): StatusError {
  return conflict(kind, name, `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`);
}

export function wrongVersion(kind: Kind, name: string, wanted: string, found: string): StatusError {
  const reason = `ResourceVersion in precondition: ${wanted}, ResourceVersion in object meta: ${found}`;
  return conflict(kind, name, `Precondition failed: ${reason}`);
}

export function invalid(
  { group, kind }: Pick<Kind, 'group' | 'kind'>,
  name: string,
  causes: readonly StatusCause[],
): StatusError {
  const said = causes.map(({ field = '', message }) => `${field}: ${message}`);
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const message = `${qualifiedKind({ group, kind })} "${name}" is invalid: ${list}`;
  return failure(422, 'Invalid', message, { ...detailsOf(group, kind, name), causes });
}

export function invalidValue(field: string, value: unknown, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

/** A PUT without a resourceVersion, where none may be without: told of the resource, not of the kind. */
export function unconditionalUpdate({ group, resource }: Kind, name: string): StatusError {
  return invalid({ group, kind: resource }, name, [
    invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
  ]);
}

export function forbidden(kind: Kind, name: string, why: string, causes: readonly StatusCause[]): StatusError {
  const message = `${qualifiedResource(kind)} "${name}" is forbidden: ${why}`;
  return failure(403, 'Forbidden', message, { ...resourceDetails(kind, name), causes });
}

/** @param cached a watch cache waits for 3 s before it says so, and asks to come again */
export function tooLargeVersion(wanted: number, current: number, cached: boolean): StatusError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(cached ? { retryAfterSeconds: 1 } : {}),
  });
}

export function expired(message: string, continueToken?: string): StatusError {
  return failure(410, 'Expired', message, undefined, continueToken);
}

function conflict(kind: Kind, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, resourceDetails(kind, name));
}

function resourceDetails({ group, resource }: Kind, name: string): StatusDetails {
  return detailsOf(group, resource, name);
}

function detailsOf(group: string, kind: string, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind };
}
