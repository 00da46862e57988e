import { fc, runs } from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { EventCollectorProps, HttpSink, SecretKey } from '../../src/index.ts';
import { daemonSet, manifests, problemsWith } from './manifests.ts';

const folder = '/etc/eventbaton/secrets';
const token = { name: 'log-sink', key: 'token' };
const ca = { name: 'log-ca', key: 'ca.crt' };

function sink(parts: Partial<HttpSink> = {}): HttpSink {
  return { type: 'http', url: 'https://logs.example/in', ...parts };
}

const withSinks = (...sinks: readonly HttpSink[]): EventCollectorProps => ({ settings: { sinks } });
const authorized = (secretRef: SecretKey, name = 'http') =>
  sink({ name, headers: { Authorization: { secretRef, prefix: 'Bearer ' } } });

function volumeOf(props: EventCollectorProps): unknown {
  return daemonSet(props).spec.template.spec.volumes.find(({ name }) => name === 'secrets');
}

function sinksIn(props: EventCollectorProps): unknown {
  const { env } = daemonSet(props).spec.template.spec.containers[0];
  return JSON.parse(env.find(({ name }) => name === 'EVENTBATON_SINKS')?.value ?? 'null');
}

describe('a secret of a sink', () => {
  const props = withSinks(
    sink({ headers: { 'X-Token': { secretRef: token, prefix: 'Bearer ' } }, ca: { secretRef: ca } }),
  );

  test('is mounted as a file, with the named keys of the named Secrets and no other', () => {
    expect(volumeOf(props)).toEqual({
      name: 'secrets',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'log-ca', items: [{ key: 'ca.crt', path: 'log-ca/ca.crt' }] } },
          { secret: { name: 'log-sink', items: [{ key: 'token', path: 'log-sink/token' }] } },
        ],
      },
    });
  });

  test('can only be read, and by the collector alone', () => {
    const sidecar = { name: 'sidecar', image: 'sidecar:1' };
    const containers = daemonSet({ ...props, extraContainers: [sidecar] }).spec.template.spec
      .containers as readonly unknown[];
    expect(containers).toHaveLength(2);
    expect(containers[0]).toMatchObject({
      volumeMounts: expect.arrayContaining([{ name: 'secrets', mountPath: folder, readOnly: true }]),
    });
    expect(containers[1]).toEqual(sidecar);
  });

  test("is told to the collector by the file's path", () => {
    expect(sinksIn(props)).toEqual([
      {
        type: 'http',
        url: 'https://logs.example/in',
        ca: { file: `${folder}/log-ca/ca.crt` },
        headers: { 'X-Token': { file: `${folder}/log-sink/token`, prefix: 'Bearer ' } },
      },
    ]);
  });

  test('that several sinks use is mounted once; two keys of one Secret are two files', () => {
    const other = { name: 'log-sink', key: 'other' };
    const sinks = [authorized(token, 'a'), authorized(token, 'b'), authorized(other, 'c')];
    expect(volumeOf(withSinks(...sinks))).toMatchObject({
      projected: {
        sources: [
          { secret: { items: [{ key: 'other', path: 'log-sink/other' }] } },
          { secret: { items: [{ key: 'token', path: 'log-sink/token' }] } },
        ],
      },
    });
  });

  test('is the only cause of such a volume', () => {
    expect(volumeOf({})).toBeUndefined();
    expect(volumeOf(withSinks(sink({ headers: { 'X-Token': { file: '/mine/token' } } })))).toBeUndefined();
  });
});

test('every option that may be a secret is mounted, and told by its path', () => {
  const key = (name: string) => ({ secretRef: { name: 'all', key: name } });
  const sinks = sinksIn(
    withSinks(
      sink({
        url: key('url'),
        basic: { username: key('username'), password: key('password') },
        cert: key('tls.crt'),
        key: key('tls.key'),
        proxy: key('proxy'),
      }),
    ),
  );
  const file = (name: string) => ({ file: `${folder}/all/${name}` });
  expect(sinks).toEqual([
    {
      type: 'http',
      url: file('url'),
      basic: { username: file('username'), password: file('password') },
      cert: file('tls.crt'),
      key: file('tls.key'),
      proxy: file('proxy'),
    },
  ]);
});

