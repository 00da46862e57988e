import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const operator = 'github.com/prometheus-operator/prometheus-operator';
const version = 'v0.85.0';
const path = 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml';

/** Where the definition of PodMonitor comes from, for people. */
export const podMonitorSource = `${operator} ${version}, ${path}`;

/** The CustomResourceDefinition of PodMonitor as YAML, through Go's module cache: that verifies it, and fetches it once. */
export async function podMonitorCrd(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  return readFile(join(await moduleFolder(`${operator}@${version}`, environment), path), 'utf8');
}

function moduleFolder(module: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const words = ['mod', 'download', '-json', module];
  return new Promise((done, fail) => {
    // Away from any go.mod, which would have a say in the version.
    execFile('go', words, { cwd: tmpdir(), env: environment }, (error, stdout, stderr) => {
      if (error === null) return done(JSON.parse(stdout).Dir);
      if (error.code === 'ENOENT') {
        return fail(
          new Error(`The definition of PodMonitor comes as a Go module, and there is no \`go\` in PATH: install Go.`),
        );
      }
      const said = `${stdout}${stderr}`.trim();
      fail(new Error(`go ${words.join(' ')} ended with ${error.code}: is the Go module proxy within reach?\n${said}`));
    });
  });
}
