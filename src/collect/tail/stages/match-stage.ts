import type { Stage } from '../../../lang/logql/ast.ts'
import { formatFault } from '../../../lang/logql/fault.ts'
import { parse } from '../../../lang/logql/parse.ts'
import {
  compileStages as compileLineStages,
  runStages,
} from '../../../lang/logql/pipeline/compile.ts'
import { LineLabels } from '../../../lang/logql/pipeline/line-labels.ts'
import { ParserHints } from '../../../lang/logql/pipeline/parser-hints.ts'
import type { Labels } from '../../../model/labels.ts'
import { matcher, type Matcher } from '../../../model/matcher.ts'
import { messageOf } from '../../../model/problem.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { chain } from './chain.ts'
import type { LogEntry } from './entry.ts'
import { readRequired, readSettings } from './settings.ts'
import type { CompiledStage, StageEnv, StageList, StageSpec } from './stage.ts'

const NAMES = ['selector', 'stages', 'action', 'pipeline_name', 'drop_counter_reason']

interface Selector {
  readonly matchers: readonly Matcher[]
  /** Line filters. */
  readonly filters: readonly Stage[]
}

interface MatchSettings {
  readonly selector: Selector
  readonly action: 'keep' | 'drop'
  readonly stages: StageList
  readonly reason: string
}

/** `match`: stages for the lines that a selector of LogQL with line filters accepts, or `action: drop` for them. */
export function readMatch(
  node: YamlNode,
  readNested: (stages: YamlNode) => StageList,
): StageSpec['compile'] | undefined {
  const settings = readSettings(node, NAMES, (map) => readMatchSettings(map, readNested))
  return settings && ((env) => matchStage(settings, env))
}

function readMatchSettings(
  map: YamlMap,
  readNested: (stages: YamlNode) => StageList,
): MatchSettings | undefined {
  const name = map.key('pipeline_name')
  if (name.isScalar && name.asString() === '') name.error('must not be empty; leave it out instead')
  const actionNode = map.key('action')
  const isUnsaid = actionNode.isScalar && actionNode.asString() === ''
  const action = (isUnsaid ? undefined : actionNode.asOneOf(['keep', 'drop'])) ?? 'keep'
  const stagesNode = map.key('stages')
  const stages = readNested(stagesNode)
  const hasStages = (stagesNode.asList() ?? []).length > 0
  if (action === 'keep' && !hasStages && actionNode.asString() !== 'drop') {
    map.node.errorAtKey('needs at least one stage in stages, unless action is drop')
  }
  if (action === 'drop' && hasStages) {
    stagesNode.errorAtKey('excludes action: drop, which lets the line fall')
  }
  const reason = map.key('drop_counter_reason').asString() ?? ''
  const selector = readSelector(map)
  if (selector === undefined) return undefined
  return { selector, action, stages, reason: reason === '' ? 'match_stage' : reason }
}

function readSelector(map: YamlMap): Selector | undefined {
  const node = map.key('selector')
  const text = readRequired(map, 'selector')
  if (text === undefined) return undefined
  const { expr, faults } = parse(text, { allowsAll: true })
  if (expr === undefined) return node.errorWithin(faults[0].start, formatFault(text, faults[0]))
  const isFilter = (stage: Stage): boolean => stage.kind === 'line_filter'
  if (expr.kind !== 'log' || !expr.stages.every(isFilter)) {
    return node.error(
      'must be a stream selector with line filters, such as {app="nginx"} |= "error"; parsers and label filters are stages here',
    )
  }
  try {
    compileLineStages(expr.stages)
  } catch (thrown) {
    return node.error(messageOf(thrown))
  }
  const matchers = expr.selector.matchers.map(({ name, op, value }) => matcher(name, op, value))
  return { matchers, filters: expr.stages }
}

function matchStage(settings: MatchSettings, env: StageEnv): CompiledStage {
  const isMatch = testerOf(settings.selector)
  if (settings.action === 'drop') {
    return {
      step: (entry) => {
        if (!isMatch(entry)) return true
        env.drop(settings.reason)
        return false
      },
    }
  }
  const stages = settings.stages.map((spec) => ({ name: spec.name, compiled: spec.compile(env) }))
  return {
    open: (next, place) => {
      const nested = chain(stages, next, place, env.observer)
      return {
        push: (entry) => {
          if (isMatch(entry)) nested.push(entry)
          else next(entry)
        },
        flush: (nowMs, force) => nested.flush(nowMs, force),
        heldFrom: () => nested.heldFrom(),
      }
    },
    stop: () => {
      for (const { compiled } of stages) compiled.stop?.()
    },
  }
}

/** Whether an entry is accepted. What the matchers say of a label set is kept: label sets are few. */
function testerOf({ matchers, filters }: Selector): (entry: LogEntry) => boolean {
  const known = new WeakMap<Labels, boolean>()
  const fits = (labels: Labels): boolean => {
    let answer = known.get(labels)
    if (answer === undefined) {
      answer = matchers.every((each) => each.matches(labels.get(each.name)))
      known.set(labels, answer)
    }
    return answer
  }
  if (filters.length === 0) return ({ labels }) => fits(labels)
  const ready = compileLineStages(filters)
  const inHand = { text: '', timestampNs: 0n, labels: new LineLabels(ParserHints.all()) }
  return ({ labels, line }) => {
    if (!fits(labels)) return false
    inHand.text = line
    return runStages(ready, inHand)
  }
}
