/** The rows of the fault table that are about sinks. */
import { type FaultRow, inReal, inRuntime, lossless } from './fault-row.ts';

const inHttp = inReal('http-sink');
const inSinks = inReal('faults-of-sinks');
const inOutage = inRuntime('delivery/outage');
const inProcesses = inReal('faults-of-processes');

export const sinkFaultRows: readonly FaultRow[] = [
  {
    fault: 'sink down for a while',
    observed: 'The sink is `retrying` in `/status`, with a warning; delivery goes on by itself.',
    promise: lossless,
    tests: [inSinks('that answers 503 for a while is named in the status, and gets everything once when it is back')],
  },
  {
    fault: 'sink down for ten minutes, refusing or misconfigured',
    observed: 'Status, metrics and log say so, and how much time is left, before anything is at risk.',
    promise: `${lossless}; memory bounded, renewals on time (virtual clock)`,
    tests: [
      inOutage('shows in status, metrics and log long before anything is at risk'),
      inOutage('says when reading is paused, and how much time is left, all the while'),
      inOutage('takes no more memory than the window has, and never costs a renewal'),
      inOutage('gets everything, once and in order, when it is back, without anybody doing anything'),
    ],
  },
  {
    fault: 'sink slow: one answer a second',
    observed: 'Reading waits; renewals go on, memory follows the window.',
    promise: lossless,
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
    promise: `${lossless} of the others; dropped exactly the unwanted ones`,
    tests: [inHttp('gives up exactly what its server does not want: one poisoned record, and one that is too large')],
  },
  {
    fault: 'sink refuses more in a row than the window holds',
    observed:
      'Where they are of at most a hundred objects, each is given up, with a line in the log, once the sink has shown that it takes others; more are held, with the alarm.',
    promise: 'nothing lost but what it does not want; a record that it had taken may come twice',
    tests: [inHttp('passes more of what its server does not want than the window holds: everything else arrives')],
  },
  {
    fault: 'sink refuses everything: 400, 401, 403, 404, 422, 302',
    observed: 'An alarm for each sink; nothing is settled, the token stays.',
    promise: `${lossless}, nothing dropped`,
    tests: [
      inHttp(
        'refused by every server in another way settles nothing, raises the alarm, and gets everything once they are mended',
      ),
    ],
  },
  {
    fault: 'disk of the file sink full',
    observed: 'The sink is `retrying` with ENOSPC and what to do; no exit, and it goes on when there is room.',
    promise: lossless,
    tests: [inProcesses('a file sink on a full disk says so, neither ends nor loses, and goes on when there is room')],
  },
];
