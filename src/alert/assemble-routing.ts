import type { AlertmanagerRules } from './alertmanager.ts'
import type { AlertmanagerConfig } from './config/alertmanager-config.ts'
import { InhibitIndex } from './inhibit.ts'
import { buildRoutes, matchRoutes } from './route.ts'
import { isActive } from './time-interval.ts'

/** The part of a configuration that decides who is told, and needs nobody to tell. */
export type Routing = Pick<
  AlertmanagerRules,
  'matchRoutes' | 'routes' | 'inhibitor' | 'isInInterval'
>

/** Makes the routing tree, inhibitions and time intervals of a configuration. */
export function assembleRouting(config: AlertmanagerConfig): Routing {
  const root = buildRoutes(config.route)
  const inhibitor = new InhibitIndex(config.inhibitRules)
  const intervals = new Map(
    [...config.muteTimeIntervals, ...config.timeIntervals].map((each) => [
      each.name,
      each.intervals,
    ]),
  )
  return {
    matchRoutes: (labels) => matchRoutes(root, labels),
    routes: root,
    inhibitor: {
      take: (alert) => inhibitor.set(alert),
      forget: (fingerprints) => fingerprints.forEach((each) => inhibitor.delete(each)),
      inhibitedBy: (alert, atMs) => inhibitor.inhibitedBy(alert.labels, atMs),
    },
    isInInterval: (name, atMs) => isActive(intervals.get(name) ?? [], atMs),
  }
}
