import { secretNames } from '../contract/http-headers.ts';
import { inertText } from '../support/inert-text.ts';
import { readingsOf, withoutHalfCharacter } from './readings.ts';

const mask = '***';

/** How much of what a server said is shown, in characters. */
const shownLength = 300;

/**
 * What a server said, as it may stand in a log: inert, short, without the secrets, also where they are escaped or encoded.
 *
 * Not promised: that a secret is found that was transformed in another way (reversed, hashed, encrypted, in base64 with something before it).
 *
 * @param isCut whether more followed: then the end may be the beginning of a secret
 */
export function quotable(said: string, secrets: Iterable<string>, isCut: boolean): string {
  const text = isCut ? withoutHalfCharacter(said) : said;
  return inertText(hidden(text, secrets, isCut), shownLength).trim();
}

/** The text without the secrets. */
export function hidden(text: string, secrets: Iterable<string>, isCut = false): string {
  const plain = inertText(text, text.length);
  const forms = [...new Set([...secrets].flatMap(formsOf))].filter((secret) => secret !== '');
  const isSecret = new Array<boolean>(plain.length).fill(false);
  if (forms.length === 0) return plain;
  for (const reading of readingsOf(plain))
    for (const secret of forms)
      for (const [begin, end] of placesOf(reading.text, secret, isCut))
        isSecret.fill(true, reading.from[begin], reading.to[end - 1]);
  return Array.from(isSecret, (is, index) => (is ? maskAt(isSecret, index) : plain.charAt(index))).join('');
}

/** One for each run. */
function maskAt(isSecret: readonly boolean[], index: number): string {
  return isSecret[index - 1] === true ? '' : mask;
}

function placesOf(text: string, secret: string, isCut: boolean): readonly (readonly [number, number])[] {
  const places: [number, number][] = [];
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) places.push([at, at + secret.length]);
  const begun = isCut ? beginningAtEnd(text, secret) : 0;
  return begun === 0 ? places : [...places, [text.length - begun, text.length]];
}

/** The length of the longest beginning of `secret` with which `text` ends. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}

/** A secret as it may come back: also as the bytes that a header carries, in base64, and out of it. */
function formsOf(secret: string): readonly string[] {
  const carried = Buffer.from(secret, 'latin1').toString('utf8');
  const own = [secret, carried, ...credentialsIn(secret)];
  return own.flatMap((form) => [form, inertText(form, form.length), ...base64Of(form)]);
}

function base64Of(text: string): readonly string[] {
  const [bytes, latin] = [Buffer.from(text), Buffer.from(text, 'latin1')];
  const padded = [bytes, latin].map((each) => each.toString('base64'));
  const both = padded.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
  return both.flatMap((form) => [form, form.replace(/=+$/, '')]);
}

/** The user and password of a secret that is made of them, as Basic authentication is, and the password alone. */
function credentialsIn(secret: string): readonly string[] {
  if (!/^[-\w+/]+={0,2}$/.test(secret)) return [];
  const [, credentials = '', password = ''] =
    /^([^:\p{Cc}\ufffd]+:([^\p{Cc}\ufffd]+))$/u.exec(Buffer.from(secret, 'base64').toString('utf8')) ?? [];
  return [credentials, password];
}

/** What may be secret in a URL of the settings: values of its query, and the steps of its path that are not made of usual words. */
export function secretsOf(url: URL): readonly string[] {
  const steps = url.pathname.split('/').filter((step) => step !== '' && !isUsual(step));
  const values = [...url.searchParams].flatMap(([name, value]) =>
    value.length >= shortest || secretNames.test(name.toLowerCase()) ? [value] : [`${name}=${value}`],
  );
  return [url.search, ...steps.flatMap(stepForms), ...values].filter((part) => part !== '');
}

/** Everything in a URL that is a secret itself. */
export function secretPartsOf(url: URL): readonly string[] {
  const steps = url.pathname.split('/').filter((step) => step !== '');
  const values = [...url.searchParams].flatMap(([name, value]) => [value, `${name}=${value}`]);
  const whole = [url.href, url.host, url.hostname.replace(/^\[|\]$/g, ''), url.pathname, url.search];
  return [...whole, ...steps.flatMap(stepForms), ...values].filter((part) => part !== '' && part !== '/');
}

/** A part below this is looked for with what stands before it: by itself it is in many words. */
const shortest = 4;

function stepForms(step: string): readonly string[] {
  const plain = decodedStep(step);
  return [step, plain].map((form) => (form.length < shortest ? `/${form}` : form));
}

function decodedStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** Words in small letters, and the numbers of versions. */
function isUsual(step: string): boolean {
  return /^(?:v[0-9]{1,3}|_?[a-z]{1,15}(?:[-_.][a-z]{1,15}){0,3})$/.test(step);
}
