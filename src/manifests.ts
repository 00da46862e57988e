import { App, Chart } from 'cdk8s';
import type { EventCollectorProps } from './collector-props.ts';
import { EventCollector } from './event-collector.ts';

/** The collectors' objects in wire form, in the order in which they can be applied. */
export function collectorManifests(props: EventCollectorProps = {}): readonly object[] {
  const chart = new Chart(new App(), 'eventbaton', { disableResourceNameHashes: true });
  new EventCollector(chart, 'collector', props);
  return chart.toJson();
}
