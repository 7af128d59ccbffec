import { isAlias, isMap, isScalar, isSeq, type Alias, type ParsedNode, type YAMLMap } from 'yaml'
import type { YamlNode } from './node.ts'
import { BINARY_TAG, decodeBinary } from './scalar.ts'
import { suggestName } from './suggest.ts'

/**
 * A mapping being read strictly: every key that a reader asks for is thereby allowed, and `finish` reports the others, with
 * the list of what is allowed and the name that was probably meant. Keys that stand twice are reported at once; `<<` merges.
 */
export class YamlMap {
  readonly node: YamlNode
  readonly #children = new Map<string, YamlNode>()
  readonly #asked = new Set<string>()

  constructor(
    node: YamlNode,
    map: YAMLMap<ParsedNode, ParsedNode | null>,
    resolve: (alias: Alias) => ParsedNode | undefined,
  ) {
    this.node = node
    this.#readPairs(map, resolve)
  }

  /** The value of a key; a node without content when the key is absent. The key becomes an allowed one. */
  key(name: string): YamlNode {
    this.#asked.add(name)
    return this.#children.get(name) ?? this.node.child(name, undefined)
  }

  has(name: string): boolean {
    return this.#children.has(name)
  }

  /** All keys with their values in the order of the file, for mappings whose keys are free (labels, headers). */
  entries(): YamlNode[] {
    for (const name of this.#children.keys()) this.#asked.add(name)
    return [...this.#children.values()]
  }

  /** Names of keys that no reader has asked for yet. */
  get unread(): string[] {
    return [...this.#children.keys()].filter((name) => !this.#asked.has(name))
  }

  /** Reports the keys that were not asked for. `describe` shortens the list of what is allowed where it is long. */
  finish(describe: (allowed: readonly string[]) => string = (allowed) => allowed.join(', ')): void {
    const allowed = [...this.#asked].sort()
    for (const name of this.unread) {
      const near = suggestName(name, allowed)
      const hint = near === undefined ? '.' : `; did you mean ${near}?`
      this.#children.get(name)?.errorAtKey(`unknown key${hint} Allowed here: ${describe(allowed)}`)
    }
  }

  #readPairs(
    map: YAMLMap<ParsedNode, ParsedNode | null>,
    resolve: (alias: Alias) => ParsedNode | undefined,
  ): void {
    const merged: (ParsedNode | null)[] = []
    const starts = new Map<string, number>()
    for (const { key, value } of map.items) {
      const source = isAlias(key) ? (resolve(key) ?? null) : key
      const offset = key.range[0]
      if (isScalar(source) && source.type === 'PLAIN' && source.value === '<<') {
        merged.push(value)
        continue
      }
      const name = readKey(source)
      if (name === undefined) {
        this.node
          .child(this.node.name, null, offset)
          .errorAtKey('a key must be a single valid text')
        continue
      }
      const child = this.node.child(name, value, offset)
      const first = starts.get(name)
      if (first !== undefined) {
        child.errorAtKey(
          `stands twice in the same mapping; first on line ${this.node.lineAt(first)}`,
        )
        continue
      }
      starts.set(name, offset)
      this.#children.set(name, child)
    }
    for (const value of merged) this.#merge(value, resolve)
  }

  /** YAML 1.1's merge: keys of its own win, then those of the earlier mapping. */
  #merge(value: ParsedNode | null, resolve: (alias: Alias) => ParsedNode | undefined): void {
    const target = isAlias(value) ? resolve(value) : value
    if (isSeq(target)) {
      for (const item of target.items) this.#merge(item, resolve)
      return
    }
    if (!isMap<ParsedNode, ParsedNode | null>(target)) {
      this.node.error('<< must be a mapping or a list of mappings')
      return
    }
    const map = new YamlMap(this.node.child(this.node.name, target), target, resolve)
    for (const child of map.entries()) {
      if (!this.#children.has(child.name)) this.#children.set(child.name, child)
    }
  }
}

/** Keys are texts, whatever they look like; undefined for a collection, and for bytes that are not UTF-8. */
function readKey(node: ParsedNode | null): string | undefined {
  if (!isScalar(node)) return undefined
  const text = String(node.value)
  return node.tag === BINARY_TAG ? decodeBinary(text) : text
}
