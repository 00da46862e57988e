export type {
  DisruptionBudgetOptions,
  EventCollectorProps,
  NetworkPolicyOptions,
  NodePool,
  PlacementOptions,
  PodMonitorOptions,
  PodOptions,
  ServiceAccountOptions,
  SettingsFileOptions,
  TokenConfigMapOptions,
} from './collector-props.ts';
export type {
  BasicCredentials,
  CertificateAuthority,
  CollectorSettings,
  ConfigMapKey,
  FileSink,
  HttpSink,
  SecretKey,
  SecretPlace,
  SecretSource,
  SinkOptions,
  StdoutSink,
} from './collector-settings.ts';
export { EventCollector } from './event-collector.ts';
export { collectorManifests } from './manifests.ts';
export type {
  Container,
  EnvironmentVariable,
  HostAlias,
  ProbeTimings,
  Resources,
  Toleration,
  Volume,
  VolumeMount,
  WireObject,
  Workload,
} from './pod-props.ts';
