import { Labels } from '../../model/labels.ts'
import { dropMetadata } from './label-sets.ts'

/**
 * With `promql-delayed-name-removal` the metric name (and what else describes a metric) is not dropped where a series becomes another
 * quantity, but at the end of the query, so that `label_replace` and `by (__name__)` still see it (promql/engine.go,
 * EnableDelayedNameRemoval). This remembers from whose label sets it is to be dropped. The mark is no part of a label set: sets that
 * are equal stay so, and what passes a set on passes on its mark.
 */
export class PendingNames {
  readonly #marked = new WeakSet<Labels>()

  /** The same label set, its name to be dropped. A copy, since the one given may be in use where its name stays. */
  mark(labels: Labels): Labels {
    if (this.#marked.has(labels) || dropMetadata(labels) === labels) return labels
    const copy = Labels.fromSortedFlat(labels.flat)
    this.#marked.add(copy)
    return copy
  }

  isMarked(labels: Labels): boolean {
    return this.#marked.has(labels)
  }

  /** The same label set, whose name stays. */
  unmark(labels: Labels): Labels {
    return this.#marked.has(labels) ? Labels.fromSortedFlat(labels.flat) : labels
  }

  /** What was made from a label set, marked as that is. */
  inherit(made: Labels, from: Labels): Labels {
    return this.#marked.has(from) ? this.mark(made) : made
  }

  /** At the end of the query. */
  settle(labels: Labels): Labels {
    return this.#marked.has(labels) ? dropMetadata(labels) : labels
  }
}
