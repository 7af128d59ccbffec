import { textOf, type Search } from '../shell/keep-time.ts'

export const LIMITS = [20, 50, 100, 200, 500, 1000] as const
const DEFAULT_LIMIT = 50

export const ORDERS = ['newest', 'longest', 'errors', 'spans'] as const
export type TraceOrder = (typeof ORDERS)[number]

/** What the address of the page holds, so that a link shows what its sender saw. */
export interface TracesState {
  /** TraceQL. */
  readonly query: string
  readonly limit: number
  readonly order: TraceOrder
  /** Undefined: where the screen is wide. */
  readonly showsForm: boolean | undefined
}

/** Every span. */
export const ALL_SPANS = '{}'

export function readState(search: Search): TracesState {
  const limit = Number(textOf(search, 'limit'))
  const order = textOf(search, 'order')
  const form = textOf(search, 'form')
  return {
    query: textOf(search, 'q') ?? ALL_SPANS,
    limit: LIMITS.find((known) => known === limit) ?? DEFAULT_LIMIT,
    order: ORDERS.find((known) => known === order) ?? 'newest',
    showsForm: form === undefined ? undefined : form === '1',
  }
}

/** What is written to the address; defaults are left out. */
export function writeState(search: Search, change: Partial<TracesState>): Search {
  const { query, limit, order, showsForm } = { ...readState(search), ...change }
  return {
    ...search,
    q: query === ALL_SPANS ? undefined : query,
    limit: limit === DEFAULT_LIMIT ? undefined : String(limit),
    order: order === 'newest' ? undefined : order,
    form: showsForm === undefined ? undefined : showsForm ? '1' : '0',
  }
}
