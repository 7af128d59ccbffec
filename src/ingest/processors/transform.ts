import type { YamlNode } from '../../yaml/node.ts'
import type { Condition, Statement } from '../ottl/compile.ts'
import { CONTEXTS, type OttlContext } from '../ottl/path.ts'
import type { BatchEditor } from './editor.ts'
import { readCondition, readErrorMode, readStatement } from './ottl-text.ts'
import { editing, SIGNALS, type ProcessorKind, type Signal } from './processor.ts'

const FALLBACKS: Readonly<Record<Signal, OttlContext>> = {
  ...{ traces: 'span', logs: 'log', metrics: 'datapoint' },
}

const SECTIONS: Readonly<Record<Signal, string>> = {
  ...{ traces: 'trace_statements', logs: 'log_statements', metrics: 'metric_statements' },
}

interface Step {
  readonly run: Statement
  /** Once for each metric, not for each of its points. */
  readonly isOfMetric: boolean
}

/**
 * The processor `transform`: statements of OTTL, one after the other. Unlike in the collector, a statement that changes the resource of a
 * span or record changes it for that one only, not for all that came under the same resource.
 */
export const transform: ProcessorKind = {
  name: 'transform',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('needs statements')
    readErrorMode(map.key('error_mode'))
    const [traces, metrics, logs] = SIGNALS.map((signal) => {
      const steps = readSteps(map.key(SECTIONS[signal]), signal)
      return steps.length === 0 ? undefined : editing((editor) => runSteps(steps, editor))
    })
    map.finish()
    return {
      ...(traces?.spans === undefined ? {} : { spans: traces.spans }),
      ...(metrics?.metrics === undefined ? {} : { metrics: metrics.metrics }),
      ...(logs?.logs === undefined ? {} : { logs: logs.logs }),
    }
  },
}

function runSteps(steps: readonly Step[], editor: BatchEditor): void {
  for (const { run, isOfMetric } of steps) {
    let owner = -1
    for (let row = 0; row < editor.rows; row++) {
      const isKnown = isOfMetric && editor.ownerOf(row) === owner
      owner = editor.ownerOf(row)
      if (!isKnown) run(editor, row)
    }
  }
}

function readSteps(node: YamlNode, signal: Signal): Step[] {
  return (node.asList() ?? []).flatMap((item): Step[] => {
    if (!item.isMap) return [readStep(item, signal, undefined, []) ?? []].flat()
    const map = item.asMap()
    if (map === undefined) return []
    const context = readContext(map.key('context'), signal)
    readErrorMode(map.key('error_mode'))
    const conditions = (map.key('conditions').asList() ?? []).flatMap(
      (each) => readCondition(each, { signal, context }, FALLBACKS[signal]) ?? [],
    )
    const steps = (map.key('statements').asList() ?? []).flatMap(
      (each) => readStep(each, signal, context, conditions) ?? [],
    )
    map.finish()
    return steps
  })
}

function readContext(node: YamlNode, signal: Signal): OttlContext | undefined {
  if (node.isScalar && node.asString() === 'spanevent') {
    return node.error('spanevent is not supported: events of spans are stored as they come')
  }
  return node.asOneOf(CONTEXTS[signal])
}

function readStep(
  node: YamlNode,
  signal: Signal,
  context: OttlContext | undefined,
  conditions: readonly Condition[],
): Step | undefined {
  const read = readStatement(node, { signal, context }, FALLBACKS[signal])
  if (read === undefined) return undefined
  const isOfMetric =
    signal === 'metrics' && (read.context === 'metric' || read.context === 'resource')
  if (conditions.length === 0) return { run: read.run, isOfMetric }
  // As in the collector, one of the conditions is enough.
  const run: Statement = (editor, row) => {
    if (conditions.some((holds) => holds(editor, row))) read.run(editor, row)
  }
  return { run, isOfMetric }
}
