/**
 * What sinks receive: one record for each version of an Event, or for a gap. The schema's name changes when a reader would have to.
 */
export const recordSchema = 'eventbaton.io/v1';

export interface ClusterReference {
  /** Only where the setting names it. */
  readonly name?: string;
  /** The uid of namespace kube-system; absent where it may not be read. */
  readonly uid?: string;
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly fieldPath?: string;
  /** Of the object that the Event is about, when the Event was written. */
  readonly resourceVersion?: string;
}

/** One version of one Event. Times are RFC 3339. */
export interface EventRecord {
  readonly schema: typeof recordSchema;
  /** `<event uid>.<resourceVersion>`: the same for every re-send of this version. */
  readonly id: string;
  readonly cluster: ClusterReference;
  readonly change: 'added' | 'updated';
  readonly type: string;
  readonly reason: string;
  readonly action?: string;
  readonly message: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly reporting: { readonly component?: string; readonly instance?: string; readonly host?: string };
  /** Occurrences so far, at least 1. */
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly event: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    /** The Event's own, at most 32; as its writer set them. */
    readonly labels?: Readonly<Record<string, string>>;
    /** The Event's own, at most 32 of at most 1,024 characters each; as its writer set them. */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Labels or annotations were left out or cut. */
  readonly truncated?: true;
  /** From the settings. */
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
}

export interface GapEnd {
  readonly resourceVersion: string;
  readonly time?: string;
}

/** Says that versions between two positions may be missing, so that nothing is lost silently. */
export interface GapRecord {
  readonly schema: typeof recordSchema;
  /** `gap.<cluster uid>.<history>.<from resourceVersion>` */
  readonly id: string;
  readonly cluster: ClusterReference;
  readonly gap: {
    readonly from: GapEnd;
    readonly to: GapEnd;
    readonly reason: GapReason;
    /** False where it cannot be known whether anything is missing. */
    readonly certain: boolean;
  };
  /** From the settings. */
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
}

/** expired: nobody collected for longer than Events are kept. rewound: the store went back to an earlier state. moved: a person moved the token. */
export type GapReason = 'expired' | 'rewound' | 'moved';

export type SinkRecord = EventRecord | GapRecord;
