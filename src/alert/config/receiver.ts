import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { ReceiverSection } from '../notify/receiver-kind.ts'
import {
  RECEIVER_SECTIONS,
  type ReceiverName,
  type SettingsByName,
} from '../notify/receiver-sections.ts'
import type { PlainRecord } from '../../yaml/section.ts'
import type { GlobalConfig } from './global.ts'
import { readUniqueName } from './time-intervals.ts'

/** One entry of one of a receiver's `<kind>_configs`: its kind and settings belong together. */
export type ReceiverEntry<N extends ReceiverName = ReceiverName> = {
  readonly [K in N]: {
    readonly kind: K
    /** Its place in the list, from 0: `slack[1]`. */
    readonly index: number
    readonly settings: SettingsByName[K]
  }
}[N]

/** One of `receivers:` (config.go, Receiver). */
export interface ReceiverConfig {
  readonly name: string
  /** For queries; without `name`, which the original adds. */
  readonly labels: Readonly<Record<string, string>>
  readonly entries: readonly ReceiverEntry[]
  /** Where it stands, from 1. */
  readonly line: number
}

const NAMES = Object.keys(RECEIVER_SECTIONS).filter(
  (name): name is ReceiverName => name in RECEIVER_SECTIONS,
)

/** Reads `receivers:`. Each kind reads its own entries. */
export function readReceivers(
  node: YamlNode,
  global: GlobalConfig,
  context: ReadContext,
): readonly ReceiverConfig[] {
  const names = new Map<string, number>()
  return (node.asList() ?? []).flatMap((item) => {
    if (item.isEmpty) return item.error('an empty receiver') ?? []
    const map = item.asMap()
    if (!map) return []
    const { line } = item
    const name = readUniqueName(map, names)
    const labels = readLabels(map, name)
    const entries = NAMES.flatMap((kind) => readEntries(kind, map, global, context))
    map.finish()
    return name === undefined ? [] : [{ name, labels, entries, line }]
  })
}

/** The entry as it is printed again, in the original's order of keys. */
export function printEntry<N extends ReceiverName>(entry: ReceiverEntry<N>): PlainRecord {
  const section: ReceiverSection<SettingsByName[N]> = SECTIONS[entry.kind]
  return { send_resolved: entry.settings.sendResolved, ...section.print(entry.settings) }
}

/** The same table, typed so that a kind and its settings stay together. */
const SECTIONS: { readonly [N in ReceiverName]: ReceiverSection<SettingsByName[N]> } =
  RECEIVER_SECTIONS

function readEntries<N extends ReceiverName>(
  kind: N,
  receiver: YamlMap,
  global: GlobalConfig,
  context: ReadContext,
): ReceiverEntry<N>[] {
  const section: ReceiverSection<SettingsByName[N]> = SECTIONS[kind]
  const items = receiver.key(`${kind}_configs`).asList() ?? []
  return items.flatMap((item, index) => {
    const map = item.isEmpty ? item.error('an empty entry: delete it or fill it in') : item.asMap()
    if (!map) return []
    const settings = section.read(map, context, global)
    map.finish()
    return settings ? [{ kind, index, settings }] : []
  })
}

function readLabels(map: YamlMap, name: string | undefined): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of map.key('labels').asMap()?.entries() ?? []) {
    const value = entry.asString() ?? ''
    if (entry.name !== 'name') out.push([entry.name, value])
    else if (name !== undefined && value !== name) {
      entry.error(
        `is the receiver's name by itself: leave it out, or write ${JSON.stringify(name)}`,
      )
    }
  }
  return Object.fromEntries(out)
}
