import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Writes the constructs, with what they share with the runtime and with zod, as one CommonJS module: cdk8s apps are CommonJS by default, and a
 * module for each way of loading would be two classes of one name.
 */
export async function writeCode(root: string, folder: string): Promise<void> {
  const bundle = await rolldown({
    cwd: root,
    input: 'src/index.ts',
    platform: 'node',
    transform: { target: 'node22' },
    external: installedPackages(root),
  });
  // Editors show the comments of the declarations; these would only weigh.
  const written = { format: 'cjs', exports: 'named', strict: true, comments: false } as const;
  const { output } = await bundle.write({ file: join(folder, 'index.js'), ...written });
  await bundle.close();
  for (const name of packagesOf(output[0].moduleIds)) {
    // Whoever passes others' code on has to pass on its licence.
    copyFileSync(join(root, 'node_modules', name, 'LICENSE'), join(folder, `LICENSE.${name.replace('/', '-')}`));
  }
}

/** What npm installs with the package; all else has to be in it. */
function installedPackages(root: string): string[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys({ ...dependencies, ...peerDependencies });
}

function packagesOf(modules: readonly string[]): ReadonlySet<string> {
  const names = modules.map((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}
