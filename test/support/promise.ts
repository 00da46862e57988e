/** Name of errors that report a broken promise about versions or leaders. */
export const brokenPromiseName = 'BrokenPromiseError';

/**
 * Runs the assertions of a promise that is the product's reason to be: nothing lost, duplicated, unexpected or out of order, and one leader.
 * A test that fails here never runs again: such failures come from races in the product, and a second run would hide them.
 */
export function promise<T>(assertions: () => T extends Promise<unknown> ? never : T): T {
  try {
    return assertions();
  } catch (error) {
    if (error instanceof Error) Object.defineProperty(error, 'name', { value: brokenPromiseName, enumerable: true });
    throw error;
  }
}
