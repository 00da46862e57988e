import { join } from 'node:path/posix';

const relativeSpecifier = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.[^'"]*)\.ts\2/g;

/**
 * The declaration files that an entry leads to, by path. TypeScript emits one for each module that it has seen; the others would show users
 * what is not theirs. Specifiers end in `.js`: only newer compilers resolve one that ends in `.ts`.
 */
export function publicDeclarations(entry: string, read: (path: string) => string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const paths = new Set([entry]);
  for (const path of paths) {
    const text = read(path);
    for (const [, , , specifier] of text.matchAll(relativeSpecifier)) paths.add(resolveFrom(path, `${specifier}`));
    texts.set(path, text.replaceAll(relativeSpecifier, '$1$2$3.js$2'));
  }
  return texts;
}

function resolveFrom(importer: string, specifier: string): string {
  const path = join(importer, '..', `${specifier}.d.ts`);
  if (path.startsWith('../')) {
    throw new Error(
      `the public types lead from src/${importer} to ${join('src', path)}, which is not published: keep its types private, or describe them in src/`,
    );
  }
  return path;
}
