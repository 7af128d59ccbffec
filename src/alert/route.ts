import { formatAlertMatchers } from '../lang/alert-matchers/print.ts'
import type { Labels } from '../model/labels.ts'
import type { Matcher } from '../model/matcher.ts'
import { allMatchers } from './config/matchers.ts'
import type { RouteConfig } from './config/route-config.ts'

/** A node of the routing tree, with what it takes over from the nodes above filled in (dispatch/route.go). */
export interface Route {
  /** Unique in the tree: `{}/{severity="page"}/0`. */
  readonly id: string
  /** The matchers on the way to it, as the keys of groups begin: `{}/{severity="page"}`. Not always unique. */
  readonly key: string
  readonly parent: Route | undefined
  /** The node's own matchers, sorted. */
  readonly matchers: readonly Matcher[]
  /** Whether the routes beside it, further down the file, are tried too when it matched. */
  readonly isContinued: boolean
  readonly routes: readonly Route[]
  readonly receiver: string
  /** `'all'` is `group_by: ['...']`. */
  readonly groupBy: ReadonlySet<string> | 'all'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  /** The node's own: intervals are not inherited. */
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  /** Its own and those of the nodes above; values may be templates. */
  readonly labels: Readonly<Record<string, string>>
  /** Where it stands in the file, from 1. */
  readonly line: number
}

/** What a node takes over from the one above it. */
type Inherited = Pick<
  Route,
  'receiver' | 'groupBy' | 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs' | 'labels'
>

/** Where the root says nothing (dispatch/route.go, DefaultRouteOpts). */
const DEFAULTS: Inherited = {
  receiver: '',
  groupBy: new Set(),
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 4 * 3_600_000,
  labels: {},
}

/** Makes the tree of a configuration; regular expressions are compiled here, once. */
export function buildRoutes(config: RouteConfig): Route {
  return buildNode(config, undefined, 0)
}

function buildNode(config: RouteConfig, parent: Route | undefined, index: number): Route {
  const matchers = allMatchers(config)
  const text = formatAlertMatchers(matchers)
  const routes: Route[] = []
  const route: Route = {
    ...inherit(config, parent ?? DEFAULTS),
    id: parent ? `${parent.id}/${text}/${index}` : text,
    key: parent ? `${parent.key}/${text}` : text,
    parent,
    matchers,
    isContinued: config.isContinued,
    routes,
    muteTimeIntervals: config.muteTimeIntervals,
    activeTimeIntervals: config.activeTimeIntervals,
    line: config.line,
  }
  routes.push(...config.routes.map((child, at) => buildNode(child, route, at)))
  return route
}

function inherit(config: RouteConfig, above: Inherited): Inherited {
  const { groupBy } = config
  const own = groupBy?.[0] === '...' ? 'all' : groupBy && new Set(groupBy)
  return {
    receiver: config.receiver ?? above.receiver,
    groupBy: own ?? above.groupBy,
    groupWaitMs: config.groupWaitMs ?? above.groupWaitMs,
    groupIntervalMs: config.groupIntervalMs ?? above.groupIntervalMs,
    repeatIntervalMs: config.repeatIntervalMs ?? above.repeatIntervalMs,
    labels: { ...above.labels, ...config.labels },
  }
}

/**
 * The nodes that alerts of these labels go to: depth first and in the order of the file; the first node of a level that matches
 * is the last one tried there unless it continues; a node of which no child matches is meant itself.
 */
export function matchRoutes(root: Route, labels: Labels): Route[] {
  const found: Route[] = []
  if (matches(root, labels)) collect(root, labels, found)
  return found
}

function collect(route: Route, labels: Labels, found: Route[]): void {
  const before = found.length
  for (const child of route.routes) {
    if (!matches(child, labels)) continue
    collect(child, labels, found)
    if (!child.isContinued) break
  }
  if (found.length === before) found.push(route)
}

function matches({ matchers }: Route, labels: Labels): boolean {
  for (const matcher of matchers) if (!matcher.matches(labels.get(matcher.name))) return false
  return true
}

/** The way from the root to a node, both included. */
export function pathTo(route: Route): readonly Route[] {
  return route.parent ? [...pathTo(route.parent), route] : [route]
}

/** All nodes, each before its children. */
export function* walkRoutes(route: Route): Generator<Route> {
  yield route
  for (const child of route.routes) yield* walkRoutes(child)
}
