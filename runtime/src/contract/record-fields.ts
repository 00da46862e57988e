/** What every record carries because the settings say so: tags as the Agent has them, and fields of any name. */
import * as z from 'zod/mini';

/** Bounds: every record carries them. An Agent's own file may have many tags. */
const mostTags = 128;
const mostFields = 32;
const mostCharacters = 256;

/** No control characters: they end in logs and terminals. */
const isPlain = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= mostCharacters && !/[\p{Cc}\u2028\u2029]/u.test(text);

const tagsError = `must be tags such as "env:prod team:shop", or a list of them: at most ${mostTags}, each of at most ${mostCharacters} characters`;

/** A list, or text in which blanks or commas part the tags, as the Agent reads it. */
export const tagsSchema = z.prefault(
  z.pipe(
    z.unknown().check(z.refine((value) => isTagList(listed(value)), { error: tagsError })),
    z.transform((value) => listed(value) as readonly string[]),
  ),
  [],
);

function listed(value: unknown): unknown {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter((tag) => tag !== '') : value;
}

function isTagList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= mostTags && value.every((tag) => isPlain(tag) && tag !== '');
}

const fieldsError = `must be a mapping of names to text, such as {"env": "prod"}: at most ${mostFields}, each of at most ${mostCharacters} characters`;

export const fieldsSchema = z.prefault(
  z.pipe(
    z.unknown().check(z.refine(isFields, { error: fieldsError })),
    z.transform((value) => value as Readonly<Record<string, string>>),
  ),
  {},
);

function isFields(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= mostFields && entries.every(([name, text]) => name !== '' && isPlain(name) && isPlain(text));
}

export interface RecordFields {
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
}

/** What is empty is left out. */
export function recordFields({
  tags,
  fields,
}: {
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}): RecordFields {
  return {
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
}
