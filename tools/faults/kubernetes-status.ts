/** What an API server says when it refuses, as its clients parse it. */
import { STATUS_CODES } from 'node:http';

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export function kubernetesStatus(code: number, message = `injected: ${STATUS_CODES[code] ?? code}`) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: reasons[code] ?? 'Unknown',
    code,
  };
}

/** One line of a watch. */
export function errorFrame(code: number, message?: string): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: kubernetesStatus(code, message) })}\n`);
}
