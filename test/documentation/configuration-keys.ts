import { YamlMap } from '../../src/yaml/map.ts'
import { YamlNode } from '../../src/yaml/node.ts'

/** How a reader takes a value, by the verb it uses. */
const TYPES: Readonly<Record<string, string>> = {
  asString: 'text',
  asRawString: 'text',
  asBytes: 'text',
  asSecret: 'secret',
  asBool: 'boolean',
  asNumber: 'number',
  asInteger: 'whole number',
  asBigInt: 'whole number',
  durationMs: 'duration',
  bytes: 'size',
  asScalar: 'text',
  asOneOf: 'word',
  asStrings: 'list of texts',
  asList: 'list',
  asMap: 'mapping',
}

/**
 * The keys of a file that are asked for while something reads it, whether they are written or not, with what is read of them: `storage.path` →
 * `text`. `[]` stands for every item of a list, `*` for every key of a mapping whose keys are free.
 */
export function recordKeys(
  file: string,
  read: () => void,
): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new WeakMap<YamlNode, string>()
  const found = new Map<string, Set<string>>()
  let root: YamlNode | undefined
  const place = (node: YamlNode, below: YamlNode, name: string): void => {
    if (node.file !== file) return
    // Jobs that sections ask for are read as if they stood in the file, too: only the first document is the file's.
    root ??= below
    const parent = places.get(below)
    if (parent === undefined && below !== root) return
    const path = parent === undefined ? name : `${parent}${name === '[]' ? '' : '.'}${name}`
    places.set(node, path)
    if (!found.has(path)) found.set(path, new Set())
  }
  const note = (node: YamlNode, type: string): void => {
    const path = places.get(node)
    if (path !== undefined) found.get(path)?.add(type)
  }

  const restore = [
    watch(YamlMap.prototype, 'key', (map: YamlMap, child) =>
      placeAll(place, map.node, child, undefined),
    ),
    watch(YamlMap.prototype, 'entries', (map: YamlMap, children) =>
      placeAll(place, map.node, children, '*'),
    ),
    ...Object.entries(TYPES).map(([verb, type]) =>
      watch(YamlNode.prototype, verb, (node: YamlNode, answer) => {
        note(node, type)
        if (verb === 'asList') placeAll(place, node, answer, '[]')
      }),
    ),
  ]
  try {
    read()
  } finally {
    for (const one of restore) one()
  }
  return found
}

/** Places a child, or all of a list, under the name that it has or is given. */
function placeAll(
  place: (node: YamlNode, below: YamlNode, name: string) => void,
  below: YamlNode,
  answer: unknown,
  name: string | undefined,
): void {
  for (const child of Array.isArray(answer) ? answer : [answer])
    if (child instanceof YamlNode) place(child, below, name ?? child.name)
}

/** Looks at what a method answers; what it answers with puts the method back. */
function watch<T extends object>(
  prototype: T,
  method: string,
  look: (self: T, answer: unknown) => void,
): () => void {
  const original: unknown = Reflect.get(prototype, method)
  if (typeof original !== 'function') throw new Error(`there is no method ${method}`)
  Reflect.set(prototype, method, function (this: T, ...args: unknown[]): unknown {
    const answer: unknown = Reflect.apply(original, this, args)
    look(this, answer)
    return answer
  })
  return () => void Reflect.set(prototype, method, original)
}
