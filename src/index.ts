export type {
  CollectorSettings,
  EventCollectorProps,
  FileSink,
  HttpSink,
  SecretSource,
  SinkOptions,
  StdoutSink,
  TokenConfigMapOptions,
} from './collector-props.ts';
export { EventCollector } from './event-collector.ts';
export { collectorManifests } from './manifests.ts';
