/** A moment as an API server reported it. */
export interface ServerMoment {
  /** In milliseconds since 1970. */
  readonly time: number;
  /** The own clock minus that server's, in milliseconds; undefined where unknown. */
  readonly clockOffset: number | undefined;
}
