import type { ReadContext } from '../../../yaml/context.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { StageList, StageSpec } from './stage.ts'

/** Reads one stage from what stands behind its name; undefined when it reported a fault. */
export type ReadStage = (node: YamlNode, context: ReadContext) => StageSpec['compile'] | undefined

const KINDS: Readonly<Record<string, ReadStage>> = {
  noop: () => () => ({ step: () => true }),
}

/** `pipeline_stages` of a scrape job: a list of mappings of one key each, the name of the stage. Faults are reported at their place. */
export function readStages(node: YamlNode | undefined, context: ReadContext): StageList {
  const list: StageSpec[] = []
  for (const item of node?.asList() ?? []) {
    if (!item.isMap) {
      item.error('must be a mapping from the name of a stage to its settings, such as `- json:`')
      continue
    }
    const entries = item.asMap()?.entries() ?? []
    const [entry, second] = entries
    if (entry === undefined) continue
    if (second !== undefined) {
      second.errorAtKey(
        `a stage must be an item of its own (- ${second.name}:); this one is ${entry.name}`,
      )
    }
    const read = Object.hasOwn(KINDS, entry.name) ? KINDS[entry.name] : undefined
    if (read === undefined) {
      entry.errorAtKey(`unknown stage; must be one of ${Object.keys(KINDS).toSorted().join(', ')}`)
      continue
    }
    const compile = read(entry, context)
    if (compile !== undefined) list.push({ name: entry.name, line: item.line, compile })
  }
  return list
}
