import { settingMeta } from '../contract/settings.ts';
import type { Happening } from '../support/happening.ts';
import { type HappeningLine, line, repeated } from './happening-line.ts';
import { lineForSinks, type OfSinks } from './sink-lines.ts';

/** The line that a happening is worth; undefined where it is only counted. */
export function lineFor(happening: Happening): HappeningLine | undefined {
  switch (happening.what) {
    case 'leader seen':
      return line('info', 'following', { holder: happening.holder });
    case 'lock released':
      return line('info', 'the leader released the lock', { transitions: happening.transitions });
    case 'term began':
      return line('info', `leading: term ${happening.term} (${happening.because})`);
    case 'lease renewed':
      return line('debug', 'lease renewed', { term: happening.term, milliseconds: Math.round(happening.milliseconds) });
    case 'renewal failed':
      return repeated('warn', 'lease not renewed', happening.what, { term: happening.term, error: happening.error });
    case 'term over':
      return line('warn', `no longer leading: term ${happening.term}`, { reason: happening.reason });
    case 'lock released by us':
      return line('info', `handed over: term ${happening.term} is over, the lock is free`);
    case 'release failed':
      return line('warn', 'lock not released: the others wait for the rest of the lease', {
        term: happening.term,
        error: happening.error,
      });
    case 'lock left behind':
      return line('warn', 'the lock still names this process: the others wait for the rest of the lease', {
        seconds: Math.ceil(happening.remainsMs / 1_000),
      });
    case 'lock request failed':
      return repeated('warn', 'lock not read or written', `${happening.what} ${happening.error.code}`, {
        error: happening.error,
        setting: happening.error.details.status === 403 ? kindOfLock : undefined,
      });
    case 'lock set back':
      return line('error', 'the store of the lock went back to an earlier state: nobody leads before a whole lease', {
        seen: happening.seen,
        found: happening.found,
      });
    case 'lock watch forbidden':
      return line('warn', 'the lock may not be watched: it is read once per lease instead', { error: happening.error });
    case 'other lock held':
      return line(
        'warn',
        'somebody leads by a lock of another kind: not leading before it is released or has run out',
        {
          lock: happening.lock,
          holder: happening.holder,
        },
      );
    case 'other lock forbidden':
      return line(
        'warn',
        'a lock of another kind may not be read: whoever leads by it, such as an Agent, is not seen',
        {
          error: happening.error,
        },
      );
    case 'held back':
      return heldBack(happening);
    case 'takeover lost':
      return line('info', 'another collector was faster', { reason: happening.error.message });
    case 'token claimed':
      return line('info', 'token claimed', {
        term: happening.term,
        position: happening.position,
        origin: happening.origin,
      });
    case 'claim abandoned':
      return line('warn', 'taking over a token whose claim was not renewed', {
        holder: happening.holder,
        lock: happening.lock,
      });
    case 'token written':
      return line('debug', 'token written', { position: happening.position });
    case 'token write failed':
      return repeated(
        'warn',
        'token not written: delivery goes on, a crash now would send more twice',
        happening.what,
        { error: happening.error },
      );
    case 'token only on the lock':
      return line('warn', 'the token is kept on the lock alone until its ConfigMap can be written', {
        error: happening.error,
      });
    case 'token overwritten':
      return line('warn', 'somebody changed the token: overwritten', {
        found: happening.found,
        position: happening.position,
        hint: 'a GitOps tool that manages the data of the token ConfigMap must be told to leave it alone',
      });
    case 'token unreadable':
      return line('warn', 'the stored token is no number: passed over', { found: happening.found });
    case 'token moved by hand':
      return line('warn', 'the token was moved by hand: obeyed', { from: happening.from, to: happening.to });
    case 'token of another cluster':
      return line('warn', 'the stored token belongs to another cluster: the start policy decides', {
        found: happening.found,
        expected: happening.expected,
      });
    case 'cluster check off':
      return line('warn', 'the cluster cannot be identified: a token of another cluster would be trusted', {
        error: happening.error,
      });
    default:
      return lineForCollection(happening);
  }
}

