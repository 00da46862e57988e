/** What the schemas of sinks are made of. */
import * as z from 'zod/mini';
import { filePathError, isFilePath } from './secret-place.ts';

export const positive = (most: number) => {
  const error = `must be a whole number from 1 to ${most}`;
  return z.int({ error }).check(z.gte(1, { error }), z.lte(most, { error }));
};

export const port = () => {
  const error = 'must be the number of a port, from 1 to 65535';
  return z.int({ error }).check(z.gte(1, { error }), z.lte(65_535, { error }));
};

export const seconds = () => {
  const error = 'must be a number of seconds above 0, at most 3600';
  return z.number({ error }).check(z.gt(0, { error }), z.lte(3_600, { error }));
};

export const group = <T extends Parameters<typeof z.strictObject>[0]>(shape: T, thing: string) =>
  z.strictObject(shape, { error: (issue) => objectError(issue, thing) });

function objectError(
  { code, keys }: { readonly code?: string; readonly keys?: readonly string[] },
  thing: string,
): string {
  return code === 'unrecognized_keys'
    ? `${thing} has no option ${(keys ?? []).map((key) => JSON.stringify(key)).join(', ')}`
    : `must be ${thing}, as a mapping`;
}

export const commonOptions = {
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

export const filePath = () => z.string({ error: filePathError }).check(z.refine(isFilePath, { error: filePathError }));

export function allDiffer(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
