/** The account as a person reads it. */
import type { Outcome } from './demo.ts';
import type { Handover } from './handover.ts';
import type { Tone } from '../support/line.ts';
import type { Place } from './options.ts';
import { accountTable, brokenPromises, type SinkAccount } from './verdict.ts';

export interface ReportLine {
  readonly text: string;
  readonly tone: Tone;
}

/** @param place where the demo ran */
export function reportLines(
  { controlPlane, accounts, handovers }: Outcome,
  place: Place['kind'],
): readonly ReportLine[] {
  const broken = brokenPromises(accounts);
  return [
    ...say(
      'quiet',
      `  On ${controlPlane}.`,
      "  From the API server's answers to the writer and the bytes in both sinks,",
      '  not from what collectors say.',
    ),
    ...say('plain', '', ...accountTable(accounts), ''),
    ...accounts.flatMap(({ account: { superseded }, sink }) =>
      superseded.length === 0
        ? []
        : say('plain', `  ${sink}: ${superseded.length} were overtaken by a later version of the same Event`),
    ),
    ...say('plain', ...handovers.map(handoverLine)),
    ...say('quiet', ...duplicatesLines(accounts)),
    ...(broken.length === 0
      ? say(
          'good',
          '',
          '  Nothing was lost, nothing came out of order,',
          '  and nothing came twice but what the crash left open.',
        )
      : say('bad', '', ...broken.map((text) => `  Broken: ${text}`))),
    ...(place === 'embedded' ? say('quiet', '', ...realHint) : []),
  ];
}

const realHint = [
  '  This ran on the embedded API server, a model without access rules (RBAC).',
  '  Run the same on a real etcd and kube-apiserver: npm start -- --real',
  '  (needs Go 1.26 or newer, which builds them once in about 6 minutes).',
];

const meanings: Readonly<Record<Handover['cause'], string>> = {
  SIGTERM: 'to the first Event of another collector',
  'kill -9': 'to the first Event of the process started 1 s later',
};

function handoverLine({ cause, milliseconds }: Handover): string {
  return `  ${cause.padEnd(10)}${`${Math.round(milliseconds)} ms`.padStart(14)}  ${meanings[cause]}`;
}

function duplicatesLines(accounts: readonly SinkAccount[]): readonly string[] {
  const most = Math.max(...accounts.map(({ account }) => account.duplicated.length));
  if (most === 0) return [];
  const open = Math.max(...accounts.map(({ repeatable }) => repeatable.size));
  return [
    '',
    '  Duplicated: sent again after kill -9, each with its id: receivers can tell.',
    '  A process that is killed cannot write the token any more. What it has sent',
    `  since it last did, at most 5 s ago, may come twice: here up to ${open} Events.`,
  ];
}

function say(tone: Tone, ...texts: readonly string[]): readonly ReportLine[] {
  return texts.map((text) => ({ text, tone }));
}
