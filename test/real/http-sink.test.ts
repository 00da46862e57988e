import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { EventRecord, SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { HttpSink } from '../../src/index.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { startHttpProxy } from '../../tools/faults/http-proxy.ts';
import { type HttpReceiver, type HttpReceiverOptions, startHttpReceiver } from '../../tools/faults/http-receiver.ts';
import { type Account, idOf, settleAccount, type Version } from '../../tools/trial/account.ts';
import { parseRecord } from '../../tools/trial/deliveries.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount } from '../support/account.ts';
import { promise } from '../support/promise.ts';
import { recordDropped } from '../support/figures.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { settle } from '../../tools/trial/settling.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };
const retry = { initial: 0.1, maximum: 1 };

/** What acts on a terminal, or ends a line before its end. */
const active = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describeReal('the http sink', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('refused by every server in another way settles nothing, raises the alarm, and gets everything once they are mended', async () => {
    const statuses = [400, 401, 403, 404, 422, 302];
    const receivers = await Promise.all(
      statuses.map((status) =>
        receive({ answer: () => ({ status, headers: { location: '/elsewhere' }, body: 'no' }) }),
      ),
    );
    const sinks = receivers.map(
      ({ url }, index): HttpSink => ({ type: 'http', name: `s${statuses[index]}`, url, retry }),
    );
    const installation = await install(plane, { namespace: 'refused', settings: { sinks } });
    const workload = installation.workload();
    // Of an empty list nothing is owed: its position would be taken at once.
    await workload.burst(1);
    const startedAt = performance.now();
    const pod = await installation.addPod();
    await installation.listed();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    for (const name of sinks.map((sink) => sink.name ?? '')) {
      await until(`the alarm of ${name}`, async () => (await misconfigured(pod, name)) || undefined);
      await until(`the line about ${name}`, () =>
        pod.log.find(({ level, message }) => level === 'error' && message.startsWith(`sink ${name} cannot deliver`)),
      );
    }
    await delay(5_000);
    await until('200 writes', () => workload.written.length > 200 || undefined);
    await writing.stop();
    const status = JSON.parse(await pod.page('/status'));
    expect(status).toMatchObject({ sinks: statuses.map(() => ({ state: 'misconfigured', delivered: 0 })) });
    expect(status.warnings).toHaveLength(statuses.length);
    expect(await pod.metric('eventbaton_events_dropped_total')).toBe(0);
    expect(await pod.metric('eventbaton_sink_failing_seconds', 's404')).toBeGreaterThan(4);
    const position = await installation.storedPosition();
    promise(() => expect([position, receivers.flatMap(({ accepted }) => accepted)]).toEqual([0n, []]));
    // A slow retry, every 0.5 to 1 s: what a sink refuses as a whole is asked about in 14 requests at the most each time.
    const rounds = (performance.now() - startedAt) / 500 + 1;
    for (const { batches } of receivers) expect(batches.length).toBeLessThan(14 * rounds);

    for (const receiver of receivers) receiver.answerWith(() => ({}));
    for (const receiver of receivers) await expectAll(installation, receiver, workload.written);
    expect(await pod.metric('eventbaton_sink_misconfigured')).toBe(0);
    expect(await pod.metric('eventbaton_events_dropped_total')).toBe(0);
    await expectTokenToReach(installation, workload.written);
  });

  test('gives up exactly what its server does not want: one poisoned record, and one that is too large', async () => {
    const receiver = await receive({
      answer: ({ bytes, records }) => {
        if (bytes > 524_288) return { status: 413, body: 'too large' };
        return records.some(isPoisoned) ? { status: 400, body: 'cannot index \u009b"poison"\u2028' } : {};
      },
    });
    const sink: HttpSink = { type: 'http', url: receiver.url, retry };
    const installation = await install(plane, { namespace: 'poison', settings: { sinks: [sink] } });
    const pod = await installation.addPod();
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    await delay(2_000);
    const unwanted = [
      await writeEvent(installation, 'poisoned', { message: 'this is poison \u001b[2J\u009b31m' }),
      await writeEvent(installation, 'large', { message: 'm'.repeat(1_000_000) }),
    ];
    await delay(3_000);
    await writing.stop();

    await expectAll(installation, receiver, workload.written);
    await until(
      'the second drop',
      async () => (await pod.metric('eventbaton_events_dropped_total')) === 2 || undefined,
    );
    expect(recordDropped(await pod.metric('eventbaton_events_dropped_total', 'sink="http",reason="rejected"'))).toBe(2);
    const letters = pod.log.filter(({ message }) => message.startsWith('dropped: '));
    expect(letters).toMatchObject([
      {
        level: 'error',
        sink: 'http',
        reason: 'rejected',
        id: idOf(unwanted[0] as Version),
        detail: expect.stringContaining('400'),
      },
      {
        level: 'error',
        sink: 'http',
        reason: 'rejected',
        id: idOf(unwanted[1] as Version),
        detail: expect.stringContaining('413'),
      },
    ]);
    expect(letters.map(({ record }) => (record as EventRecord).event.name)).toEqual(['poisoned', 'large']);
    for (const letter of letters) {
      expect(JSON.stringify(letter['record']).length).toBeLessThanOrEqual(8_192);
      expect(JSON.stringify(letter)).not.toMatch(active);
    }
    await expectTokenToReach(installation, workload.written);
  });

  test('passes more of what its server does not want than the window holds: everything else arrives', async () => {
    const receiver = await receive({
      answer: ({ bytes }) => (bytes > 524_288 ? { status: 413, body: 'too large' } : {}),
    });
    const sink: HttpSink = { type: 'http', url: receiver.url, retry };
    const installation = await install(plane, {
      namespace: 'large',
      settings: { sinks: [sink], windowBytes: 4 * 1_048_576 },
    });
    const pod = await installation.addPod();
    const workload = installation.workload();
    await workload.burst(10);
    await expectAll(installation, receiver, workload.written);
    const large = await Promise.all(
      Array.from({ length: 12 }, (_, number) =>
        writeEvent(installation, `large-${number}`, { message: 'm'.repeat(1_000_000) }),
      ),
    );
    await workload.burst(10);
    const ids = large.map((version) => idOf(version as Version));
    await until('all large ones to be given up', () => {
      const dropped = new Set(pod.log.map(({ id }) => id));
      return ids.every((id) => dropped.has(id)) || undefined;
    });
    expectAccount(await accountOf(installation, receiver, workload.written), { lost: 0 });
    recordDropped(ids.length);
    expect((await installation.lease())?.spec.leaseTransitions).toBe(1);
  });

  test('carries hostile events as JSON and as compressed lines, inert byte for byte, and lives', async () => {
    const [array, lines] = [await receive({}), await receive({})];
    const sinks = [
      { type: 'stdout' },
      { type: 'http', name: 'array', url: array.url, retry },
      { type: 'http', name: 'lines', url: lines.url, format: 'ndjson', gzip: true, retry },
    ] as const;
    const installation = await install(plane, { namespace: 'hostile', settings: { sinks } });
    const pod = await installation.addPod();
    const written: Version[] = [];
    for (const [index, hostile] of hostileEvents().entries()) {
      const version = await writeEvent(installation, `hostile-${index}`, hostile);
      if (version !== undefined) written.push(version);
    }
    expect(written.length).toBeGreaterThan(10);
    await expectAll(installation, array, written);
    await expectAll(installation, lines, written);
    expect(new Set(array.batches.map(({ format }) => format))).toEqual(new Set(['json array']));
    expect(new Set(lines.batches.map(({ format, isGzip }) => `${format} ${isGzip}`))).toEqual(new Set(['ndjson true']));
    await until(
      'the lines of standard output',
      () => own(installation, outputOf(pod)).length >= written.length || undefined,
    );
    for (const { text } of pod.output) expect(text).not.toMatch(active);
    for (const line of pod.log) expect(JSON.stringify(line)).not.toMatch(active);
    const messages = new Map(own(installation, array.accepted).map(({ id, message }) => [id, message]));
    expect(Math.max(...[...messages.values()].map((message) => message.length))).toBeGreaterThan(1_000_000);
    expect([...messages.values()].some((message) => message.includes('\u001b[2J\u009b31m\u2028'))).toBe(true);
    expect(await pod.stop()).toBe(0);
  });

  test('sends the secret that is in its file, over TLS with an authority of its own, and follows its rotation', async () => {
    const folder = temporaryFolder();
    const [token, ca] = [join(folder, 'token'), join(folder, 'ca.crt')];
    const state = { wanted: 'Bearer first-s3cret' };
    const receiver = await receive({
      tls: true,
      answer: ({ headers }) =>
        headers['authorization'] === state.wanted ? {} : { status: 401, body: `not ${headers['authorization']}` },
    });
    writeFileSync(token, 'first-s3cret\n');
    writeFileSync(ca, receiver.ca ?? '');
    const sink: HttpSink = {
      type: 'http',
      url: receiver.url,
      headers: { Authorization: { file: token, prefix: 'Bearer ' }, 'X-Api-Key': { env: 'SINK_KEY' } },
      ca: { file: ca },
      gzip: true,
      retry,
    };
    const installation = await install(plane, { namespace: 'secret', settings: { sinks: [sink] } });
    const pod = await installation.addPod({ SINK_KEY: 'key-s3cret' });
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    await until('deliveries', () => own(installation, receiver.accepted).length > 50 || undefined);
    state.wanted = 'Bearer second-s3cret';
    await until('the alarm', async () => (await misconfigured(pod, 'http')) || undefined);
    writeFileSync(token, 'second-s3cret\n');
    await until('the end of the alarm', async () => !(await misconfigured(pod, 'http')) || undefined);
    await writing.stop();
    await expectAll(installation, receiver, workload.written);
    expect(new Set(receiver.batches.map(({ headers }) => headers['x-api-key']))).toEqual(new Set(['key-s3cret']));
    const shown = [JSON.stringify(pod.log), await pod.page('/status'), await pod.page('/metrics')].join('\n');
    expect(shown).toContain('not Bearer ***');
    expect(shown).not.toContain('s3cret');
  });

  test('of a secret URL goes through the proxy of the environment, as requests to the API server never do', async () => {
    const proxy = await startHttpProxy({ authorization: `Basic ${btoa('agent:pr0xy-s3cret')}` });
    onTestFinished(() => proxy.close());
    const state = { status: 200 };
    const receiver = await receive({
      answer: ({ path, headers }) => ({ status: state.status, body: `${path} ${headers.host}` }),
    });
    const folder = temporaryFolder();
    const [url, password] = [join(folder, 'url'), join(folder, 'password')];
    writeFileSync(url, `${receiver.url}hooks/Q7x/s3cret?sig=s3cret`);
    writeFileSync(password, 'word-s3cret');
    const sink: HttpSink = {
      type: 'http',
      url: { file: url },
      basic: { username: 'hunter', password: { file: password } },
      contentType: 'text/plain',
      retry,
    };
    const installation = await install(plane, { namespace: 'proxy', settings: { sinks: [sink] } });
    const ofProxy = `http://agent:pr0xy-s3cret@127.0.0.1:${proxy.port}`;
    const pod = await installation.addPod({
      HTTP_PROXY: ofProxy,
      https_proxy: ofProxy,
      NODE_USE_ENV_PROXY: '1',
    });
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    await until('deliveries', () => own(installation, receiver.accepted).length > 50 || undefined);
    state.status = 404;
    await until('the alarm', async () => (await misconfigured(pod, 'http')) || undefined);
    const alarm = await pod.page('/status');
    expect(alarm).toContain(
      `the server of the URL in the file ${url} through the proxy http://127.0.0.1:${proxy.port}`,
    );
    state.status = 200;
    await writing.stop();
    await expectAll(installation, receiver, workload.written);
    expect(receiver.batches[0]?.headers).toMatchObject({
      authorization: `Basic ${btoa('hunter:word-s3cret')}`,
      'content-type': 'text/plain',
    });
    expect(new Set(proxy.requests.map(({ target }) => new URL(target).origin))).toEqual(
      new Set([new URL(receiver.url).origin]),
    );
    const shown = [JSON.stringify(pod.log), alarm, await pod.page('/status'), await pod.page('/metrics')].join('\n');
    expect(shown).toContain('answered 404 Not Found: ***');
    expect(shown).not.toMatch(/s3cret|Q7x|sig=/);
    expect(shown).not.toContain(new URL(receiver.url).host);
  });

  test('that lacks a variable refuses to start, and says which', async () => {
    const sink: HttpSink = { type: 'http', url: 'http://127.0.0.1:1', headers: { Cookie: { env: 'SINK_COOKIE' } } };
    const installation = await install(plane, { namespace: 'variable', settings: { sinks: [sink] } });
    await expect(installation.addPod()).rejects.toThrow('ended at its start');
    const [pod] = installation.pods;
    expect(await pod?.ended).toBe(78);
    expect(JSON.stringify(pod?.log)).toContain('environment variable SINK_COOKIE');
  });
});

