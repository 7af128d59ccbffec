import { formatAlertMatchers } from '../lang/alert-matchers/print.ts'
import type { Route } from './route.ts'

/** One line of the drawn tree. */
export interface RouteLine {
  /** 0 is the root. */
  readonly depth: number
  readonly route: Route
  /** Its matchers, `{severity="page"}`; `default-route` when it has none. */
  readonly title: string
  readonly isContinued: boolean
  readonly receiver: string
}

/** The tree as `amtool config routes show` prints it, a line for each node. */
export function listRoutes(root: Route): readonly RouteLine[] {
  const lines: RouteLine[] = []
  const visit = (route: Route, depth: number): void => {
    const { isContinued, matchers, receiver } = route
    const title = matchers.length === 0 ? 'default-route' : formatAlertMatchers(matchers)
    lines.push({ depth, route, title, isContinued, receiver })
    for (const child of route.routes) visit(child, depth + 1)
  }
  visit(root, 0)
  return lines
}
