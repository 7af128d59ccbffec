/**
 * Which keys of an object a function does not look at. The schemas that are packed as validators let unknown keys pass; but a
 * validator reads every key that it knows, so that one that was not read is one that it does not know.
 */
export function findUnread(object: object, read: (watched: object) => void): readonly string[] {
  const seen = new Map<object, Set<string>>()
  read(watch(object, seen))
  return unread(object, '', seen)
}

function watch(object: object, seen: Map<object, Set<string>>): object {
  return new Proxy(object, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver)
      if (typeof key === 'symbol') return value
      const keys = seen.get(target) ?? new Set()
      seen.set(target, keys.add(key))
      return typeof value === 'object' && value !== null ? watch(value, seen) : value
    },
  })
}

function unread(
  object: object,
  path: string,
  seen: ReadonlyMap<object, ReadonlySet<string>>,
): readonly string[] {
  return Object.entries(object).flatMap(([key, value]: [string, unknown]) => {
    const at = `${path}/${key}`
    if (seen.get(object)?.has(key) !== true) return [at]
    return typeof value === 'object' && value !== null ? unread(value, at, seen) : []
  })
}
