/** The options of an http sink. */
import * as z from 'zod/mini';
import { type HeaderValue, headerProblems } from './http-headers.ts';
import { allDiffer, commonOptions, filePath, group, seconds } from './sink-options.ts';

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

export const httpSchema = group(
  {
    type: z.literal('http'),
    url: z.string({ error: urlShape() }).check(({ value, issues }) => {
      const message = urlProblem(value);
      if (message !== undefined) issues.push({ code: 'custom', path: [], message, input: undefined });
    }),
    headers: z._default(headers, {}),
    format: z._default(z.enum(['json', 'ndjson'], { error: 'must be json or ndjson' }), 'json'),
    gzip: z._default(z.boolean({ error: 'must be true or false' }), false),
    /** The only authorities that are trusted then: they replace the usual ones. */
    ca: z.optional(group({ file: filePath() }, 'the file of a certificate authority')),
    /** Seconds from connecting to the last byte of the answer. */
    timeout: z._default(seconds(), 30),
    /** What 409 means: a request with this Idempotency-Key is still under way, or its batch is already stored. */
    onConflict: z._default(z.enum(['retry', 'accept'], { error: 'must be retry or accept' }), 'retry'),
    ...commonOptions,
  },
  'an http sink',
);

function urlShape(): string {
  return 'must be a URL that begins with http:// or https://, without spaces and backslashes';
}

/** The URL itself is never told: its query may hold a secret. */
function urlProblem(text: string): string | undefined {
  // The URL standard mends much that other readers of these settings, such as whoever opens ports for them, take for something else.
  if (!/^https?:\/\/[^/\s\\\p{Cc}][^\s\\\p{Cc}]*$/iu.test(text) || !URL.canParse(text)) return urlShape();
  const url = new URL(text);
  if (url.port === '0') return 'must not name port 0';
  if (url.username !== '' || url.password !== '')
    return 'must not hold user and password: set the header Authorization from a file or a variable';
  return url.hash === '' ? undefined : "must not have a fragment ('#')";
}
