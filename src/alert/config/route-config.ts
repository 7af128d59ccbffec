import { isAlertLabelName } from '../../lang/alert-matchers/parse.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { suggestName } from '../../yaml/suggest.ts'
import { readTemplateMap } from '../notify/fields.ts'
import { hasNoMatchers, readMatcherConfig, type MatcherConfig } from './matchers.ts'

/** A node of `route:` as it is written; what is undefined comes from the node above (config.go, Route). */
export interface RouteConfig extends MatcherConfig {
  readonly receiver: string | undefined
  /** `['...']` groups by all labels. */
  readonly groupBy: readonly string[] | undefined
  readonly groupWaitMs: number | undefined
  readonly groupIntervalMs: number | undefined
  readonly repeatIntervalMs: number | undefined
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly isContinued: boolean
  /** Values may be templates. */
  readonly labels: Readonly<Record<string, string>>
  readonly routes: readonly RouteConfig[]
  /** Where it stands, from 1. */
  readonly line: number
}

/** What a route may name. */
export interface RouteNames {
  readonly receivers: ReadonlySet<string>
  readonly timeIntervals: ReadonlySet<string>
}

/** Deeper trees are refused: they are made by machines that loop. */
const MAX_DEPTH = 50

/** Reads the tree. The root catches every alert: it needs a receiver, and may say nothing that keeps an alert away. */
export function readRootRoute(node: YamlNode, names: RouteNames): RouteConfig | undefined {
  if (node.isEmpty) {
    if (node.isPresent) return node.errorAtKey('must be a mapping with at least a receiver')
    return undefined
  }
  const map = node.asMap()
  if (!map) return undefined
  const route = readRoute(map, names, 0)
  if (route.receiver === undefined && map.key('receiver').asString() === undefined) {
    map.node.error(`receiver must be set: the root route needs one ${listOf(names.receivers)}`)
  }
  if (!hasNoMatchers(route)) {
    const key = ['match', 'match_re', 'matchers'].find((name) => !map.key(name).isEmpty)
    map.key(key ?? 'matchers').errorAtKey('the root route takes every alert: no matchers here')
  }
  for (const key of ['mute_time_intervals', 'active_time_intervals']) {
    if ((map.key(key).asList() ?? []).length > 0) {
      map.key(key).errorAtKey('not in the root route: set it in a route below')
    }
  }
  if (route.isContinued) map.key('continue').errorAtKey('not in the root route: nothing follows it')
  return route
}

function readRoute(map: YamlMap, names: RouteNames, depth: number): RouteConfig {
  const { line } = map.node
  const route: RouteConfig = {
    ...readMatcherConfig({
      match: map.key('match'),
      matchRe: map.key('match_re'),
      matchers: map.key('matchers'),
    }),
    receiver: readName(map.key('receiver'), names.receivers, 'receiver'),
    groupBy: readGroupBy(map.key('group_by')),
    groupWaitMs: map.key('group_wait').durationMs(),
    groupIntervalMs: readAboveZero(map.key('group_interval')),
    repeatIntervalMs: readAboveZero(map.key('repeat_interval')),
    muteTimeIntervals: readIntervalNames(map.key('mute_time_intervals'), names),
    activeTimeIntervals: readIntervalNames(map.key('active_time_intervals'), names),
    isContinued: map.key('continue').asBool() ?? false,
    labels: readLabels(map.key('labels')),
    routes: readRoutes(map.key('routes'), names, depth + 1),
    line,
  }
  map.finish()
  return route
}

function readRoutes(node: YamlNode, names: RouteNames, depth: number): readonly RouteConfig[] {
  const items = node.asList() ?? []
  if (depth > MAX_DEPTH && items.length > 0) {
    node.errorAtKey(`routes are nested deeper than ${MAX_DEPTH} levels`)
    return []
  }
  return items.flatMap((item) => {
    if (item.isEmpty) return item.error('an empty route') ?? []
    const map = item.asMap()
    return map ? [readRoute(map, names, depth)] : []
  })
}

function readName(node: YamlNode, known: ReadonlySet<string>, what: string): string | undefined {
  const name = node.asString()
  if (name === undefined || name === '') return undefined
  if (known.has(name)) return name
  const near = suggestName(name, [...known])
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return node.error(`there is no ${what} ${JSON.stringify(name)}${hint} ${listOf(known)}`)
}

/** At most so many names in a message. */
const MAX_LISTED = 20

function listOf(known: ReadonlySet<string>): string {
  if (known.size === 0) return '(none is defined)'
  const shown = [...known].slice(0, MAX_LISTED).join(', ')
  return `(defined: ${shown}${known.size > MAX_LISTED ? `, and ${known.size - MAX_LISTED} more` : ''})`
}

function readIntervalNames(node: YamlNode, { timeIntervals }: RouteNames): readonly string[] {
  return (node.asList() ?? []).flatMap(
    (item) => readName(item, timeIntervals, 'time interval') ?? [],
  )
}

function readAboveZero(node: YamlNode): number | undefined {
  const durationMs = node.durationMs()
  return durationMs === 0 ? node.error('must be above 0') : durationMs
}

function readGroupBy(node: YamlNode): readonly string[] | undefined {
  const items = node.asList()
  if (!items) return undefined
  const out: string[] = []
  for (const item of items) {
    const name = item.asString() ?? ''
    if (!isAlertLabelName(name)) item.error('must be a label name, not an empty text')
    else if (name !== '...' && out.includes(name)) item.error(`${name} stands here twice`)
    else out.push(name)
  }
  if (out.includes('...') && out.some((name) => name !== '...')) {
    node.error("'...' groups by all labels: no other label can stand beside it")
  }
  return out.includes('...') ? ['...'] : out
}

function readLabels(node: YamlNode): Readonly<Record<string, string>> {
  const labels = readTemplateMap(node)
  for (const entry of node.asMap()?.entries() ?? []) {
    if (!isAlertLabelName(entry.name)) entry.errorAtKey('must be a label name, not an empty text')
  }
  return labels
}
