import { App, Chart, YamlOutputType } from 'cdk8s';
import { PlatformCollector } from './platform-collector.ts';

const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
const chart = new Chart(app, 'events', { disableResourceNameHashes: true });
new PlatformCollector(chart, 'collector', { cluster: 'prod-1' });
app.synth();
