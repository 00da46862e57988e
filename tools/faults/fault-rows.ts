/** The fault table: what goes wrong, what one sees of it, what is promised, and which tests prove it. */

import type { FaultRow } from './fault-row.ts';

const none = 'nothing lost, nothing twice';
const beyondToken = 'nothing lost; twice only what no stored token covered';
const noneMerged = 'nothing lost, nothing twice; older versions may merge';

const real = (file: string) => (title: string) => ({ file: `test/real/${file}.test.ts`, title });
const unit = (file: string) => (title: string) => ({ file: `test/runtime/${file}.test.ts`, title });
const inCrash = real('crash');
const inFaults = real('faults');
const inExpiry = real('expiry');
const inRewind = real('rewind');
const inToken = real('token');
const inHttp = real('http-sink');
const inSinks = real('faults-of-sinks');
const inProcesses = real('faults-of-processes');

export const faultRows: readonly FaultRow[] = [
  {
    fault: 'kill -9 of the leader, out of memory',
    observed: 'The restarted process leads at once; without one, another leads when the lease is over.',
    promise: beyondToken,
    tests: [
      inCrash(
        'the restarted process of its pod takes over at once, every 10 s for a minute: nothing is lost, and what comes twice was not in the token',
      ),
      inCrash('another pod leads after the lease where its pod is gone: nothing is lost'),
    ],
  },
  {
    fault: 'SIGTERM of the leader',
    observed: 'Exit with 0; the next one leads within a retry period, in eight requests.',
    promise: none,
    tests: [
      real('handover')(
        'every 10 s for a minute, under load: nothing is lost, doubled or out of order, and the baton passes in eight requests',
      ),
    ],
  },
  {
    fault: 'leader stopped for longer than its lease',
    observed: 'It follows when it wakes, and asks nothing of sink, token or lock before.',
    promise: beyondToken,
    tests: [
      inCrash(
        'a leader that stood still for longer than its lease asks nothing of sink, token or lock when it wakes, and follows',
      ),
    ],
  },
  {
    fault: 'two leaders: lock deleted while the leader is stopped',
    observed: 'Followers let the old term run out; a newcomer leads at once, and the old one stops when it wakes.',
    promise: 'nothing lost; twice only what no stored token covered, or what the old one sent until it knew',
    tests: [
      inProcesses(
        'two leaders, by a lock deleted under a stopped one and a newcomer, lose nothing: twice comes what no token covered, or what the old one sent until it knew',
      ),
    ],
  },
  {
    fault: 'leader cut off from the API server, sinks within reach',
    observed: 'It stops before its lease is over; another leads after that, and not before.',
    promise: beyondToken,
    tests: [
      inFaults(
        'a leader cut off from $what stops before another leads, and sends nothing after its term: nothing is lost',
      ),
    ],
  },
  {
    fault: 'request applied, answer lost',
    observed: 'Nothing: no second transition, no conflict with itself.',
    promise: none,
    tests: [
      inFaults('a renewal that is applied and never answered costs neither term nor Event'),
      inFaults('a takeover that is applied and never answered is one transition, and the winner leads at once'),
      inFaults('a token write that is applied and never answered ($how) is known for our own: nothing comes twice'),
    ],
  },
  {
    fault: 'writes of a dead leader arrive late',
    observed: 'Both get 409; token and lock stay as the next leader wrote them.',
    promise: beyondToken,
    tests: [
      inFaults(
        'writes of a dead leader that arrive after the next claim are refused: neither token nor lock goes back',
      ),
    ],
  },
  {
    fault: 'API server killed and back',
    observed: 'Seconds of latency; the watch goes on from its position, without a list.',
    promise: none,
    tests: [real('api-server')('costs nothing: the position is kept, nothing is listed, nothing comes twice')],
  },
  {
    fault: 'API server absent at the start',
    observed: 'A line that says so, the same process waits and leads when it is there.',
    promise: noneMerged,
    tests: [inFaults('an API server that is absent at the start is waited for, and said to be')],
  },
  {
    fault: 'API server 200 ms away',
    observed: 'Latency; no renewal is missed, the baton passes.',
    promise: none,
    tests: [inFaults('with an API server 200 ms away all arrives once and in order, and the baton passes')],
  },
  {
    fault: 'watch half open: silent, and nobody said why',
    observed: 'It ends by the time that was asked for; `eventbaton_watch_restarts_total{reason="broken"}`.',
    promise: none,
    tests: [
      inFaults(
        'a watch that fell silent ends by the time that we asked for, and the next one goes on from its position',
      ),
    ],
  },
  {
    fault: 'etcd put back to an earlier state',
    observed: 'Noticed within a retry period: everything is listed, one gap record with reason `rewound`.',
    promise:
      'nothing lost of what the store still holds, all of which comes again with the same ids; the gap record tells from where to where',
    tests: [
      inRewind('while nobody collected is noticed before the first watch'),
      inRewind('under a leader, with the API server restarted, is noticed before the next watch'),
      inRewind('under a leader, with the API server left alone, is noticed within one retry period'),
    ],
  },
  {
    fault: 'etcd put back with lock and token in it',
    observed:
      'A line that says so; the leader goes on where the lock still names it, otherwise another leads after a whole lease.',
    promise:
      'nothing lost of what the store still holds; older versions may merge, and all may come again with the same ids',
    tests: [
      real('restore')('to a moment $when: one of the collectors that saw the later lock leads again, and hands over'),
    ],
  },
  {
    fault: 'position expired (410) while nobody led',
    observed: 'One list in pages; `eventbaton_relists_total{reason="expired"}`.',
    promise: noneMerged,
    tests: [
      inExpiry('costs one relist: the latest version of every object arrives, and nothing twice after a graceful stop'),
    ],
  },
  {
    fault: 'nobody led for longer than the event TTL',
    observed: 'Exactly one gap record, from the stored position to the list.',
    promise: 'what is missing lies in the gap record; nothing twice',
    tests: [inExpiry('beyond the event TTL there is exactly one gap record, and it covers what is missing')],
  },
  {
    fault: 'Events expire under a leader',
    observed: 'Nothing: deletions move the position and are not delivered.',
    promise: none,
    tests: [inExpiry('a leader that lived through three TTLs without an Event leaves no gap when it is killed')],
  },
  {
    fault: 'lists after a 410 fail',
    observed: '`list failed` in the log, again and again with pauses; the lease is kept.',
    promise: noneMerged,
    tests: [
      inFaults('a relist whose first lists fail is tried again until it succeeds: nothing is lost or doubled'),
      inFaults(
        'a relist that cannot succeed holds up nothing but reading: the lease is kept, and once it can, all arrives',
      ),
    ],
  },
  {
    fault: '410 again and again: lists slower than the history',
    observed: 'Lists with growing pauses, no storm.',
    promise: 'bounded load (virtual clock; a real API server is not brought to it)',
    tests: [
      unit('collection/relist')('whose every continue token expires is not repeated without a pause'),
      unit('collection/reader')('does not list without a pause where the history ends before every watch'),
    ],
  },
  {
    fault: 'sink down for a while',
    observed: 'The sink is `retrying` in `/status`, with a warning; delivery goes on by itself.',
    promise: none,
    tests: [inSinks('that answers 503 for a while is named in the status, and gets everything once when it is back')],
  },
  {
    fault: 'sink down for ten minutes, refusing or misconfigured',
    observed: 'Status, metrics and log say so, and how much time is left, before anything is at risk.',
    promise: `${none}; memory bounded, renewals on time (virtual clock)`,
    tests: [
      unit('delivery/outage')('shows in status, metrics and log long before anything is at risk'),
      unit('delivery/outage')('says when reading is paused, and how much time is left, all the while'),
      unit('delivery/outage')('takes no more memory than the window has, and never costs a renewal'),
      unit('delivery/outage')('gets everything, once and in order, when it is back, without anybody doing anything'),
    ],
  },
  {
    fault: 'sink slow: one answer a second',
    observed: 'Reading waits; renewals go on, memory follows the window.',
    promise: none,
    tests: [
      inSinks(
        'that answers once a second holds up reading and nothing else: memory is bounded, renewals are on time, all arrives once',
      ),
    ],
  },
  {
    fault: 'sink resets the connection in the middle of its 200',
    observed: 'The batch is sent again with the same ids and the same `Idempotency-Key`.',
    promise: 'nothing lost; twice only the batches without a whole answer',
    tests: [
      inSinks(
        'that says 200 and resets the connection in the middle of its answer gets that batch again, with equal ids and key',
      ),
    ],
  },
  {
    fault: 'sink does not want one record',
    observed: 'It is dropped alone, counted, and in the log with its id.',
    promise: `${none} of the others; dropped exactly the unwanted ones`,
    tests: [inHttp('gives up exactly what its server does not want: one poisoned record, and one that is too large')],
  },
  {
    fault: 'sink refuses everything: 400, 401, 403, 404, 422, 302',
    observed: 'An alarm for each sink; nothing is settled, the token stays.',
    promise: `${none}, nothing dropped`,
    tests: [
      inHttp(
        'refused by every server in another way settles nothing, raises the alarm, and gets everything once they are mended',
      ),
    ],
  },
  {
    fault: 'disk of the file sink full',
    observed: 'The sink is `retrying` with ENOSPC and what to do; no exit, and it goes on when there is room.',
    promise: none,
    tests: [inProcesses('a file sink on a full disk says so, neither ends nor loses, and goes on when there is room')],
  },
  {
    fault: 'huge, hostile and absurd Events',
    observed: 'Delivered as they are; inert on a terminal.',
    promise: none,
    tests: [inHttp('carries hostile events as JSON and as compressed lines, inert byte for byte, and lives')],
  },
  {
    fault: '20,000 Events at once',
    observed: 'Reading is paused, and said to be; memory follows the window.',
    promise: none,
    tests: [
      real('burst')(
        'all arrive, though nobody reads the sink meanwhile: memory follows the window, the lease is renewed, the stream goes on by itself',
      ),
    ],
  },
  {
    fault: 'malformed, garbage or cut frame',
    observed: 'The watch goes on from its position; three times at one place, one list.',
    promise: noneMerged,
    tests: [
      inFaults(
        'a frame that is $what three times at one position costs one relist, which is counted: nothing is lost or doubled',
      ),
    ],
  },
  {
    fault: '429 with Retry-After',
    observed: 'It is obeyed; renewals are not touched.',
    promise: none,
    tests: [
      inFaults('429 with Retry-After on all that is asked of Events is honoured, and does not touch the renewals'),
    ],
  },
  {
    fault: 'role taken away',
    observed: '403 with verb, resource, namespace and the missing rule; the term ends.',
    promise: beyondToken,
    tests: [
      inFaults('a role that is taken away is named to the letter, costs the term, and once it is back all goes on'),
    ],
  },
  {
    fault: 'cluster role taken away',
    observed: 'Noticed when the watch ends; 403 with the missing rule.',
    promise: none,
    tests: [
      inFaults(
        'a cluster role that is taken away is missed when the watch ends, told, and nothing is lost once it is back',
      ),
      inFaults('a cluster role that is taken away is named as a cluster role'),
    ],
  },
  {
    fault: 'service-account token rotated',
    observed: 'One 401; the file is read again, the term goes on.',
    promise: none,
    tests: [inFaults('a token that is rotated while the old one dies costs a 401 and no term')],
  },
  {
    fault: 'token ConfigMap deleted',
    observed: '`kept on the lock alone` in the log until it is back.',
    promise: none,
    tests: [inToken('deleted under a leader costs nothing: the lock carries the token until the object is back')],
  },
  {
    fault: 'token ConfigMap emptied',
    observed: 'The leader writes over it and says so; without a leader the copy on the lock counts.',
    promise: none,
    tests: [
      inToken('zeroed while nobody collects costs nothing'),
      inToken('zeroed under a leader is written over, told, and costs nothing'),
    ],
  },
  {
    fault: 'token ConfigMap replaced by GitOps every 2 s',
    observed: 'Nothing, through hand-overs.',
    promise: none,
    tests: [inToken('replaced by its manifest every 2 s, through two hand-overs, costs nothing')],
  },
  {
    fault: 'token moved back by hand',
    observed: 'Obeyed: everything after it comes again, with the same ids.',
    promise: 'nothing lost; twice exactly what lies behind the position',
    tests: [inToken('moved back by hand is obeyed: everything after that position comes again, with the same ids')],
  },
  {
    fault: 'token moved forward by hand',
    observed: 'Obeyed, with one gap record with reason `moved`.',
    promise: 'what is missing lies in the gap record; nothing twice',
    tests: [inToken('moved forward by hand is obeyed, and a gap record covers what was passed over')],
  },
  {
    fault: 'lock deleted',
    observed: 'One more term.',
    promise: beyondToken,
    tests: [inFaults('a lock that is deleted under its leader costs one more term, and nothing is lost')],
  },
  {
    fault: 'lock labelled by somebody',
    observed: 'One conflict; label and term stay.',
    promise: none,
    tests: [inFaults('a lock that somebody labels stays ours, label and term with it')],
  },
  {
    fault: 'lock given to somebody else',
    observed: 'The leader stops at once; who is named there is obeyed for as long as a lease.',
    promise: beyondToken,
    tests: [inFaults('a lock that names somebody else is obeyed at once, for as long as a lease')],
  },
  {
    fault: 'clocks that differ, jump and run at other rates',
    observed: 'Nothing: nobody compares clocks with the lock.',
    promise: 'never two valid terms, at up to half a difference in rate (virtual clocks)',
    tests: [
      unit('election/one-leader')(
        'whatever befalls three processes whose clocks differ by up to half, two terms are never valid at once, and in the end one is',
      ),
    ],
  },
  {
    fault: 'defect in our own code',
    observed: 'Exit with 1 and one line with the stack; the lock is left to its lease.',
    promise: 'as kill -9',
    tests: [unit('cli/run')('a defect ends the process with 1 and one line of log that says where it came from')],
  },
  {
    fault: 'clock of a real process five days off',
    observed: 'Nothing.',
    promise: '',
    tests: [],
    untested: 'The clock of a process is not shifted here: that takes faketime. On virtual clocks it is proven.',
  },
  {
    fault: 'heap exhausted (V8 dies by itself)',
    observed: 'As kill -9: the process is gone without a last word to lock or token.',
    promise: '',
    tests: [],
    untested:
      'No load brings a collector to its heap limit: the window bounds it. What follows such a death is the row of kill -9.',
  },
  {
    fault: 'sink that stores a part of a batch and says 200 (bulk items, partial_success)',
    observed: 'Taken for accepted as a whole.',
    promise: '',
    tests: [],
    untested: 'No sink here has answers for single records: 2xx is for the batch.',
  },
  {
    fault: 'sink down for hours, on a real API server',
    observed: 'Reading is paused; after the history updates merge; after the TTL a gap record.',
    promise: '',
    tests: [],
    untested: 'Only its parts are: the outage on a virtual clock, expired positions and the TTL on a real API server.',
  },
];
