/** Where a secret is: read again and again from a file, once at the start from a variable. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

export const placeShape = 'must be {"file": PATH} or {"env": NAME}';

/** What is wrong with a place, as sentences without what may be a secret. @param shape said of what is none */
export function placeProblems(value: unknown, shape: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [shape];
  const { file, env, ...others } = value as Readonly<Record<string, unknown>>;
  if ((file === undefined) === (env === undefined) || Object.keys(others).length > 0) return [shape];
  if (file !== undefined && !isFilePath(file)) return [`its file ${filePathError}`];
  return env === undefined || (typeof env === 'string' && /^(?!EVENTBATON_)[A-Za-z_][A-Za-z0-9_]*$/.test(env))
    ? []
    : ['its env must be the name of an environment variable, not one of EVENTBATON_'];
}

export const filePathError = "must be the absolute path of a file, without '.' and '..'";

/** One file has one such path: links aside, differing paths are differing files. */
export function isFilePath(path: unknown): path is string {
  if (typeof path !== 'string') return false;
  const [root, ...steps] = path.split('/');
  return root === '' && !path.includes('\0') && steps.every((step) => !['', '.', '..'].includes(step));
}
