import { textOf, type Search } from '../shell/keep-time.ts'

export const VIEWS = ['map', 'list'] as const
export type ServicesView = (typeof VIEWS)[number]

export const ORDERS = ['name', 'rate', 'errors', 'p95'] as const
export type ServiceOrder = (typeof ORDERS)[number]

/** What the address of the page holds, so that a link shows what its sender saw. */
export interface ServicesState {
  /** Undefined: a list where the screen is narrow, else a map. */
  readonly view: ServicesView | undefined
  /** Whose details are shown. */
  readonly service: string | undefined
  /** Part of the names that are looked for. */
  readonly wanted: string
  readonly order: ServiceOrder
}

export function readState(search: Search): ServicesState {
  const [view, order] = [textOf(search, 'view'), textOf(search, 'order')]
  return {
    view: VIEWS.find((known) => known === view),
    service: textOf(search, 'service'),
    wanted: textOf(search, 'find') ?? '',
    order: ORDERS.find((known) => known === order) ?? 'rate',
  }
}

/** What is written to the address; defaults are left out. */
export function writeState(search: Search, change: Partial<ServicesState>): Search {
  const { view, service, wanted, order } = { ...readState(search), ...change }
  return {
    ...search,
    ...{ view, service },
    find: wanted === '' ? undefined : wanted,
    order: order === 'rate' ? undefined : order,
  }
}
