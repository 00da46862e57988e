/** What is allowed and yet hardly meant: settings that work against each other, each with the reason. */
import type { GivenSetting } from './given-settings.ts';
import { type SettingName, type Settings, settingMeta } from './settings.ts';
import { warningsAboutSinks } from './sink-warnings.ts';

export function warningsAbout(settings: Settings, given: ReadonlyMap<SettingName, GivenSetting>): readonly string[] {
  const at = (name: SettingName) => given.get(name)?.place() ?? settingMeta(name).env;
  return [
    ...aboutSwitches(settings, given, at),
    ...aboutElection(settings, at),
    ...aboutToken(settings, at),
    ...aboutWindow(settings, at),
    ...warningsAboutSinks(settings, at('sinks')),
  ];
}

type PlaceOf = (name: SettingName) => string;

function aboutSwitches(
  { collectKubernetesEvents, leaderElection }: Settings,
  given: ReadonlyMap<SettingName, GivenSetting>,
  at: PlaceOf,
): readonly string[] {
  if (!collectKubernetesEvents && !leaderElection)
    return ['nothing is switched on: set DD_COLLECT_KUBERNETES_EVENTS=true to collect Events'];
  if (collectKubernetesEvents && !leaderElection && given.has('leaderElection'))
    return [`${at('leaderElection')} is false: a leader is elected all the same, for collecting Events implies it`];
  return [];
}

function aboutElection({ leaderLeaseDuration, drainTimeout, eventTtl }: Settings, at: PlaceOf): readonly string[] {
  const warnings: string[] = [];
  if (leaderLeaseDuration <= 30) {
    warnings.push(
      `${at('leaderLeaseDuration')} is ${leaderLeaseDuration} s: at 30 s and below a slow API server or a busy node costs the leader its lease, and each loss may send events twice`,
    );
  }
  if (leaderLeaseDuration >= eventTtl) {
    warnings.push(
      `${at('leaderLeaseDuration')} is ${leaderLeaseDuration} s and Events live for ${eventTtl} s: a leader that dies is waited for until Events have expired unread`,
    );
  }
  if (drainTimeout >= leaderLeaseDuration) {
    warnings.push(
      `${at('drainTimeout')} is ${drainTimeout} s and the lease ${leaderLeaseDuration} s: a hand-over may take longer than the wait for a leader that died`,
    );
  }
  return warnings;
}

function aboutToken(settings: Settings, at: PlaceOf): readonly string[] {
  const { checkpointInterval, eventTtl, leaderLeaseDuration } = settings;
  const warnings: string[] = [];
  if (checkpointInterval > leaderLeaseDuration / 4) {
    warnings.push(
      `${at('checkpointInterval')} is ${checkpointInterval} s: above a quarter of the lease of ${leaderLeaseDuration} s (${at('leaderLeaseDuration')}) a term may end before its token is written, and the next leader sends much again`,
    );
  }
  if (checkpointInterval > eventTtl / 6)
    warnings.push(
      `${at('checkpointInterval')} is ${checkpointInterval} s: above a sixth of the ${eventTtl} s that Events live (${at('eventTtl')}) a crash sends much again, and gaps are judged by a token that is old`,
    );
  return warnings;
}

function aboutWindow({ windowBytes, sinks }: Settings, at: PlaceOf): readonly string[] {
  return sinks
    .filter(({ batch }) => batch.bytes > windowBytes)
    .map(
      ({ name, batch }) =>
        `${at('windowBytes')} is ${windowBytes} bytes: a batch of sink ${name} never grows to the ${batch.bytes} bytes that it may have`,
    );
}
