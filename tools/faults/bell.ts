/** Wakes the one who waits. A ring that comes while nobody waits ends the next wait at once: look again after each. */
export class Bell {
  #hasRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  /** Resolves when rung, or after `limitMs` milliseconds. */
  async rung(limitMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#hasRung) resolve();
    const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
    this.#hasRung = false;
  }
}
