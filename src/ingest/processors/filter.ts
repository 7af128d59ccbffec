import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { Condition } from '../ottl/compile.ts'
import { CONTEXTS, type OttlContext } from '../ottl/path.ts'
import { filterPoints, filterRecords, filterSpans, type Keeps } from './filtering.ts'
import { readIncludeExclude } from './match-properties.ts'
import { readCondition, readConditions, readErrorMode } from './ottl-text.ts'
import { SIGNALS, type ProcessorContext, type ProcessorKind, type Signal } from './processor.ts'

/** The processor `filter`: what one of the conditions is true of is taken away, and counted, not refused. */
export const filter: ProcessorKind = {
  name: 'filter',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('needs conditions')
    readErrorMode(map.key('error_mode'))
    const traces = keepsOf([
      ...readSection(map.key('traces'), 'traces', { span: 'span' }),
      ...readFlat(map.key('trace_conditions'), 'traces', 'span'),
      ...readOld(map.key('spans')),
    ])
    const logs = keepsOf([
      ...readSection(map.key('logs'), 'logs', { log_record: 'log' }),
      ...readFlat(map.key('log_conditions'), 'logs', 'log'),
    ])
    const metrics = keepsOf([
      ...readSection(map.key('metrics'), 'metrics', { metric: 'metric', datapoint: 'datapoint' }),
      ...readFlat(map.key('metric_conditions'), 'metrics', 'datapoint'),
    ])
    map.finish()
    return {
      ...(traces === undefined
        ? {}
        : { spans: (next, context) => filterSpans(next, traces, counterOf(context, 'spans')) }),
      ...(logs === undefined
        ? {}
        : { logs: (next, context) => filterRecords(next, logs, counterOf(context, 'logs')) }),
      ...(metrics === undefined
        ? {}
        : {
            metrics: (next, context) =>
              filterPoints(next, metrics, counterOf(context, 'datapoints')),
          }),
    }
  },
}

function counterOf({ registry, name }: ProcessorContext, what: 'spans' | 'logs' | 'datapoints') {
  return registry
    .counterBy(
      `otelcol_processor_filter_${what}_filtered_total`,
      `Number of ${what} that a filter took away.`,
      ['filter'],
    )
    .with(name)
}

/** Undefined when nothing is taken away. */
function keepsOf(drops: readonly Condition[]): Keeps | undefined {
  if (drops.length === 0) return undefined
  return (editor, row) => !drops.some((isMeant) => isMeant(editor, row))
}

/** A section of a signal: lists of conditions by their context, or the older `include` and `exclude`. */
function readSection(
  node: YamlNode,
  signal: Signal,
  lists: Readonly<Record<string, OttlContext>>,
): Condition[] {
  const map = node.asMap()
  if (map === undefined) return []
  const conditions = Object.entries(lists).flatMap(([name, context]) =>
    readConditions(map.key(name), { signal, context }),
  )
  const events = signal === 'traces' ? map.key('spanevent') : undefined
  if (events?.isPresent === true) events.warnAtKey('has no effect: events of spans all stay')
  const old = signal === 'traces' ? [] : readOldOf(map)
  map.finish()
  return [...conditions, ...old]
}

/** The newest form: a list of conditions, or of groups with a context of their own. */
function readFlat(node: YamlNode, signal: Signal, fallback: OttlContext): Condition[] {
  return (node.asList() ?? []).flatMap((item): Condition[] => {
    if (!item.isMap) {
      return [readCondition(item, { signal, context: undefined }, fallback) ?? []].flat()
    }
    const map = item.asMap()
    if (map === undefined) return []
    const context = map.key('context').asOneOf(CONTEXTS[signal])
    readErrorMode(map.key('error_mode'))
    const conditions = (map.key('conditions').asList() ?? []).flatMap(
      (each) => readCondition(each, { signal, context }, fallback) ?? [],
    )
    map.finish()
    return conditions
  })
}

function readOld(node: YamlNode): Condition[] {
  const map = node.asMap()
  if (map === undefined) return []
  const old = readOldOf(map)
  map.finish()
  return old
}

function readOldOf(map: YamlMap): Condition[] {
  const isMeant = readIncludeExclude(map)
  return isMeant === undefined ? [] : [(editor, row) => !isMeant(editor, row)]
}
