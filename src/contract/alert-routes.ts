import type { AlertMatcherJson, LabelSetJson } from './alertmanager.ts'

/**
 * `GET /api/vedette/routes`: the routing tree in force. With `label` parameters (`label=severity="critical"`, each `NAME=VALUE`)
 * it also tells where alerts of these labels go.
 */
export interface AlertRoutesJson {
  readonly root: AlertRouteJson
  /** Only where labels were given. */
  readonly way?: AlertWayJson
}

export interface AlertWayJson {
  readonly labels: LabelSetJson
  /** Ids of the routes that take the alert, in the order in which they are tried. */
  readonly ends: readonly string[]
  /** Ids of all routes on the ways there, from the root on. */
  readonly path: readonly string[]
}

/** A node, with what it takes over from the nodes above filled in. */
export interface AlertRouteJson {
  /** Unique in the tree. */
  readonly id: string
  /** The node's own; none: it takes what reaches it. */
  readonly matchers: readonly AlertMatcherJson[]
  readonly receiver: string
  /** `['...']`: by all labels. */
  readonly groupBy: readonly string[]
  /** Whether the routes after it are tried too when it matched. */
  readonly continues: boolean
  /** Durations as Prometheus writes them: `30s`. */
  readonly groupWait: string
  readonly groupInterval: string
  readonly repeatInterval: string
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  /** Names of the intervals that mute it now. */
  readonly mutedBy: readonly string[]
  /** Where it stands in the file, from 1. */
  readonly line: number
  readonly routes: readonly AlertRouteJson[]
}
