/** Who a bearer token stands for, and until when. Time is handed in. */
export interface Owner {
  /** As the request log names it, e.g. `system:serviceaccount:default:eventbaton`. */
  readonly user: string;
  /** A token of a service account is good for as long as this very account is there. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string; readonly uid: string };
}

interface Issued {
  readonly owner: Owner;
  readonly expiresAt: number;
}

export class Tokens {
  readonly #newToken: () => string;
  readonly #issued = new Map<string, Issued>();

  constructor(newToken: () => string) {
    this.#newToken = newToken;
  }

  issue(owner: Owner, expiresAt = Infinity): string {
    const token = this.#newToken();
    this.#issued.set(token, { owner, expiresAt });
    return token;
  }

  /** @returns undefined for one that is unknown, revoked or expired */
  ownerOf(token: string, now: number): Owner | undefined {
    const issued = this.#issued.get(token);
    return issued !== undefined && now < issued.expiresAt ? issued.owner : undefined;
  }

  /** Revokes every token of a user. */
  revoke(user: string): void {
    for (const [token, { owner }] of this.#issued) if (owner.user === user) this.#issued.delete(token);
  }
}
