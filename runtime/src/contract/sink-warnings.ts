/** What is allowed in the settings of sinks and yet hardly meant. */
import type { Settings } from './settings.ts';
import type { SinkSettings } from './sink-settings.ts';

/** Sentences without what may be secret. @param at where the sinks are set */
export function warningsAboutSinks({ sinks }: Settings, at: string): readonly string[] {
  return sinks.flatMap((sink) => aboutPlainText(sink, at));
}

function aboutPlainText(sink: SinkSettings, at: string): readonly string[] {
  if (sink.type !== 'http' || typeof sink.url !== 'string' || !/^http:/i.test(sink.url)) return [];
  const secrets = [
    ...Object.entries(sink.headers).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name])),
    ...(sink.basic === undefined ? [] : ['basic']),
  ];
  if (secrets.length === 0) return [];
  return [
    `${at}: sink ${sink.name} sends a secret without encryption (${secrets.join(', ')}): anyone on the way to http:// can read it; use https://`,
  ];
}
