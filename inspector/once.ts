/** Does something at the first call; every call gets what came of it. */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => done ??= action();
}