async function receive(options: HttpReceiverOptions): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver(options);
  onTestFinished(() => receiver.close());
  return receiver;
}

const isPoisoned = (record: SinkRecord) => 'event' in record && record.message.includes('poison');

function own({ namespace }: Installation, records: readonly SinkRecord[]): readonly EventRecord[] {
  return records.filter((record): record is EventRecord => 'event' in record && record.event.namespace === namespace);
}

function outputOf({ output }: Pod): readonly SinkRecord[] {
  return output.flatMap(({ text }) => parseRecord(text) ?? []);
}

/** The account once nothing is missing any more. */
function accountOf(installation: Installation, receiver: HttpReceiver, written: readonly Version[]): Promise<Account> {
  return settle(() => settleAccount(written, own(installation, receiver.accepted)));
}

/** Every version arrives once, in order, and no other. */
async function expectAll(
  installation: Installation,
  receiver: HttpReceiver,
  written: readonly Version[],
): Promise<void> {
  const account = await accountOf(installation, receiver, written);
  expectAccount(account, { ...clean, written: written.length, delivered: written.length });
}

async function expectTokenToReach(installation: Installation, written: readonly Version[]): Promise<void> {
  const last = written.map(({ resourceVersion }) => BigInt(resourceVersion)).reduce((a, b) => (a > b ? a : b), 0n);
  await until('the token', async () => (await installation.storedPosition()) >= last || undefined);
}

