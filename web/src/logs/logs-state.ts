import { textOf, type Search } from '../shell/keep-time.ts'
import type { LineOrder } from './log-line.ts'
import type { LinesLook } from './log-lines.tsx'

export type LogsTab = 'lines' | 'patterns'

/** What the address of the page holds, so that a link shows what its sender saw. */
export interface LogsState {
  /** Undefined: the page chooses what to show first. */
  readonly query: string | undefined
  readonly order: LineOrder
  readonly tab: LogsTab
  readonly isLive: boolean
  /** Undefined: where the screen is narrow. */
  readonly wraps: boolean | undefined
  readonly hidesTime: boolean
  readonly labels: NonNullable<LinesLook['labels']>
  /** Undefined: where the screen is wide. */
  readonly showsFields: boolean | undefined
}

export function readState(search: Search): LogsState {
  const labels = textOf(search, 'labels')
  const wrap = textOf(search, 'wrap')
  const fields = textOf(search, 'fields')
  return {
    query: textOf(search, 'q'),
    order: textOf(search, 'order') === 'oldest' ? 'oldest-first' : 'newest-first',
    tab: textOf(search, 'tab') === 'patterns' ? 'patterns' : 'lines',
    isLive: textOf(search, 'live') === '1',
    wraps: wrap === undefined ? undefined : wrap === '1',
    hidesTime: textOf(search, 'time') === '0',
    labels: labels === 'none' || labels === 'all' ? labels : 'differing',
    showsFields: fields === undefined ? undefined : fields === '1',
  }
}

/** What is written to the address; defaults are left out. */
export function writeState(search: Search, change: Partial<LogsState>): Search {
  const next = { ...readState(search), ...change }
  return {
    ...search,
    q: next.query,
    order: next.order === 'oldest-first' ? 'oldest' : undefined,
    tab: next.tab === 'patterns' ? 'patterns' : undefined,
    live: next.isLive ? '1' : undefined,
    wrap: flagOf(next.wraps),
    time: next.hidesTime ? '0' : undefined,
    labels: next.labels === 'differing' ? undefined : next.labels,
    fields: flagOf(next.showsFields),
  }
}

function flagOf(isOn: boolean | undefined): string | undefined {
  return isOn === undefined ? undefined : isOn ? '1' : '0'
}
