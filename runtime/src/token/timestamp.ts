/**
 * `event.tokenTimestamp` as the Agent's versions wrote it: RFC 3339 (since late 2019) or RFC 822 with minutes and any zone name (before).
 * We write RFC 3339 in UTC without a fraction.
 */
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const rfc822 = /^(\d{1,2}) ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d) ([A-Za-z]{1,6}|[+-]\d\d(?:\d\d)?)$/;

/** @returns milliseconds since 1970; undefined where it is neither form. An RFC 822 zone name other than an offset counts as UTC. */
export function parseTimestamp(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (rfc3339.test(text)) return validInstant(Date.parse(text));
  const match = rfc822.exec(text);
  if (match === null) return undefined;
  const [, day, monthName, year, hour, minute, zone] = match;
  const month = months.indexOf(monthName ?? '');
  if (month < 0) return undefined;
  const century = Number(year) < 69 ? 2000 : 1900;
  return validInstant(
    Date.UTC(century + Number(year), month, Number(day), Number(hour), Number(minute)) - offsetMs(zone ?? ''),
  );
}

export function formatTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function offsetMs(zone: string): number {
  const match = /^([+-])(\d\d)(\d\d)?$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

function validInstant(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