async function misconfigured(pod: Pod, sink: string): Promise<boolean> {
  return (await pod.metric('eventbaton_sink_misconfigured', `"${sink}"`)) === 1;
}

/** @returns undefined where the API server does not take it */
async function writeEvent(
  { plane, namespace }: Installation,
  name: string,
  overrides: Readonly<Record<string, unknown>>,
): Promise<Version | undefined> {
  const { metadata, ...others } = overrides;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { ...(metadata as object), name, namespace },
    involvedObject: { kind: 'Pod', namespace, name: 'cart' },
    reason: 'Hostile',
    type: 'Normal',
    message: name,
    ...others,
  };
  const { status, body } = await plane.admin.send<{ readonly metadata: Version }>(
    'POST',
    `/api/v1/namespaces/${namespace}/events`,
    event,
  );
  if (status >= 300) return undefined;
  const { uid, resourceVersion } = body.metadata;
  return { uid, resourceVersion, name };
}

function hostileEvents(): readonly Readonly<Record<string, unknown>>[] {
  const prototype = JSON.parse('{"__proto__":"x","constructor":"y"}') as object;
  return [
    { message: 'm'.repeat(1_400_000) },
    { message: '\u001b[2J\u009b31m\u2028\u2029\r\n\u0000\u007f\u202e' },
    { reason: '\u001b]0;title\u0007', source: { component: '\u009b', host: '\u2028' } },
    { metadata: { labels: prototype } },
    { metadata: { annotations: prototype } },
    { metadata: { annotations: { 'a/__proto__': '\u001b' } } },
    { type: 'Catastrophe' },
    { type: '' },
    { type: '__proto__', reason: 'constructor', action: 'toString' },
    { reason: undefined, type: undefined, message: undefined, involvedObject: {} },
    { firstTimestamp: '0001-01-01T00:00:00Z', lastTimestamp: '9999-12-31T23:59:59Z' },
    { eventTime: '1969-12-31T23:59:59.999999Z', action: 'a', reportingComponent: 'x/y', reportingInstance: 'z' },
    { count: -1 },
    { count: 2_147_483_647 },
    { series: { count: 5, lastObservedTime: '9999-12-31T23:59:59.999999Z' } },
    { message: '"},{"id":"forged"}]' },
    { message: '{"id":"forged"}\n{"id":"forged"}' },
    { message: '\ud83d\ude00 \ud800 <script>alert(1)</script> $(reboot) ${jndi:x} %%% <!channel>' },
    {
      involvedObject: {
        kind: '\u001b',
        namespace: 'hostile',
        name: '../../etc/passwd',
        uid: '\u2028',
        fieldPath: '\u009b',
      },
    },
    { related: { kind: 'Node', name: 'x'.repeat(100_000) } },
    { reason: 'r'.repeat(200_000), message: 'short' },
  ];
}
