/**
 * What the language has and Node 20 has not, as far as the library uses it.
 * Changes nothing where it is there.
 *
 * @module
 */
function add(owner: object, name: string, method: unknown): void {
  if (name in owner) return;
  Object.defineProperty(owner, name, {
    value: method,
    writable: true,
    configurable: true,
  });
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  const parts = {} as PromiseWithResolvers<T>;
  parts.promise = new Promise<T>((resolve, reject) => {
    parts.resolve = resolve;
    parts.reject = reject;
  });
  return parts;
}

function groupBy<K, T>(
  items: Iterable<T>,
  keyOf: (item: T, index: number) => K,
): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

add(Promise, "withResolvers", withResolvers);
add(Map, "groupBy", groupBy);
