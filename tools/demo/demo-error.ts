/** Why the demo cannot go on, in words for the person in front of it: no stack is wanted. */
export class DemoError extends Error {
  override readonly name: string = 'DemoError';
}

/** Something that was started could not be cleared away. */
export class LeftoverError extends DemoError {
  override readonly name = 'LeftoverError';
}
