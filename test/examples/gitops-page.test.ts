import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLockName, defaultTokenName } from '../../runtime/src/contract/names.ts';
import { collectorManifests } from '../../src/index.ts';
import { type Rendered, readObjects, root } from './example.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/gitops.md');

describe.each(['examples/argocd/application.yaml', 'examples/argocd/argocd-cm.yaml', 'examples/flux/sync.yaml'])(
  '%s',
  (path) => {
    test('has no line that docs/gitops.md does not explain, and docs/gitops.md explains none that it has not', () => {
      expect(new Set(explainedLines(path))).toEqual(new Set(linesThatSay(read(path))));
    });

    test('is YAML, without a key that stands there twice', () => {
      expect(() => readObjects(read(path))).not.toThrow();
    });
  },
);

test('the Argo CD Application ignores nothing, and applies what `cdk8s synth` wrote', () => {
  const [application, ...others] = readObjects(read('examples/argocd/application.yaml'));
  expect(others).toEqual([]);
  expect(application?.['spec']).toEqual({
    project: 'default',
    source: { repoURL: expect.stringMatching(/^https:/), targetRevision: 'main', path: 'dist' },
    destination: { server: 'https://kubernetes.default.svc', namespace: 'eventbaton' },
    syncPolicy: { automated: { prune: true, selfHeal: true } },
  });
});

test("Argo CD's setting passes over the changes of the token's ConfigMap, and of no other's", () => {
  const [{ data = {} } = {}] = readObjects(read('examples/argocd/argocd-cm.yaml')) as readonly {
    readonly data?: Readonly<Record<string, string>>;
  }[];
  const [{ jqPathExpressions = [] } = {}] = readObjects(Object.values(data)[0] ?? '') as readonly {
    readonly jqPathExpressions?: readonly string[];
  }[];
  expect(Object.keys(data)).toEqual(['resource.customizations.ignoreResourceUpdates.ConfigMap']);
  const ofWholeObjects = jqPathExpressions.filter((expression) => !expression.startsWith('.metadata.annotations."'));
  expect(ofWholeObjects).toEqual([`select(.metadata.name == "${defaultTokenName}") | .data, .metadata.annotations`]);
});

test('the Flux Kustomization applies from the GitRepository beside it what `cdk8s synth` wrote', () => {
  const [repository, kustomization, ...others] = readObjects(read('examples/flux/sync.yaml'));
  expect(others).toEqual([]);
  expect(repository?.kind).toBe('GitRepository');
  expect(kustomization?.metadata.namespace).toBe(repository?.metadata.namespace);
  expect(kustomization?.['spec']).toEqual({
    sourceRef: { kind: 'GitRepository', name: repository?.metadata.name },
    path: './dist',
    prune: true,
    wait: true,
    timeout: '5m',
    interval: '10m',
  });
});

describe('docs/gitops.md', () => {
  test('links to files that are there', () => {
    const targets = [...page.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target]) => `${target}`);
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((target) => !existsSync(join(root, 'docs', target)))).toEqual([]);
  });

  test('names lock, token and annotations as the constructs do', () => {
    expect(page).toContain(`kubectl -n eventbaton delete lease ${defaultLockName}\n`);
    expect(page).toContain(`kubectl -n eventbaton delete configmap ${defaultTokenName}\n`);
    const objects = collectorManifests() as readonly Rendered[];
    const { annotations = {} } = objects.find(({ kind }) => kind === 'ConfigMap')?.metadata ?? {};
    expect(annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Prune=false',
      'kustomize.toolkit.fluxcd.io/ssa': 'Merge',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
    for (const [key, value] of Object.entries(annotations))
      expect(page).toContain(key.startsWith('argocd') ? `\`${value}\`` : `\`${key}: ${value}\``);
  });

  test('marks each row of the table of what keeps the token as verified or read', () => {
    const rows = page.split('\n').filter((line) => /^\| .* \| (kept|\*\*|`0`)/.test(line));
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row).toMatch(/ \| (verified|read) \|$/);
  });
});

/** Those that say something: no comments, no mere branches of the tree but the first of a patch. */
function linesThatSay(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|---|$)/.test(line))
    .map((line) => line.trim().replace(/^- /, ''));
  return lines.filter((line) => !branches.has(line));
}

/** Fields that only hold others. */
const branches = new Set([
  'metadata:',
  'spec:',
  'source:',
  'destination:',
  'syncPolicy:',
  'automated:',
  'ref:',
  'sourceRef:',
]);

/** The lines that a list explains, which follows the link to the file: `- `, the lines in code, a colon. */
function explainedLines(path: string): readonly string[] {
  const [, after = ''] = page.split(`(../${path})`);
  const [section = ''] = after.split(/\n#|\n\*\*|\]\(\.\.\/examples/);
  return [...section.matchAll(/^- ((?:`[^`]+`(?:, )?)+):/gm)].flatMap(([, codes = '']) =>
    [...codes.matchAll(/`([^`]+)`/g)].map(([, code]) => `${code}`),
  );
}
