import type { IncomingMessage } from 'node:http';
import type { Fault } from './fault.ts';
import type { RequestFacts } from './scope.ts';

/** One request as it came, and what became of it so far. Neither bodies nor credentials are kept. */
export interface LoggedRequest extends RequestFacts {
  /** When it came, in milliseconds of the monotonic clock. */
  readonly at: number;
  readonly query: URLSearchParams;
  /** What the server said; undefined: it was not asked, or has not answered. */
  readonly serverStatus: number | undefined;
  /** What the client was told; undefined: nothing yet, or nothing at all. */
  readonly status: number | undefined;
  /** Faults that hit it. */
  readonly faults: readonly Fault['kind'][];
  /** Bytes of the body that the server sent. */
  readonly bytesReceived: number;
  /** Bytes of the body that were handed to the client's connection. */
  readonly bytesSent: number;
  /** Undefined while it lasts. Abandoned: the client left. */
  readonly end: RequestEnd | undefined;
}

export type RequestEnd = 'answered' | 'cut' | 'reset' | 'abandoned';

/** As it is written while the request lasts. */
export type OpenEntry = { -readonly [Field in keyof LoggedRequest]: LoggedRequest[Field] } & {
  readonly faults: Fault['kind'][];
};

export function logEntry({ method = '', url = '', headers }: IncomingMessage): OpenEntry {
  const cut = url.indexOf('?');
  const queryText = cut < 0 ? '' : url.slice(cut + 1);
  return {
    at: performance.now(),
    method,
    path: cut < 0 ? url : url.slice(0, cut),
    queryText,
    query: new URLSearchParams(queryText),
    userAgent: headers['user-agent'] ?? '',
    serverStatus: undefined,
    status: undefined,
    faults: [],
    bytesReceived: 0,
    bytesSent: 0,
    end: undefined,
  };
}
