/** The cdk8s app that `cdk8s synth` runs. */
import { App, Chart, YamlOutputType } from 'cdk8s';
import { EventCollector } from './event-collector.ts';

const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_APP });
const chart = new Chart(app, 'eventbaton', { disableResourceNameHashes: true });
new EventCollector(chart, 'collector');
app.synth();
