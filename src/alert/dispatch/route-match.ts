import type { Labels } from '../../model/labels.ts'

/** A node of the routing tree, with what it takes over from the nodes above filled in. */
export interface DispatchRoute {
  /** Unique in the tree. */
  readonly id: string
  /** The matchers on the way to it, as group keys begin: `{}/{severity="page"}`. */
  readonly key: string
  readonly receiver: string
  /** `'all'` is `group_by: ['...']`. */
  readonly groupBy: ReadonlySet<string> | 'all'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  /** `labels:` of the route; values may be templates. */
  readonly labels: Readonly<Record<string, string>>
}

/** The routing tree: the nodes that alerts of these labels go to. */
export type MatchRoutes = (labels: Labels) => readonly DispatchRoute[]
