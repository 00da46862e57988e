import { afterAll, beforeAll, describe } from 'vitest';
import { findHelms } from '../../tools/helm/binaries.ts';
import { Helm } from '../../tools/helm/helm.ts';

export type HelmMajor = 3 | 4;

/** The same promises of each Helm; skipped, which the setup says loudly, where there are none. @param suite gets the Helm, which is there once tests run */
export function describeHelms(what: string, suite: (helm: () => Helm, major: HelmMajor) => void): void {
  const helms = findHelms();
  for (const major of [3, 4] as const) {
    describe.skipIf(helms === undefined)(`${what}, with Helm ${major}`, () => {
      let helm: Helm | undefined;

      beforeAll(async () => {
        helm = await Helm.open(helms?.[`helm${major}`] ?? '');
      });

      afterAll(() => helm?.close());

      suite(() => {
        if (helm === undefined) throw new Error('the Helm is there only within tests');
        return helm;
      }, major);
    });
  }
}
