import type { GapReason, SinkRecord } from '../contract/event-record.ts';
import type { CollectorError } from './errors.ts';

/**
 * Everything that a person or a metric may want to know of, as data. The domain folders tell; `operations/` turns it into log lines and
 * counters, in one place. Times are milliseconds, resourceVersions decimal text.
 */
export type Happening =
  // election
  | { readonly what: 'leader seen'; readonly holder: string }
  | { readonly what: 'lock released'; readonly transitions: number }
  | { readonly what: 'term began'; readonly term: number; readonly because: string }
  | { readonly what: 'lease renewed'; readonly term: number; readonly milliseconds: number }
  | { readonly what: 'renewal failed'; readonly term: number; readonly error: CollectorError }
  | { readonly what: 'term over'; readonly term: number; readonly reason: string }
  | { readonly what: 'lock released by us'; readonly term: number }
  | { readonly what: 'release failed'; readonly term: number; readonly error: CollectorError }
  /** The process stops while the lock names it, although its term is over. */
  | { readonly what: 'lock left behind'; readonly remainsMs: number }
  | { readonly what: 'lock request failed'; readonly error: CollectorError }
  | { readonly what: 'lock set back'; readonly seen: string; readonly found: string }
  | { readonly what: 'lock watch forbidden'; readonly error: CollectorError }
  | { readonly what: 'other lock held'; readonly lock: string; readonly holder: string }
  | { readonly what: 'other lock forbidden'; readonly error: CollectorError }
  /** A leader that does nothing but keep its lock, and by whom; undefined: it goes on. */
  | { readonly what: 'held back'; readonly by: string | undefined }
  | { readonly what: 'takeover lost'; readonly error: CollectorError }
  // token
  | { readonly what: 'token claimed'; readonly term: number; readonly position: string; readonly origin: string }
  /** The token is claimed by somebody who seems to be gone: it is taken from them. */
  | { readonly what: 'claim abandoned'; readonly holder: string; readonly lock: string }
  | { readonly what: 'token written'; readonly position: string }
  | { readonly what: 'token write failed'; readonly error: CollectorError }
  | { readonly what: 'token only on the lock'; readonly error: CollectorError | undefined }
  | { readonly what: 'token overwritten'; readonly found: string; readonly position: string }
  | { readonly what: 'token unreadable'; readonly found: string }
  | { readonly what: 'token moved by hand'; readonly from: string; readonly to: string }
  | { readonly what: 'token of another cluster'; readonly found: string; readonly expected: string }
  | { readonly what: 'cluster check off'; readonly error: CollectorError }
  // collection
  | { readonly what: 'watch accepted'; readonly position: string }
  | {
      readonly what: 'watch ended';
      readonly because:
        | 'in order'
        | 'broken'
        | 'expired'
        | 'stalled'
        | 'refused'
        | 'rewound'
        | 'compacted'
        | 'unverified';
      readonly error?: CollectorError;
    }
  | {
      readonly what: 'relist';
      readonly because: 'first start' | 'expired' | 'expired_unreported' | 'unverified' | 'rewound' | 'broken';
      readonly from: string;
    }
  | {
      readonly what: 'relisted';
      readonly from: string;
      readonly to: string;
      readonly items: number;
      readonly kept: number;
    }
  | { readonly what: 'history rewound'; readonly seen: string; readonly found: string }
  | {
      readonly what: 'gap';
      readonly from: string;
      readonly to: string;
      readonly reason: GapReason;
      readonly certain: boolean;
    }
  /** Events do not live as long as the setting says. */
  | {
      readonly what: 'event ttl differs';
      readonly settingMs: number;
      readonly seenMs: number;
      readonly bound: 'about' | 'at most';
    }
  | { readonly what: 'probe failed'; readonly error: CollectorError }
  | {
      readonly what: 'collection request failed';
      readonly verb: 'get' | 'list' | 'watch';
      readonly error: CollectorError;
    }
  | { readonly what: 'event received'; readonly type: 'Normal' | 'Warning' | 'other' }
  | {
      readonly what: 'event dropped';
      readonly sink?: string;
      readonly reason: 'malformed' | 'unshapeable' | 'best_effort';
      readonly records: number;
      readonly id: string;
      readonly detail: string;
    }
  | {
      readonly what: 'event dropped';
      readonly sink: string;
      readonly reason: 'rejected';
      readonly records: 1;
      readonly id: string;
      readonly detail: string;
      /** Nothing else keeps it now. */
      readonly record: SinkRecord;
    }
  // API requests
  | {
      readonly what: 'api answered';
      readonly method: string;
      readonly code: string;
      readonly host: string;
      readonly milliseconds: number;
    }
  | { readonly what: 'api warning'; readonly text: string }
  // delivery
  | { readonly what: 'batch accepted'; readonly sink: string; readonly records: number; readonly milliseconds: number }
  | {
      readonly what: 'batch retried';
      readonly sink: string;
      readonly records: number;
      readonly reason: string;
      readonly misconfigured: boolean;
      readonly failures: number;
    }
  | { readonly what: 'batch refused'; readonly sink: string; readonly records: number; readonly reason: string }
  | { readonly what: 'sink not closed'; readonly sink: string; readonly reason: string }
  | { readonly what: 'drain'; readonly outcome: 'complete' | 'given up' };

export type Report = (happening: Happening) => void;
