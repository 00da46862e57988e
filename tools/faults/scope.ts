/** Which requests a fault hits; all that is given must hold. */
export interface Scope {
  readonly method?: string;
  readonly path?: RegExp;
  /** Of the query as sent, without its question mark. */
  readonly query?: RegExp;
  readonly userAgent?: RegExp;
  /** Those in progress when it is injected, as far as it does anything to them, or those that come later. @default both */
  readonly reach?: 'open' | 'new';
  /** Hits so many requests, then none. @default until healed */
  readonly times?: number;
}

export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly queryText: string;
  readonly userAgent: string;
}

export function matches({ method, path, query, userAgent }: Scope, request: RequestFacts): boolean {
  return (
    (method === undefined || method === request.method) &&
    (path === undefined || path.test(request.path)) &&
    (query === undefined || query.test(request.queryText)) &&
    (userAgent === undefined || userAgent.test(request.userAgent))
  );
}

/** Whether it hits connections as such, before anything was asked on them. */
export function isWhole({ method, path, query, userAgent, times }: Scope): boolean {
  return [method, path, query, userAgent, times].every((part) => part === undefined);
}
