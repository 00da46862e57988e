/** Settings of the collectors, as the documentation names them; what a pod knows of itself is wired by the construct. */
export interface CollectorSettings {
  /** Seconds that a leader which died is waited for. @default 60 */
  readonly leaderLeaseDuration?: number;
  /** @default "datadog-leader-election" */
  readonly leaderLeaseName?: string;
  /** Kind of the lock. For `configmap` the collectors may create ConfigMaps, a right that cannot be limited to one name. @default "lease" */
  readonly leaderElectionDefaultResource?: 'lease' | 'configmap' | 'endpoints';
  /** Name of the ConfigMap that holds the resume token. @default "datadogtoken" */
  readonly tokenName?: string;
  /** Namespace of lock and token. @default the collectors' own */
  readonly kubeResourcesNamespace?: string;
  /** Name of the cluster in each record. @default none */
  readonly clusterName?: string;
  /** Tags in each record, such as "env:prod". @default none */
  readonly tags?: readonly string[];
  /** Fields in each record, under `fields`. @default none */
  readonly fields?: Readonly<Record<string, string>>;
  /** Port of probes, metrics and status, from 1. @default 5555 */
  readonly healthPort?: number;
  /** Where to start without a token: all Events that the API server still has, or now. @default "all" */
  readonly startFrom?: 'all' | 'now';
  /** Seconds; the API server's --event-ttl. @default 3600 */
  readonly eventTtl?: number;
  /** Seconds between two writes of the token, at least. @default 5 */
  readonly checkpointInterval?: number;
  /** Seconds that a hand-over waits for open requests. The pod's grace period follows it. @default 10 */
  readonly drainTimeout?: number;
  /** Bytes that may be read and not yet settled. Raise the limit of memory in `resources` with it. @default 8388608 */
  readonly windowBytes?: number;
  /** @default "info" */
  readonly logLevel?: 'error' | 'warn' | 'info' | 'debug';
  /** Where records go. @default [{ type: "stdout" }] */
  readonly sinks?: readonly (StdoutSink | FileSink | HttpSink)[];
}

export interface SinkOptions {
  /** Unique among the sinks. @default the type */
  readonly name?: string;
  /** Required sinks hold the token back; the others drop, and count what they drop, when the window is full. @default true */
  readonly required?: boolean;
  /** What one request holds at most. @default 500 records, 1 MiB */
  readonly batch?: { readonly records?: number; readonly bytes?: number };
  /** Seconds; the wait before each retry doubles from one to the other. @default 0.5, 30 */
  readonly retry?: { readonly initial?: number; readonly maximum?: number };
}

export interface StdoutSink extends SinkOptions {
  readonly type: 'stdout';
}

/** The container's root is read-only: the path must lie in a volume, which `extraVolumes` and `extraVolumeMounts` bring. */
export interface FileSink extends SinkOptions {
  readonly type: 'file';
  /** The file itself must not be a symbolic link; its folders may. */
  readonly path: string;
  /** Largest size of the file in bytes, and the number of full files that are kept: `path.1` is the latest. @default none, 3 */
  readonly rotate?: { readonly bytes: number; readonly keep?: number };
}

/** Batches by POST. Its certificate is always verified; redirects are not followed. */
export interface HttpSink extends SinkOptions {
  readonly type: 'http';
  /** Without user and password: set `basic`. A URL that is a secret itself, such as that of a web hook, is named by its place. */
  readonly url: string | SecretPlace;
  /** What the NetworkPolicy opens for this sink. @default that of `proxy`, else of `url`, unless that is a secret */
  readonly port?: number;
  /** @default none */
  readonly headers?: Readonly<Record<string, string | SecretSource>>;
  /** Basic authentication. Secrets for it usually have the keys `username` and `password`. @default none */
  readonly basic?: BasicCredentials;
  /** A JSON array, or one line of JSON per record. @default "json" */
  readonly format?: 'json' | 'ndjson';
  /** Sent as Content-Type, such as "text/plain". The body stays that of the format. @default that of the format */
  readonly contentType?: string;
  /** @default false */
  readonly gzip?: boolean;
  /** PEM. The only authorities that are trusted then. @default those that Node trusts */
  readonly ca?: CertificateAuthority;
  /** The client certificate with its chain, PEM. @default none */
  readonly cert?: SecretPlace;
  /** Its private key, PEM, without a passphrase. @default none */
  readonly key?: SecretPlace;
  /** Such as "http://proxy.example:3128"; one with user and password is named by its place; "none" uses none. @default that of the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which `extraEnv` brings */
  readonly proxy?: string | SecretPlace;
  /** Seconds from connecting to the last byte of the answer. @default 30 */
  readonly timeout?: number;
  /** What to do on 409: send the batch again, or take it as stored already. @default "retry" */
  readonly onConflict?: 'retry' | 'accept';
}

export interface BasicCredentials {
  /** Without ':'. */
  readonly username: string | SecretPlace;
  readonly password: SecretPlace;
}

/** Where the certificates of authorities are, one of three. */
export interface CertificateAuthority {
  /** Its path. @default secretRef or configMapRef says where */
  readonly file?: string;
  /** @default file or configMapRef says where */
  readonly secretRef?: SecretKey;
  /** @default file or secretRef says where */
  readonly configMapRef?: ConfigMapKey;
}

/**
 * Where the containers find a secret, one of three. A key of a Secret is mounted as a read-only file. A file, which `extraVolumeMounts` brings, is
 * read again at least once a minute; a variable, which `extraEnv` brings, at start.
 */
export interface SecretPlace {
  /** @default file or env says where */
  readonly secretRef?: SecretKey;
  /** Its path. @default secretRef or env says where */
  readonly file?: string;
  /** Its name. @default secretRef or file says where */
  readonly env?: string;
}

/** Of a header. */
export interface SecretSource extends SecretPlace {
  /** Stands before the secret, such as "Bearer ". @default "" */
  readonly prefix?: string;
}

/** A key of a Secret in the collectors' namespace. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** A key of a ConfigMap in the collectors' namespace. */
export interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
}
