import type { YamlNode } from '../../yaml/node.ts'
import { suggestName } from '../../yaml/suggest.ts'
import type { Signal } from '../processors/processor.ts'

/** What a section describes: read, and whether a pipeline has it. */
export interface Defined<Spec> {
  readonly id: string
  readonly signals: readonly Signal[]
  readonly spec: Spec | undefined
  /** At its key. */
  readonly node: YamlNode
  isUsed: boolean
}

interface Kind<Spec> {
  readonly name: string
  readonly signals: readonly Signal[]
  readonly read: (node: YamlNode, id: string) => Spec | undefined
}

/** The components of one section by their names; one that is of no known kind is held without a spec, and reported where it is used. */
export type DefinedComponents<Spec> = ReadonlyMap<string, Defined<Spec>>

/** Reads `receivers`, `processors`, `exporters`, `connectors` or `extensions`. */
export function readComponents<Spec>(
  section: YamlNode,
  what: string,
  kinds: readonly Kind<Spec>[],
): DefinedComponents<Spec> {
  const found = new Map<string, Defined<Spec>>()
  for (const node of section.asMap()?.entries() ?? []) {
    const id = node.name
    const [type = '', ...rest] = id.split('/')
    if (type === '' || (rest.length > 0 && rest.join('/').trim() === '')) {
      node.errorAtKey(`is no name of a component: it is a type, or TYPE/NAME`)
      continue
    }
    const kind = kinds.find(({ name }) => name === type)
    if (kind === undefined) {
      const near = suggestName(
        type,
        kinds.map(({ name }) => name),
      )
      const hint = near === undefined ? '' : `; did you mean ${near}`
      const names = kinds.map(({ name }) => name).join(', ')
      node.errorAtKey(`there is no ${what} ${type} here${hint}. There are ${names}`)
    }
    const spec = kind?.read(node, id)
    found.set(id, { id, signals: kind?.signals ?? [], spec, node, isUsed: kind === undefined })
  }
  return found
}