describe('an authority in a ConfigMap', () => {
  const configMapRef = { name: 'company-ca', key: 'bundle.pem' };
  const props = withSinks(sink({ ca: { configMapRef } }));

  test('is mounted as a file, and told by its path', () => {
    expect(sinksIn(props)).toMatchObject([{ ca: { file: '/etc/eventbaton/config-maps/company-ca/bundle.pem' } }]);
    const { volumes, containers } = daemonSet(props).spec.template.spec;
    expect(volumes.find(({ name }) => name === 'config-maps')).toEqual({
      name: 'config-maps',
      projected: {
        defaultMode: 0o440,
        sources: [{ configMap: { name: 'company-ca', items: [{ key: 'bundle.pem', path: 'company-ca/bundle.pem' }] } }],
      },
    });
    expect(containers[0].volumeMounts).toContainEqual({
      name: 'config-maps',
      mountPath: '/etc/eventbaton/config-maps',
      readOnly: true,
    });
    expect(volumeOf(props)).toBeUndefined();
  });

  test('may have the name and key of a Secret that is mounted as well', () => {
    const secretRef = { ...configMapRef };
    const both = withSinks(sink({ ca: { configMapRef }, headers: { 'X-Token': { secretRef } } }));
    expect(sinksIn(both)).toMatchObject([
      {
        ca: { file: '/etc/eventbaton/config-maps/company-ca/bundle.pem' },
        headers: { 'X-Token': { file: `${folder}/company-ca/bundle.pem` } },
      },
    ]);
  });

  test.each([
    ['for a header', sink({ headers: { 'X-Token': { configMapRef } as object } }), 'configMapRef is for ca alone'],
    ['for a key', sink({ cert: { file: '/a' }, key: { configMapRef } as object }), 'configMapRef is for ca alone'],
    [
      'with a name that is none',
      sink({ ca: { configMapRef: { name: 'a/b', key: 'c' } } }),
      '"a/b" must be the name of a ConfigMap',
    ],
    [
      'next to a Secret',
      sink({ ca: { configMapRef, secretRef: ca } }),
      'give one of secretRef and configMapRef, not both',
    ],
  ])('is refused %s', (_, one, problem) => {
    expect(problemsWith(withSinks(one))).toContainEqual(expect.stringContaining(problem));
  });

  test('leaves the name of its volume free where there is none', () => {
    const extraVolumes = [{ name: 'config-maps', emptyDir: {} }];
    expect(problemsWith({ ...props, extraVolumes })).toContain('extraVolumes: "config-maps" is there twice');
    expect(manifests({ extraVolumes }).length).toBeGreaterThan(0);
  });
});

describe('the text of a secret', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{24}$/);

  test.each([
    ['in a header that is for secrets', (secret: string) => sink({ headers: { Authorization: `Bearer ${secret}` } })],
    ['in the user and password of a URL', (secret: string) => sink({ url: `https://user:${secret}@logs.example/` })],
    ['beside its file', (value: string) => sink({ headers: { 'X-Token': { file: '/token', value } as object } })],
    [
      'in place of its key',
      (data: string) => sink({ headers: { 'X-Token': { secretRef: { name: 'a', data } } as object } }),
    ],
    ['as a password', (text: string) => sink({ basic: { username: 'u', password: text as unknown as object } })],
    ['as a private key', (pem: string) => sink({ cert: { file: '/a' }, key: pem as unknown as object })],
    ['in the URL of a proxy', (secret: string) => sink({ proxy: `http://user:${secret}@proxy.example` })],
    ['as a certificate authority', (pem: string) => sink({ ca: { pem } as object })],
  ])('is refused, and not repeated: %s', (_, sinkWith) => {
    fc.assert(
      fc.property(word, (secret) => {
        const problems = problemsWith(withSinks(sinkWith(secret)));
        expect(problems.length).toBeGreaterThan(0);
        for (const problem of problems) expect(problem).toMatch(/^settings: /);
        expect(problems.join()).not.toContain(secret);
      }),
      { numRuns: runs(5) },
    );
  });

  test('gets in by no field of a reference', () => {
    fc.assert(
      fc.property(word, (secret) => {
        const secretRef = { ...token, value: secret, stringData: { token: secret } };
        expect(JSON.stringify(manifests(withSinks(authorized(secretRef))))).not.toContain(secret);
      }),
      { numRuns: runs(5) },
    );
  });

  test('has no object: no Secret is ever made', () => {
    expect(manifests(withSinks(authorized(token))).map(({ kind }) => kind)).not.toContain('Secret');
  });
});

test.each([
  ['a name that is none', authorized({ name: 'a/b', key: 'token' }), 'secretRef: "a/b" must be the name of a Secret'],
  [
    'a key that leads elsewhere',
    authorized({ name: 'a', key: '..' }),
    'secretRef: ".." must be a key of the Secret "a"',
  ],
  [
    'a file as well',
    sink({ headers: { 'X-Token': { secretRef: token, file: '/mine' } } }),
    'settings.sinks: give one of secretRef and file, not both',
  ],
])('a reference is refused with %s', (_, one, problem) => {
  expect(problemsWith(withSinks(one))).toContainEqual(expect.stringContaining(problem));
});
