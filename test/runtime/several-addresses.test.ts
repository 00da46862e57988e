import { describe, expect, test } from 'vitest';
import { addressSelection } from '../../runtime/src/support/agents.ts';
import { eventRecord } from '../support/records.ts';
import { nameWith, startFarServer } from '../support/far-server.ts';
import { clientOn, connectionTo, failureOf, probing } from './kube/api-server.ts';
import { sinkTo } from './sinks/receiving.ts';

const never = new AbortController().signal;
const name = 'several-addresses.test';

/** Longer than Node waits for one of several addresses by default, 250 ms. */
const distanceMs = 600;

/** The first address is far away, nobody listens on the second. */
async function farName(): Promise<number> {
  const { port, comeCloser } = await startFarServer();
  nameWith(name, ['127.0.0.1', '127.0.0.2'], () => setTimeout(comeCloser, distanceMs));
  return port;
}

describe('a name with several addresses, of which only one that is far away answers', () => {
  test('is reached by a sink', async () => {
    const port = await farName();
    expect(await sinkTo(`http://${name}:${port}/`).send([eventRecord(1)], never)).toEqual({ kind: 'accepted' });
  });

  test('is reached by a call to the API server', async () => {
    const port = await farName();
    const { client } = clientOn(connectionTo(port, { host: name }));
    expect(await client.call({ subject: probing })).toMatchObject({ body: { items: [] } });
  });

  test('is reached by a watch', async () => {
    const port = await farName();
    const { client } = clientOn(connectionTo(port, { host: name }));
    const { response } = await client.stream({ subject: probing }, never);
    expect(response.statusCode).toBe(200);
    response.destroy();
  });
});

describe('a name with several addresses, none of which answers', () => {
  test('is reported by a sink with each address', async () => {
    nameWith(name, ['127.0.0.1', '127.0.0.2']);
    expect(await sinkTo(`http://${name}:9/`).send([eventRecord(1)], never)).toEqual({
      kind: 'retry',
      reason: `no answer from http://${name}:9: connect ECONNREFUSED 127.0.0.1:9, connect ECONNREFUSED 127.0.0.2:9`,
    });
  });

  test('is reported by the API client with each address', async () => {
    nameWith(name, ['127.0.0.1', '127.0.0.2']);
    const { client } = clientOn(connectionTo(9, { host: name }));
    expect((await failureOf(client.call({ subject: probing }))).message).toContain(
      `no answer from ${name} port 9: connect ECONNREFUSED 127.0.0.1:9, connect ECONNREFUSED 127.0.0.2:9`,
    );
  });
});

test.each([
  [30_000, 2_500],
  [5_000, 1_250],
  [1_250, 313],
  [800, 250],
  [100, 50],
  [0.5, 1],
])('of a call of %d ms, one address gets %d ms', (deadlineMs, attemptMs) => {
  expect(addressSelection(deadlineMs).autoSelectFamilyAttemptTimeout).toBe(attemptMs);
});
