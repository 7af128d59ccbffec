/** Attribute keys come again and again; more different ones than these are not normal. */
const MAX_REMEMBERED = 10_000

/**
 * The label that an attribute becomes (prometheus/otlptranslator, `LabelNamer` without UTF-8): everything but ASCII letters and
 * digits becomes an underscore, several of which become one (but for `__reserved__` names), and a leading digit gets `key_` before
 * it. Undefined when nothing but underscores is left.
 */
export function labelNameOf(key: string): string | undefined {
  const known = remembered.get(key)
  if (known !== undefined) return known
  const name = translate(key)
  if (name === undefined) return undefined
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  if (key.length < 200) remembered.set(key, name)
  return name
}

const remembered = new Map<string, string>()

function translate(key: string): string | undefined {
  const isReserved = key.length > 4 && key.startsWith('__') && key.endsWith('__')
  const bare = (isReserved ? key.slice(2, -2) : key).replace(/[^a-zA-Z0-9]+/g, '_')
  const name = isReserved ? `__${bare}__` : bare
  if (/^_*$/.test(name)) return undefined
  return /^[0-9]/.test(name) ? `key_${name}` : name
}
