/** Where records go: a list of sinks, told apart by `type`. What a sink does not know is refused, so that a slip is not taken for consent. */
import * as z from 'zod/mini';
import { httpSchema } from './http-sink-settings.ts';
import { allDiffer, commonOptions, filePath, group, positive } from './sink-options.ts';

const stdoutSchema = group({ type: z.literal('stdout'), ...commonOptions }, 'a stdout sink');

const fileSchema = group(
  {
    type: z.literal('file'),
    path: filePath(),
    /** Largest size of the file in bytes, and the number of full files that are kept: `path.1` is the latest. */
    rotate: z.optional(group({ bytes: positive(2 ** 40), keep: z._default(positive(1_000), 3) }, 'a rotation')),
    ...commonOptions,
  },
  'a file sink',
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

/** Every file that a sink writes to, renames or deletes. */
function filesOf(sink: SinkSettings): readonly string[] {
  if (sink.type !== 'file') return [];
  const { path, rotate } = sink;
  return [path, ...Array.from({ length: rotate?.keep ?? 0 }, (_, at) => `${path}.${at + 1}`)];
}

const listError = 'must be a list of at least one sink, such as [{"type":"stdout"}]';

export const sinkListSchema = z.prefault(
  z.array(sinkSchema, { error: listError }).check(
    z.minLength(1, { error: listError }),
    z.refine((sinks) => allDiffer(sinks.map(({ name }) => name)), { error: 'names of sinks must differ' }),
    // A failed batch is cut off the end of its file: with a second writer that would be the other's.
    z.refine((sinks) => allDiffer(sinks.flatMap(filesOf)), {
      error: 'paths of file sinks must differ, also from those of rotated files, such as path.1',
    }),
  ),
  [{ type: 'stdout' }],
);
