import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { HttpSinkSettings } from '../../../runtime/src/contract/sink-settings.ts';
import type { Sink } from '../../../runtime/src/delivery/sink.ts';
import { httpSink } from '../../../runtime/src/sinks/http.ts';
import { systemClock } from '../../../runtime/src/support/system-clock.ts';
import type { Clock } from '../../../runtime/src/support/clock.ts';
import { type HttpProxy, type HttpProxyOptions, startHttpProxy } from '../../../tools/faults/http-proxy.ts';
import { type HttpReceiver, type HttpReceiverOptions, startHttpReceiver } from '../../../tools/faults/http-receiver.ts';

/** Closed after the test. */
export async function receive(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver(options);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Closed after the test. */
export async function proxied(options: HttpProxyOptions = {}): Promise<HttpProxy> {
  const proxy = await startHttpProxy(options);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A server that answers as it is told, byte for byte. @returns its URL */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

export interface SinkOptions extends Partial<HttpSinkSettings> {
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/** Closed after the test. */
export function sinkTo(
  url: HttpSinkSettings['url'],
  { environment = {}, clock = systemClock, ...settings }: SinkOptions = {},
): Sink {
  const sink = httpSink(
    {
      type: 'http',
      name: 'collector',
      required: true,
      url,
      headers: {},
      format: 'json',
      gzip: false,
      timeout: 30,
      onConflict: 'retry',
      batch: { records: 500, bytes: 1_048_576 },
      retry: { initial: 0.5, maximum: 30 },
      ...settings,
    },
    { environment, clock },
  );
  onTestFinished(() => sink.close());
  return sink;
}
