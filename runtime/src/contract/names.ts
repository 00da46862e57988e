/** Names that the runtime, the constructs and the outside world share. The Agent's are kept as they are. */
export const productName = 'eventbaton';

export const defaultLockName = 'datadog-leader-election';
export const defaultTokenName = 'datadogtoken';

/** Data keys of the token ConfigMap. */
export const tokenKey = 'event.tokenKey';
export const tokenTimestampKey = 'event.tokenTimestamp';

/** Annotations of the token ConfigMap. */
export const claimAnnotation = 'eventbaton.io/claim';
/** Kind and name of the lock in whose name the claim was made; when it was last written; and for how many seconds without a write it stands. */
export const claimLockAnnotation = 'eventbaton.io/claim-lock';
export const claimRenewedAnnotation = 'eventbaton.io/claim-renewed';
export const claimLastsAnnotation = 'eventbaton.io/claim-lasts';
export const tokenAnnotation = 'eventbaton.io/token';
export const asOfAnnotation = 'eventbaton.io/as-of';
export const historyAnnotation = 'eventbaton.io/history';
export const sinksAnnotation = 'eventbaton.io/sinks';
export const clusterUidAnnotation = 'eventbaton.io/cluster-uid';
export const factsAnnotation = 'eventbaton.io/lifetime-facts';
export const gapFromAnnotation = 'eventbaton.io/gap-from';

/** Annotations of the lock object: the token's copy as JSON, the port that the holder has bound, and the locks of other kinds that ran out. */
export const lockTokenAnnotation = 'eventbaton.io/token';
export const healthPortAnnotation = 'eventbaton.io/health-port';
export const expiredLocksAnnotation = 'eventbaton.io/expired-locks';

/** client-go's: the leader's record on a ConfigMap or Endpoints, which have no fields for it. */
export const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

/** Endpoints with this label at "true" are not copied to an EndpointSlice: nothing routes to a lock. */
export const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror';

/** Under this name our writes are told from others' in `managedFields`. */
export const fieldManager = 'eventbaton';

export const defaultServiceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The runtime's, the constructs' and the chart's. */
export const productVersion = '0.1.0';
