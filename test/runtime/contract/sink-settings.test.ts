import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../runtime/src/contract/read-settings.ts';
import { sinkSchemas } from '../../../runtime/src/contract/sink-settings.ts';

const file = { type: 'file', path: '/events/events.jsonl' };

function sinksFrom(sinks: unknown) {
  const result = readSettings({ EVENTBATON_SINKS: JSON.stringify(sinks) });
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.settings.sinks;
}

function problemsOf(sinks: unknown): readonly string[] {
  const result = readSettings({ EVENTBATON_SINKS: JSON.stringify(sinks) });
  return 'problems' in result ? result.problems : [];
}

describe('a list of sinks', () => {
  test('keeps its order, and each sink that is not named is named after its type', () => {
    const sinks = sinksFrom([file, { type: 'stdout' }, { ...file, path: '/events/all', name: 'second-file' }]);
    expect(sinks.map(({ type, name }) => [type, name])).toEqual([
      ['file', 'file'],
      ['stdout', 'stdout'],
      ['file', 'second-file'],
    ]);
  });

  test('may say what it wants different from the defaults, and only that', () => {
    expect(sinksFrom([{ ...file, required: false, batch: { records: 7 }, retry: { maximum: 5 } }])).toEqual([
      {
        ...file,
        name: 'file',
        required: false,
        batch: { records: 7, bytes: 1_048_576 },
        retry: { initial: 0.5, maximum: 5 },
      },
    ]);
  });

  test('may rotate a file, and keeps three full ones unless it names another number', () => {
    const other = { ...file, name: 'b', path: `${file.path}.4`, rotate: { bytes: 2 ** 40, keep: 1_000 } };
    const sinks = sinksFrom([{ ...file, rotate: { bytes: 1 } }, other]);
    expect(sinks).toMatchObject([{ rotate: { bytes: 1, keep: 3 } }, { rotate: { bytes: 2 ** 40, keep: 1_000 } }]);
  });

  test.each([
    ['no sink at all', [], 'EVENTBATON_SINKS: must be a list of at least one sink'],
    ['something that is no list', { type: 'stdout' }, 'EVENTBATON_SINKS: must be a list'],
    [
      'a type that there is not',
      [{ type: 'pigeon' }],
      'EVENTBATON_SINKS.0.type: must be a sink: an object whose type is stdout, file or http',
    ],
    ['an unknown option', [{ type: 'stdout', colour: 1 }], 'EVENTBATON_SINKS.0: a stdout sink has no option "colour"'],
    ['an option of another sink', [{ type: 'stdout', path: '/x' }], 'a stdout sink has no option "path"'],
    ['an unknown option of a batch', [{ ...file, batch: { size: 1 } }], 'a batch has no option "size"'],
    [
      'an empty batch',
      [{ ...file, batch: { records: 0 } }],
      'EVENTBATON_SINKS.0.batch.records: must be a whole number',
    ],
    ['waits that shrink', [{ ...file, retry: { initial: 9, maximum: 1 } }], 'must not be below the initial wait'],
    [
      'a name that no metric label should have',
      [{ ...file, name: 'A b' }],
      'EVENTBATON_SINKS.0.name: must be lower-case',
    ],
    ['a relative path', [{ ...file, path: 'events' }], 'EVENTBATON_SINKS.0.path: must be the absolute path'],
    ['a path that climbs', [{ ...file, path: '/events/../etc/passwd' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['a folder', [{ ...file, path: '/events/' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['no path', [{ type: 'file' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['two sinks of one name', [file, { ...file, path: '/b' }], 'names of sinks must differ'],
    [
      'two sinks on one file, which would cut off each other',
      [file, { ...file, name: 'b' }],
      'paths of file sinks must',
    ],
    [
      'a sink on a file that another one rotates',
      [
        { ...file, rotate: { bytes: 1, keep: 2 } },
        { ...file, name: 'b', path: `${file.path}.2` },
      ],
      'paths of file sinks must differ, also from those of rotated files',
    ],
    ['a rotation without a size', [{ ...file, rotate: { keep: 2 } }], 'EVENTBATON_SINKS.0.rotate.bytes: must be'],
    ['a rotation of 0 bytes', [{ ...file, rotate: { bytes: 0 } }], 'rotate.bytes: must be a whole number from 1'],
    ['a rotation that keeps no file', [{ ...file, rotate: { bytes: 1, keep: 0 } }], 'rotate.keep: must be a whole'],
    ['a rotation by time', [{ ...file, rotate: { bytes: 1, hours: 1 } }], 'a rotation has no option "hours"'],
    [
      'a rotation of standard output',
      [{ type: 'stdout', rotate: { bytes: 1 } }],
      'a stdout sink has no option "rotate"',
    ],
  ])('is refused with %s', (_, sinks, problem) => {
    expect(problemsOf(sinks)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('an http sink', () => {
  const http = { type: 'http', url: 'https://sink.example:8443/in?tenant=a' };

  test('needs its URL alone', () => {
    expect(sinksFrom([http])).toEqual([
      {
        ...http,
        name: 'http',
        required: true,
        headers: {},
        format: 'json',
        gzip: false,
        timeout: 30,
        onConflict: 'retry',
        batch: { records: 500, bytes: 1_048_576 },
        retry: { initial: 0.5, maximum: 30 },
      },
    ]);
  });

  test('may say everything else, with secrets by file or variable', () => {
    const options = {
      headers: {
        'X-Token': { file: '/secrets/token', prefix: 'Bearer ' },
        'X-Api-Key': { env: 'SINK_KEY' },
        'X-Tenant': 'shop',
      },
      format: 'ndjson',
      gzip: true,
      ca: { file: '/secrets/ca.crt' },
      timeout: 2.5,
      onConflict: 'accept',
      port: 8443,
      contentType: 'text/plain; charset=utf-8',
      basic: { username: { file: '/secrets/username' }, password: { env: 'WORD' } },
      cert: { file: '/secrets/tls.crt' },
      key: { file: '/secrets/tls.key' },
      proxy: 'http://proxy.example:3128',
    };
    expect(sinksFrom([{ ...http, ...options }])).toMatchObject([options]);
  });

  test.each([
    { url: { file: '/secrets/url' } },
    { url: { env: 'HOOK' } },
    { proxy: 'none' },
    { proxy: { env: 'PROXY' } },
  ])('may take URLs from secrets: %j', (options) => {
    expect(sinksFrom([{ ...http, ...options }])).toMatchObject([options]);
  });

  const problemsWith = (options: object) =>
    problemsOf([{ ...http, ...options }]).map((problem) => problem.replace(/^EVENTBATON_SINKS\.0\./, ''));

  test.each([
    ['no URL', { url: undefined }, 'url: must be a URL that begins with http:// or https://'],
    ['a URL of another kind', { url: 'file:///etc/passwd' }, 'url: must be a URL that begins with'],
    ['something that is no URL', { url: 'sink.example' }, 'url: must be a URL that begins with'],
    ['a password in its URL', { url: 'https://u:s3cret@sink.example' }, 'url: must not hold user and password'],
    ['a user in its URL', { url: 'https://s3cret@sink.example' }, 'url: must not hold user and password'],
    ['a fragment', { url: 'https://sink.example/#s3cret' }, "url: must not have a fragment ('#')"],
    ['no headers but a list', { headers: ['a'] }, 'headers: must be headers'],
    ['a name that no header has', { headers: { 'a b': 's3cret' } }, 'headers.a b: is not the name of a header'],
    [
      'a header of its own',
      { headers: { 'Content-Type': 's3cret' } },
      'headers.Content-Type: is set by the sink itself: use the option contentType',
    ],
    ['one header twice', { headers: { 'X-A': 'a', 'x-a': 'b' } }, 'headers: names of headers must differ'],
    [
      'a header of two lines',
      { headers: { a: 's3cret\r\nb: c' } },
      'headers.a: holds characters that no header may have',
    ],
    ['a header that is a number', { headers: { a: 5 } }, 'headers.a: must be text, {"file": PATH} or {"env": NAME}'],
    ['two places of a secret', { headers: { a: { file: '/a', env: 'B' } } }, 'headers.a: must be text, {"file"'],
    ['an unknown place of a secret', { headers: { a: { vault: 'B' } } }, 'headers.a: must be text, {"file"'],
    ['a relative file', { headers: { a: { file: 'token' } } }, 'headers.a: its file must be the absolute path'],
    ['a variable that cannot be', { headers: { a: { env: 'A-B' } } }, 'headers.a: its env must be the name of an'],
    [
      'a variable that would count as a setting',
      { headers: { a: { env: 'EVENTBATON_KEY' } } },
      'headers.a: its env must be the name of an environment variable, not one of EVENTBATON_',
    ],
    ['a prefix of two lines', { headers: { a: { env: 'A', prefix: 'x\n' } } }, 'headers.a: its prefix must be text'],
    ['a format that there is not', { format: 'xml' }, 'format: must be json or ndjson'],
    ['a gzip that is a level', { gzip: 9 }, 'gzip: must be true or false'],
    ['an authority in place of its file', { ca: 's3cret' }, 'ca: must be the file of a certificate authority'],
    ['a relative authority', { ca: { file: 'ca.crt' } }, 'ca.file: must be the absolute path'],
    ['a URL at two places', { url: { file: '/a', env: 'B' } }, 'url: must be a URL that begins with'],
    ['a URL at a relative path', { url: { file: 'url' } }, 'url: its file must be the absolute path'],
    ['a port that there is not', { port: 0 }, 'port: must be the number of a port, from 1 to 65535'],
    ['a content type that is none', { contentType: 'json' }, 'contentType: must be a media type'],
    ['a content type of two lines', { contentType: 'a/b\r\nx: s3cret' }, 'contentType: must be a media type'],
    ['a password in the settings', { basic: { username: 'u', password: 's3cret' } }, 'basic.password: must be {"file"'],
    ['a username without a password', { basic: { username: 'u' } }, 'basic.password: must be {"file": PATH}'],
    [
      'a colon in a username',
      { basic: { username: 'u:s3cret', password: { env: 'W' } } },
      "basic.username: must be text without ':'",
    ],
    [
      'basic next to Authorization',
      { basic: { username: 'u', password: { env: 'W' } }, headers: { authorization: { env: 'A' } } },
      'basic: must not be set next to a header Authorization',
    ],
    ['a certificate without its key', { cert: { file: '/a' } }, 'cert: must be set together with key'],
    ['a key without its certificate', { key: { file: '/a' } }, 'cert: must be set together with key'],
    ['a key in the settings', { cert: { file: '/a' }, key: 's3cret' }, 'key: must be {"file": PATH} or {"env": NAME}'],
    ['a proxy of another kind', { proxy: 'socks5://s3cret' }, 'proxy: must be the URL of a proxy, such as http://'],
    [
      'a proxy that is reached by TLS',
      { proxy: 'https://proxy' },
      'proxy: must be the URL of a proxy, such as http://',
    ],
    ['a proxy with a path', { proxy: 'http://proxy/s3cret' }, 'proxy: must be the URL of a proxy'],
    [
      'a password in the URL of its proxy',
      { proxy: 'http://u:s3cret@proxy' },
      'proxy: must not hold user and password: set it as {"file": PATH} or {"env": NAME}',
    ],
    ['an unknown answer to a conflict', { onConflict: 'drop' }, 'onConflict: must be retry or accept'],
    ['no time', { timeout: 0 }, 'timeout: must be a number of seconds above 0'],
  ])('is refused with %s', (_, options, problem) => {
    const problems = problemsWith(options);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain('s3cret');
  });

  test.each(['Authorization', 'proxy-authorization', 'Cookie', 'DD-API-KEY', 'x-apikey', 'X-Auth-Token', 'x-secret'])(
    'is refused with a secret written into it: header %s',
    (name) => {
      const problems = problemsWith({ headers: { [name]: 's3cret' } });
      expect(problems).toEqual([expect.stringContaining('a secret is never written into the settings')]);
      expect(problems.join()).not.toContain('s3cret');
    },
  );

  test('is refused with all that is wrong at once', () => {
    const problems = problemsWith({
      url: 'x',
      headers: { host: 'a', 'b c': 'd' },
      format: 'xml',
      timeout: -1,
      tls: {},
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'url',
      'headers.host',
      'headers.b c',
      'format',
      'timeout',
      'EVENTBATON_SINKS.0',
    ]);
  });
});

test('the example of the documentation is accepted, and the tables name every option that there is', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/sinks.md'), 'utf8');
  const [, example = ''] = /```json\n([^`]+)```/.exec(page) ?? [];
  const sinks = sinksFrom(JSON.parse(example));
  expect(sinks).toHaveLength(1);
  const named = new Set(Array.from(page.matchAll(/^\| (`[^|]+) \|/gm), ([, names = '']) => names.match(/\w+/g)).flat());
  const options = Object.values(sinkSchemas).flatMap(({ shape }) => Object.keys(shape));
  expect(options.filter((option) => !named.has(option) && option !== 'path')).toEqual([]);
});
