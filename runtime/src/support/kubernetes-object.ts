export interface ObjectMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object in wire form. Fields that we do not know stay in it, so that a write of it keeps them. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export interface RequestOptions {
  /** Give up after this long; the connection is destroyed then. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Whether to tell of warnings that the server sends along, as for a deprecated kind. Default true. */
  readonly tellWarnings?: boolean;
}

/** The one object of a name that somebody else may write too. Every failure is a CollectorError. */
export interface NamedObject<T extends KubernetesObject> {
  /** For messages, e.g. `leases "datadog-leader-election" in namespace "default"`. */
  readonly description: string;
  readonly namespace: string;
  readonly name: string;
  /** @returns undefined where there is none (404) */
  get(options?: RequestOptions): Promise<T | undefined>;
  /** POST. API_CONFLICT where it exists. */
  create(object: T, options?: RequestOptions): Promise<T>;
  /** PUT with the uid and resourceVersion in `object` as its precondition. API_CONFLICT where it changed or is another one. */
  replace(object: T, options?: RequestOptions): Promise<T>;
  /**
   * Watches this object alone. Resolves when the server accepted the watch; then yields each state (undefined: deleted) and ends when
   * the server ends the stream. Bookmarks are passed over.
   *
   * @param resourceVersion undefined: the present state first, then what follows
   */
  watch(resourceVersion: string | undefined, signal: AbortSignal): Promise<AsyncIterable<T | undefined>>;
}
