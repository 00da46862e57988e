/** The options of an http sink. */
import * as z from 'zod/mini';
import { type HeaderValue, headerProblems, isHeaderText } from './http-headers.ts';
import { proxyProblem, proxyShape, urlProblem, urlShape } from './http-url.ts';
import { placeProblems, placeShape, type SecretPlace } from './secret-place.ts';
import { allDiffer, commonOptions, filePath, group, port, seconds } from './sink-options.ts';

const headers = z.pipe(
  z.record(z.string(), z.unknown(), { error: 'must be headers, as a mapping' }).check(({ value, issues }) => {
    for (const [name, header] of Object.entries(value))
      for (const message of headerProblems(name, header))
        issues.push({ code: 'custom', path: [name], message, input: undefined });
    if (!allDiffer(Object.keys(value).map((name) => name.toLowerCase())))
      issues.push({ code: 'custom', path: [], message: 'names of headers must differ', input: undefined });
  }),
  z.transform((value) => value as Readonly<Record<string, HeaderValue>>),
);

/** A value that is judged by sentences. */
const judged = <T>(problemsOf: (value: unknown) => readonly string[]) =>
  z.pipe(
    z.unknown().check(({ value, issues }) => {
      for (const message of problemsOf(value)) issues.push({ code: 'custom', path: [], message, input: undefined });
    }),
    z.transform((value) => value as T),
  );

const place = () => judged<SecretPlace>((value) => placeProblems(value, placeShape));

/** Text, or where it is if it is a secret. */
const textOrPlace = (problemOf: (text: string) => string | undefined, shape: string) =>
  judged<string | SecretPlace>((value) =>
    typeof value === 'string' ? [problemOf(value)].flatMap((problem) => problem ?? []) : placeProblems(value, shape),
  );

const orPlace = (shape: string) => `${shape}; or {"file": PATH} or {"env": NAME} if it is a secret`;

/** Never by a proxy, whatever the environment says. */
export const noProxy = 'none';

const userShape = 'must be text without \':\', {"file": PATH} or {"env": NAME}';

const contentTypeError = 'must be a media type, such as text/plain; charset=utf-8';

export const httpSchema = group(
  {
    type: z.literal('http'),
    url: textOrPlace(urlProblem, orPlace(urlShape)),
    /** What a NetworkPolicy opens for this sink, where neither `url` nor `proxy` says it. The collector itself does not use it. */
    port: z.optional(port()),
    headers: z._default(headers, {}),
    basic: z.optional(
      group(
        { username: textOrPlace((text) => (isUsername(text) ? undefined : userShape), userShape), password: place() },
        'a username and a password',
      ),
    ),
    format: z._default(z.enum(['json', 'ndjson'], { error: 'must be json or ndjson' }), 'json'),
    /** Instead of the format's own. */
    contentType: z.optional(
      z
        .string({ error: contentTypeError })
        .check(z.regex(/^[-!#$%&'*+.^_`|~\w]+\/[-!#$%&'*+.^_`|~\w]+[\t ]*(?:;[\t\x20-\x7e]*)?$/, contentTypeError)),
    ),
    gzip: z._default(z.boolean({ error: 'must be true or false' }), false),
    /** The only authorities that are trusted then: they replace the usual ones. */
    ca: z.optional(group({ file: filePath() }, 'the file of a certificate authority')),
    cert: z.optional(place()),
    key: z.optional(place()),
    proxy: z.optional(
      textOrPlace(
        (text) => (text === noProxy ? undefined : proxyProblem(text, false)),
        orPlace(`${proxyShape}, or ${noProxy}`),
      ),
    ),
    /** Seconds from connecting to the last byte of the answer. */
    timeout: z._default(seconds(), 30),
    /** What 409 means: a request with this Idempotency-Key is still under way, or its batch is already stored. */
    onConflict: z._default(z.enum(['retry', 'accept'], { error: 'must be retry or accept' }), 'retry'),
    ...commonOptions,
  },
  'an http sink',
).check(
  z.refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    path: ['cert'],
    error: 'must be set together with key: neither is of use without the other',
  }),
  z.refine(({ basic, headers: given }) => basic === undefined || !hasAuthorization(given), {
    path: ['basic'],
    error: 'must not be set next to a header Authorization: both are the same header',
  }),
);

function hasAuthorization(given: Readonly<Record<string, HeaderValue>>): boolean {
  return Object.keys(given).some((name) => name.toLowerCase() === 'authorization');
}

/** A colon would end it. */
export function isUsername(text: string): boolean {
  return isHeaderText(text) && text !== '' && !text.includes(':');
}
