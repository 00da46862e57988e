/** `npm run imports`: makes imports/ anew. Needs Go, which fetches and verifies the definition that it is made of. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { podMonitorCrd, podMonitorSource } from './crd.ts';
import { constructsFor, heading, importedFile } from './generated.ts';

const file = join(import.meta.dirname, '..', '..', importedFile);

process.stdout.write(`PodMonitor: ${podMonitorSource}\n`);
const constructs = await constructsFor(await podMonitorCrd());
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, heading(podMonitorSource) + constructs);
process.stdout.write(`${importedFile}\n`);
