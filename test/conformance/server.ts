/** Which server the suites run against: each vitest project that includes them names one. */
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { findBinaries } from '../../tools/cluster/binaries.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../tools/cluster/control-plane.ts';
import { startEmbeddedControlPlane } from '../../tools/cluster/embedded/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { Client } from './client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly controlPlane: 'embedded' | 'real';
  }
}

export interface Server {
  readonly plane: ControlPlane;
  readonly client: Client;
}

/** @param suite gets the server, which is there once tests run */
export function describeServer(
  what: string,
  options: ControlPlaneOptions,
  suite: (server: () => Server) => void,
): void {
  const which = inject('controlPlane');
  const start = which === 'real' ? startControlPlane : startEmbeddedControlPlane;
  const isMissing = which === 'real' && findBinaries() === undefined; // which the project's setup says loudly
  describe.skipIf(isMissing)(`${what}, on the ${which} API server`, () => {
    let server: Server | undefined;

    beforeAll(async () => {
      const plane = await start(options);
      server = { plane, client: new Client(plane) };
    });

    afterAll(async () => {
      server?.client.close();
      await server?.plane.stop();
    });

    suite(() => {
      if (server === undefined) throw new Error('the server is there only within tests');
      return server;
    });
  });
}
