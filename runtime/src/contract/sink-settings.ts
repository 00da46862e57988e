/** Where records go: a list of sinks, told apart by `type`. What a sink does not know is refused, so that a slip is not taken for consent. */
import * as z from 'zod/mini';
import { filePathError, type HeaderValue, headerProblems, isFilePath } from './http-headers.ts';

const positive = (most: number) => {
  const error = `must be a whole number from 1 to ${most}`;
  return z.int({ error }).check(z.gte(1, { error }), z.lte(most, { error }));
};

const seconds = () => {
  const error = 'must be a number of seconds above 0, at most 3600';
  return z.number({ error }).check(z.gt(0, { error }), z.lte(3_600, { error }));
};

const group = <T extends Parameters<typeof z.strictObject>[0]>(shape: T, thing: string) =>
  z.strictObject(shape, { error: (issue) => objectError(issue, thing) });

function objectError(
  { code, keys }: { readonly code?: string; readonly keys?: readonly string[] },
  thing: string,
): string {
  return code === 'unrecognized_keys'
    ? `${thing} has no option ${(keys ?? []).map((key) => JSON.stringify(key)).join(', ')}`
    : `must be ${thing}, as a mapping`;
}

const common = {
  /** Unique; a metric label and the key of the sink's position in the token. Default: the type. */
  name: z.optional(
    z.string({ error: 'must be text' }).check(
      z.regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, {
        error: "must be lower-case letters, digits and '-', at most 63",
      }),
    ),
  ),
  /** Required sinks hold the token back; the others drop, and count what they drop, when the window is full. */
  required: z._default(z.boolean({ error: 'must be true or false' }), true),
  batch: z.prefault(
    group(
      { records: z._default(positive(100_000), 500), bytes: z._default(positive(67_108_864), 1_048_576) },
      'a batch',
    ),
    {},
  ),
  /** Seconds; the wait before each retry doubles from one to the other. */
  retry: z.prefault(
    group({ initial: z._default(seconds(), 0.5), maximum: z._default(seconds(), 30) }, 'a retry').check(
      z.refine(({ initial, maximum }) => initial <= maximum, {
        path: ['maximum'],
        error: 'must not be below the initial wait',
      }),
    ),
    {},
  ),
};

const stdoutSchema = group({ type: z.literal('stdout'), ...common }, 'a stdout sink');

const filePath = () => z.string({ error: filePathError }).check(z.refine(isFilePath, { error: filePathError }));

const fileSchema = group(
  {
    type: z.literal('file'),
    path: filePath(),
    ...common,
  },
  'a file sink',
);

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

const httpSchema = group(
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
    ...common,
  },
  'an http sink',
);

/** By type. */
export const sinkSchemas = { stdout: stdoutSchema, file: fileSchema, http: httpSchema } as const;

const sinkSchema = z.pipe(
  z.discriminatedUnion('type', [stdoutSchema, fileSchema, httpSchema], {
    error: 'must be a sink: an object whose type is stdout, file or http',
  }),
  z.transform((sink) => ({ ...sink, name: sink.name ?? sink.type })),
);

export type SinkSettings = z.output<typeof sinkSchema>;
export type HttpSinkSettings = Extract<SinkSettings, { type: 'http' }>;

const listError = 'must be a list of at least one sink, such as [{"type":"stdout"}]';

export const sinkListSchema = z.prefault(
  z.array(sinkSchema, { error: listError }).check(
    z.minLength(1, { error: listError }),
    z.refine((sinks) => allDiffer(sinks.map(({ name }) => name)), { error: 'names of sinks must differ' }),
    // A failed batch is cut off the end of its file: with a second writer that would be the other's.
    z.refine((sinks) => allDiffer(sinks.flatMap((sink) => (sink.type === 'file' ? [sink.path] : []))), {
      error: 'paths of file sinks must differ',
    }),
  ),
  [{ type: 'stdout' }],
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

function allDiffer(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
