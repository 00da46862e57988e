/** The fault table: what goes wrong, what one sees of it, what is promised, and which tests prove it. */

import { type FaultRow, inReal, inRuntime, lossless } from './fault-row.ts';
import { historyFaultRows } from './history-fault-rows.ts';
import { sinkFaultRows } from './sink-fault-rows.ts';

const beyondToken = 'nothing lost; twice only what no stored token covered';
const noneMerged = 'nothing lost, nothing twice; older versions may merge';

const inCrash = inReal('crash');
const inLocks = inReal('faults-of-locks');
const inTwoLocks = inReal('two-locks');
const inEvents = inReal('faults-of-events');
const inRights = inReal('faults-of-rights');
const inExpiry = inReal('expiry');
const inRewind = inReal('rewind');
const inToken = inReal('token');
const inHttp = inReal('http-sink');
const inProcesses = inReal('faults-of-processes');

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
    observed: 'Exit with 0; the next one leads within a retry period, in ten requests.',
    promise: lossless,
    tests: [
      inReal('handover')(
        'every 10 s for a minute, under load: nothing is lost, doubled or out of order, and the baton passes in ten requests',
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
      inLocks(
        'a leader cut off from $what stops before another leads, and sends nothing after its term: nothing is lost',
      ),
    ],
  },
  {
    fault: 'request applied, answer lost',
    observed: 'Nothing: no second transition, no conflict with itself.',
    promise: lossless,
    tests: [
      inLocks('a renewal that is applied and never answered costs neither term nor Event'),
      inLocks('a takeover that is applied and never answered is one transition, and the winner leads at once'),
      inLocks('a token write that is applied and never answered ($how) is known for our own: nothing comes twice'),
    ],
  },
  {
    fault: 'writes of a dead leader arrive late',
    observed: 'Both get 409; token and lock stay as the next leader wrote them.',
    promise: beyondToken,
    tests: [
      inLocks('writes of a dead leader that arrive after the next claim are refused: neither token nor lock goes back'),
    ],
  },
  {
    fault: 'collectors with locks of different kinds start together',
    observed:
      'Each looks again once it has its lock; those of a later kind yield. `eventbaton_leader_held_back` meanwhile.',
    promise: 'nothing lost; one reads; twice only what it read before it yielded',
    tests: [inTwoLocks('collectors with locks of different kinds that start together: one reads, and nothing is lost')],
  },
  {
    fault: 'rolling change of the kind of lock',
    observed: 'The old leader may not renew any more; the next one leads by the new lock when the old one has run out.',
    promise: 'nothing lost; few come twice',
    tests: [
      inTwoLocks(
        'a rolling change of the kind of lock loses nothing, though the roles change first and the old leader cannot release',
      ),
    ],
  },
  {
    fault: 'two releases that share a token by mistake',
    observed: 'The second leads and reads nothing; log, `/status` and `eventbaton_leader_held_back` name both locks.',
    promise: lossless,
    tests: [
      inTwoLocks(
        'two releases that share a token: the second reads nothing and names both locks, until the first ends',
      ),
    ],
  },
  {
    fault: 'lock deleted every 2 s, by a tool that prunes it',
    observed: 'Short terms; each claim goes on from what the same process settled before.',
    promise: 'nothing lost; few come twice',
    tests: [
      inLocks('a lock that is deleted every 2 s, by a tool that prunes it: nothing is lost, and few Events come twice'),
    ],
  },
  {
    fault: 'API server killed and back',
    observed: 'Seconds of latency; the watch goes on from its position, without a list.',
    promise: lossless,
    tests: [inReal('api-server')('costs nothing: the position is kept, nothing is listed, nothing comes twice')],
  },
  {
    fault: 'API server absent at the start',
    observed: 'A line that says so, the same process waits and leads when it is there.',
    promise: noneMerged,
    tests: [inRights('an API server that is absent at the start is waited for, and said to be')],
  },
  {
    fault: 'API server 200 ms away',
    observed: 'Latency; no renewal is missed, the baton passes.',
    promise: lossless,
    tests: [inEvents('with an API server 200 ms away all arrives once and in order, and the baton passes')],
  },
  {
    fault: 'watch half open: silent, and nobody said why',
    observed: 'It ends by the time that was asked for; `eventbaton_watch_restarts_total{reason="broken"}`.',
    promise: lossless,
    tests: [
      inEvents(
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
      inReal('restore')('to a moment $when: one of the collectors that saw the later lock leads again, and hands over'),
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
    promise: lossless,
    tests: [inExpiry('a leader that lived through three TTLs without an Event leaves no gap when it is killed')],
  },
  {
    fault: 'lists after a 410 fail',
    observed: '`list failed` in the log, again and again with pauses; the lease is kept.',
    promise: noneMerged,
    tests: [
      inEvents('a relist whose first lists fail is tried again until it succeeds: nothing is lost or doubled'),
      inEvents(
        'a relist that cannot succeed holds up nothing but reading: the lease is kept, and once it can, all arrives',
      ),
    ],
  },
  {
    fault: '410 again and again: lists slower than the history',
    observed: 'Lists with growing pauses, no storm.',
    promise: 'bounded load (virtual clock; a real API server is not brought to it)',
    tests: [
      inRuntime('collection/relist')('whose every continue token expires is not repeated without a pause'),
      inRuntime('collection/reader')('does not list without a pause where the history ends before every watch'),
    ],
  },
  ...historyFaultRows,
  ...sinkFaultRows,
  {
    fault: 'huge, hostile and absurd Events',
    observed: 'Delivered as they are; inert on a terminal.',
    promise: lossless,
    tests: [inHttp('carries hostile events as JSON and as compressed lines, inert byte for byte, and lives')],
  },
  {
    fault: '20,000 Events at once',
    observed: 'Reading is paused, and said to be; memory follows the window.',
    promise: lossless,
    tests: [
      inReal('burst')(
        'all arrive, though nobody reads the sink meanwhile: memory follows the window, the lease is renewed, the stream goes on by itself',
      ),
    ],
  },
  {
    fault: 'malformed, garbage or cut frame',
    observed: 'The watch goes on from its position; three times at one place, one list.',
    promise: noneMerged,
    tests: [
      inEvents(
        'a frame that is $what three times at one position costs one relist, which is counted: nothing is lost or doubled',
      ),
    ],
  },
  {
    fault: '429 with Retry-After',
    observed: 'It is obeyed; renewals are not touched.',
    promise: lossless,
    tests: [
      inEvents('429 with Retry-After on all that is asked of Events is honoured, and does not touch the renewals'),
    ],
  },
  {
    fault: 'role taken away',
    observed: '403 with verb, resource, namespace and the missing rule; the term ends.',
    promise: beyondToken,
    tests: [
      inRights('a role that is taken away is named to the letter, costs the term, and once it is back all goes on'),
    ],
  },
  {
    fault: 'cluster role taken away',
    observed: 'Noticed when the watch ends; 403 with the missing rule.',
    promise: lossless,
    tests: [
      inRights(
        'a cluster role that is taken away is missed when the watch ends, told, and nothing is lost once it is back',
      ),
      inRights('a cluster role that is taken away is named as a cluster role'),
    ],
  },
  {
    fault: 'service-account token rotated',
    observed: 'One 401; the file is read again, the term goes on.',
    promise: lossless,
    tests: [inRights('a token that is rotated while the old one dies costs a 401 and no term')],
  },
  {
    fault: 'token ConfigMap deleted',
    observed: '`kept on the lock alone` in the log until it is back.',
    promise: lossless,
    tests: [inToken('deleted under a leader costs nothing: the lock carries the token until the object is back')],
  },
  {
    fault: 'token ConfigMap emptied',
    observed: 'The leader writes over it and says so; without a leader the copy on the lock counts.',
    promise: lossless,
    tests: [
      inToken('zeroed while nobody collects costs nothing'),
      inToken('zeroed under a leader is written over, told, and costs nothing'),
    ],
  },
  {
    fault: 'token ConfigMap replaced by GitOps every 2 s',
    observed: 'Nothing, through hand-overs.',
    promise: lossless,
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
    tests: [inLocks('a lock that is deleted under its leader costs one more term, and nothing is lost')],
  },
  {
    fault: 'lock labelled by somebody',
    observed: 'One conflict; label and term stay.',
    promise: lossless,
    tests: [inLocks('a lock that somebody labels stays ours, label and term with it')],
  },
  {
    fault: 'lock given to somebody else',
    observed: 'The leader stops at once; who is named there is obeyed for as long as a lease.',
    promise: beyondToken,
    tests: [inLocks('a lock that names somebody else is obeyed at once, for as long as a lease')],
  },
  {
    fault: 'clocks that differ, jump and run at other rates',
    observed: 'Nothing: nobody compares clocks with the lock.',
    promise: 'never two valid terms, at up to half a difference in rate (virtual clocks)',
    tests: [
      inRuntime('election/one-leader')(
        'whatever befalls three processes whose clocks differ by up to half, two terms are never valid at once, and in the end one is',
      ),
    ],
  },
  {
    fault: 'defect in our own code',
    observed: 'Exit with 1 and one line with the stack; the lock is left to its lease.',
    promise: 'as kill -9',
    tests: [inRuntime('cli/run')('a defect ends the process with 1 and one line of log that says where it came from')],
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
