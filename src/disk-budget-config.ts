import type { DiskBudgetSettings } from './store/disk/share-out.ts'
import { perSignal, SIGNALS, type PerSignal, type Signal } from './store/disk/signals.ts'
import type { FaultList } from './yaml/fault.ts'
import { flagFault, readFlag, SIZE } from './yaml/flag.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'

const LEAST_BUDGET_BYTES = 32 * 1024 * 1024
const TOO_SMALL = 'must be at least 32MiB: the engine does not run with less'

const DEFAULT_SHARES: PerSignal<number> = { metrics: 0.5, logs: 0.3, traces: 0.2 }
const DEFAULT_ORDER: readonly Signal[] = ['traces', 'logs', 'metrics']

/**
 * `storage.disk_budget`, `.disk_shares` and `.disk_order`, and `--disk.budget`, which goes before. Undefined without a budget. 0 is none, so that a
 * flag can take back what a file says.
 */
export function readDiskBudget(
  storage: YamlMap | undefined,
  text: string | undefined,
  hasOwnEngine: boolean,
  faults: FaultList,
): DiskBudgetSettings | undefined {
  const place = storage?.key('disk_budget')
  const own = place?.bytes()
  const shares = readShares(storage?.key('disk_shares'))
  const order = readOrder(storage?.key('disk_order'))
  const flag = readFlag('disk.budget', text, faults, SIZE)
  const budgetBytes = flag ?? own ?? 0
  if (budgetBytes === 0) return undefined
  if (budgetBytes < LEAST_BUDGET_BYTES) {
    if (flag === undefined) place?.error(TOO_SMALL)
    else faults.add(flagFault('disk.budget', TOO_SMALL))
    return undefined
  }
  if (hasOwnEngine) return { budgetBytes, shares, order }
  const without = 'has no effect: the data is in the ClickHouse at clickhouse.url'
  if (flag === undefined) place?.warnAtKey(without)
  else faults.add(flagFault('disk.budget', without, 'warning'))
  return undefined
}

/** Signals that are not named have what is left, in the proportion of the defaults. */
function readShares(node: YamlNode | undefined): PerSignal<number> {
  const map = node?.asMap()
  if (map === undefined) return DEFAULT_SHARES
  const said = perSignal((signal) => readPercent(map.key(signal)))
  map.finish()
  const sum = SIGNALS.reduce((total, signal) => total + (said[signal] ?? 0), 0)
  // Tenths of percents do not add up exactly.
  if (sum > 1.0001) {
    map.node.error(`together the shares are ${Math.round(sum * 1000) / 10}%: at most 100%`)
    return DEFAULT_SHARES
  }
  const unsaid = SIGNALS.filter((signal) => said[signal] === undefined)
  const parts = unsaid.reduce((total, signal) => total + DEFAULT_SHARES[signal], 0)
  return perSignal(
    (signal) => said[signal] ?? (Math.max(0, 1 - sum) * DEFAULT_SHARES[signal]) / parts,
  )
}

function readPercent(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const number = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1]
  if (number === undefined || Number(number) > 100) {
    return node.error(`must be a part of the budget such as 30%, not ${JSON.stringify(text)}`)
  }
  return Number(number) / 100
}

/** Signals that are not named come after those that are. */
function readOrder(node: YamlNode | undefined): readonly Signal[] {
  const items = node?.asList()
  if (items === undefined) return DEFAULT_ORDER
  const order: Signal[] = []
  for (const item of items) {
    const signal = item.asOneOf(SIGNALS)
    if (signal === undefined) continue
    if (order.includes(signal)) item.error(`${signal} stands twice`)
    else order.push(signal)
  }
  return [...order, ...DEFAULT_ORDER.filter((signal) => !order.includes(signal))]
}