function heldBack({ by }: Told<'held back'>): HappeningLine {
  return by === undefined
    ? line('info', 'nothing holds this leader back any more')
    : line('warn', `leading, but not collecting: ${by}`, {
        hint: 'give each release its own lock and token; if the other one is gone for good, remove the annotation eventbaton.io/claim from the ConfigMap of the token',
      });
}

const kindOfLock = `${settingMeta('leaderElectionDefaultResource').env} says of which kind the lock is`;

type Told<What extends Happening['what']> = Extract<Happening, { readonly what: What }>;

type OfCollection = Told<
  | 'watch accepted'
  | 'watch ended'
  | 'relist'
  | 'relisted'
  | 'history rewound'
  | 'gap'
  | 'event ttl differs'
  | 'probe failed'
  | 'collection request failed'
  | 'event received'
  | 'api answered'
  | 'api warning'
>;

function lineForCollection(happening: OfCollection | OfSinks): HappeningLine | undefined {
  switch (happening.what) {
    case 'watch accepted':
      return line('debug', 'watching', { position: happening.position });
    case 'watch ended':
      return watchEnded(happening);
    case 'relist':
      return line(
        happening.because === 'first start' ? 'info' : 'warn',
        `listing: ${relistReasons[happening.because]}`,
        { from: happening.from },
      );
    case 'relisted':
      return line('info', 'listed', {
        from: happening.from,
        to: happening.to,
        items: happening.items,
        kept: happening.kept,
      });
    case 'history rewound':
      return line('error', 'the store of Events went back to an earlier state: everything is listed anew', {
        seen: happening.seen,
        found: happening.found,
      });
    case 'gap':
      return line('error', `events ${happening.certain ? 'are' : 'may be'} missing: ${gapReasons[happening.reason]}`, {
        from: happening.from,
        to: happening.to,
        hint: 'a gap record in every sink tells the same',
      });
    case 'event ttl differs':
      return eventTtlDiffers(happening);
    case 'probe failed':
      return repeated('warn', 'position of the API server not read', `${happening.what} ${happening.error.code}`, {
        error: happening.error,
      });
    case 'collection request failed':
      return repeated(
        'warn',
        `${happening.verb} failed`,
        `${happening.what} ${happening.verb} ${happening.error.code}`,
        { error: happening.error },
      );
    case 'api warning':
      return repeated('warn', 'the API server warns', `${happening.what} ${happening.text}`, { text: happening.text });
    case 'event received':
    case 'api answered':
      return undefined;
    default:
      return lineForSinks(happening);
  }
}

const relistReasons = {
  'first start': 'there is no token yet',
  expired: "the position is no longer in the API server's history",
  expired_unreported: 'the API server accepted a watch, and did not report that the position has left its history',
  unverified: 'the API server accepts watches, and does not answer whether its history still holds the position',
  rewound: 'a new history began',
  broken: 'the watch broke three times at this position',
} as const;

const gapReasons = {
  expired: 'nothing was collected for longer than Events are kept',
  rewound: 'the store went back to an earlier state',
  moved: 'the token was moved forward by hand',
} as const;

function eventTtlDiffers({ settingMs, seenMs, bound }: Told<'event ttl differs'>): HappeningLine {
  const [setting, seen] = [settingMs, seenMs].map((ms) => Math.round(ms / 1_000));
  const { env } = settingMeta('eventTtl');
  const message =
    bound === 'about'
      ? `Events live about ${seen} s, not ${setting} s as ${env} says: gaps are uncertain until it is right`
      : `Events that must still live by ${env} are gone: they live at most ${seen} s, or somebody deleted them`;
  return line('warn', message, { seen, setting, hint: `set ${env} to the API server's --event-ttl` });
}

function watchEnded({ because, error }: Told<'watch ended'>): HappeningLine {
  if (because === 'stalled')
    return repeated('warn', 'reading is paused: sinks do not keep up', `watch ended ${because}`, {
      hint: "in 5 to 10 minutes the position leaves the API server's history, then updates merge",
    });
  const level = because === 'in order' ? 'debug' : because === 'broken' || because === 'refused' ? 'warn' : 'info';
  return repeated(level, `watch ended: ${because}`, `watch ended ${because}`, { error });
}
