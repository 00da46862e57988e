import { describe, expect, test } from 'vitest';
import { Api } from '../../../../tools/cluster/embedded/api.ts';
import { routeOf } from '../../../../tools/cluster/embedded/route.ts';
import { Tokens } from '../../../../tools/cluster/embedded/tokens.ts';
import { kindNamed } from '../../../../tools/cluster/store/kinds.ts';
import { newStore, startedAt } from '../store/stores.ts';

const accounts = { kind: kindNamed('ServiceAccount'), namespace: 'default' };

function apiWithAccount() {
  let made = 0;
  const store = newStore();
  const tokens = new Tokens(() => `token-${(made += 1)}`);
  const api = new Api({ store, tokens, version: {} });
  store.create(accounts, { metadata: { name: 'a' } });
  const post = (path: string, body: unknown) =>
    api.answer({
      route: routeOf('POST', path),
      owner: { user: 'admin' },
      contentType: 'application/json',
      body: JSON.stringify(body),
    });
  const issued = post('/api/v1/namespaces/default/serviceaccounts/a/token', { spec: { expirationSeconds: 600 } });
  const { token } = ((issued as { body: unknown }).body as { status: { token: string } }).status;
  return { store, tokens, api, token };
}

describe('a token of a service account', () => {
  const user = 'system:serviceaccount:default:a';

  test('is good until it expires', () => {
    const { store, api, token } = apiWithAccount();
    store.advance(startedAt + 599_999);
    expect(api.ownerOf(token)?.user).toBe(user);
    store.advance(startedAt + 600_000);
    expect(api.ownerOf(token)).toBeUndefined();
  });

  test('is good until it is revoked', () => {
    const { tokens, api, token } = apiWithAccount();
    tokens.revoke('somebody');
    expect(api.ownerOf(token)?.user).toBe(user);
    tokens.revoke(user);
    expect(api.ownerOf(token)).toBeUndefined();
  });

  test('is good for as long as that very account is there', () => {
    const { store, api, token } = apiWithAccount();
    store.delete({ ...accounts, name: 'a' });
    expect(api.ownerOf(token)).toBeUndefined();
    store.create(accounts, { metadata: { name: 'a' } });
    expect(api.ownerOf(token)).toBeUndefined();
  });
});
