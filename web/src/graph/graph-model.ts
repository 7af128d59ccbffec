/** A thing in a graph. */
export interface GraphNode {
  readonly id: string
  readonly title: string
  /** What kind of thing it is; empty for none. */
  readonly subtitle: string
  /** Figures below the title, the most important first. */
  readonly figures: readonly string[]
  /** What is wrong with it, in a word. */
  readonly warning?: string
  /** Parts of the ring around the icon; they add up to 1 at most. */
  readonly shares: readonly { readonly share: number; readonly color: string }[]
  /** The colour of the whole, where there are no shares. */
  readonly color?: string
  /** Its details, for who points at it or does not see it. */
  readonly description: string
}

/** What leads from one thing to another. */
export interface GraphEdge {
  readonly id: string
  readonly source: string
  readonly target: string
  /** On the line; empty for none. */
  readonly label: string
  readonly color?: string
  readonly isBad?: boolean
  /** In CSS pixels. */
  readonly thickness?: number
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}
