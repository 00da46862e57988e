/** What a request needs beside the address. Asked anew for every request, for tokens are rotated while the process runs. */
export interface Credentials {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** `Authorization`, and what else says as whom the request is made. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How to reach the API server, and as whom. */
export interface Connection {
  readonly protocol: 'https:' | 'http:';
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Goes before every path; empty but for an API server behind a gateway. */
  readonly basePath: string;
  /** The namespace that comes with the credentials. */
  readonly namespace: string | undefined;
  /** For logs: where this connection was found. */
  readonly origin: string;
  credentials(): Promise<Credentials>;
  /** The server did not know these credentials (401): read them anew the next time. */
  forget(): void;
}
