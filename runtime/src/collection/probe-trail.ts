/**
 * What the store's resourceVersion was at which moment: once everything up to it has been read, collection was live at that moment. So as-of
 * follows a reader that is far behind, by the clock of the servers that were asked, and by nothing that the writer of an Event can forge.
 */
import type { ResourceVersion } from '../support/resource-version.ts';
import type { ServerMoment } from './server-moment.ts';

interface Mark extends ServerMoment {
  readonly resourceVersion: ResourceVersion;
}

/** Bounds the memory: 240 marks, a retry period of 15 s apart, cover an hour. Of more, every second one is forgotten, and fewer are added. */
const mostMarks = 240;

export class ProbeTrail {
  #marks: Mark[] = [];
  /** How far apart marks have to be, in milliseconds. */
  #strideMs = 0;

  add(mark: Mark): void {
    const [first = mark, last] = [this.#marks[0], this.#marks.at(-1)];
    // The later one of equal resourceVersions says more.
    if (last?.resourceVersion === mark.resourceVersion) this.#marks.pop();
    else if (last !== undefined && mark.time - last.time < this.#strideMs) return;
    this.#marks.push(mark);
    if (this.#marks.length <= mostMarks) return;
    this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
    this.#strideMs = (2 * (mark.time - first.time)) / mostMarks;
  }

  /** Everything up to `position` has been read. @returns the latest moment before which nothing is unread; undefined if that is no news */
  reach(position: ResourceVersion): ServerMoment | undefined {
    const ahead = this.#marks.findIndex(({ resourceVersion }) => resourceVersion > position);
    const passed = this.#marks.splice(0, ahead < 0 ? this.#marks.length : ahead);
    if (this.#marks.length === 0) this.#strideMs = 0;
    return passed.at(-1);
  }

  clear(): void {
    this.#marks = [];
  }
}
