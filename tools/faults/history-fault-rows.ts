/** Rows of the fault table about a server that hides what became of its history, or of a setting that does not fit it. */
import { type FaultRow, inReal, inRuntime } from './fault-row.ts';

const inHistory = inReal('faults-of-history');
const inWrongTtl = inRuntime('leading/wrong-ttl');

export const historyFaultRows: readonly FaultRow[] = [
  {
    fault: 'compacted position answered with an empty stream instead of 410',
    observed:
      'After three such watches the position is verified: one list; `eventbaton_relists_total{reason="expired_unreported"}` and a warning.',
    promise: 'nothing lost, nothing twice; older versions may merge',
    tests: [
      inHistory(
        'a compacted position that is answered with an empty stream instead of 410 costs one relist: nothing is lost',
      ),
    ],
  },
  {
    fault: 'newest Events sent before 410 (old kine), and the leader dies while it lists',
    observed:
      'The position is verified before the first Event of a watch is taken: nothing of that watch counts, and it is listed.',
    promise: 'nothing lost, nothing twice',
    tests: [inHistory('the newest Events are sent before 410, and the leader dies while it lists: nothing is lost')],
  },
  {
    fault: 'list slower than history and TTL',
    observed: 'A second list from the first page of the first one; a gap record for what expired meanwhile.',
    promise: 'what is missing lies in the gap record; nothing twice',
    tests: [
      inHistory('a list whose rest came late and inconsistent does not hide a gap: what expired after it is covered'),
    ],
  },
  {
    fault: 'Events live for a shorter time than the setting says',
    observed:
      'A warning with the time that their deletions show; `eventbaton_observed_event_ttl_seconds`, and gap records that are uncertain.',
    promise: 'what is missing lies in the gap record; nothing twice',
    tests: [
      inHistory(
        'Events that live for a shorter time than the setting says: what expired unread is covered, and warned of',
      ),
    ],
  },
  {
    fault: 'clocks of API servers differ by minutes',
    observed: 'A gap record that is uncertain, if the absence was close to the TTL.',
    promise: 'what is missing lies in the gap record (virtual clock)',
    tests: [inWrongTtl('by 5 min, $minutes min ago: what expired unread is covered by an uncertain gap')],
  },
];
