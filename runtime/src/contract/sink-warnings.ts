/** What is allowed in the settings of sinks and yet hardly meant. */
import type { Settings } from './settings.ts';
import type { SinkSettings } from './sink-settings.ts';

/** Sentences without what may be secret. @param at where the sinks are set */
export function warningsAboutSinks({ sinks }: Settings, at: string): readonly string[] {
  return sinks.flatMap((sink) => aboutPlainText(sink, at));
}

function aboutPlainText(sink: SinkSettings, at: string): readonly string[] {
  if (sink.type !== 'http' || !/^http:/i.test(sink.url)) return [];
  const secret = Object.entries(sink.headers).flatMap(([name, value]) => (typeof value === 'string' ? [] : [name]));
  if (secret.length === 0) return [];
  return [
    `${at}: sink ${sink.name} sends a secret without encryption (${secret.join(', ')}): anyone on the way to http:// can read it; use https://`,
  ];
}
