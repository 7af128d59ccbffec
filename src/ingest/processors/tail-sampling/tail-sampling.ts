import { messageOf } from '../../../model/problem.ts'
import { readGoDuration } from '../../../yaml/go-duration.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { ProcessorContext, ProcessorKind } from '../processor.ts'
import { readPolicy } from './policies.ts'
import { WaitingTraces, type SamplingCounts, type TailSamplingSettings } from './waiting-traces.ts'

/** How often traces are decided on. */
const TICK_MS = 1000
const DEFAULT_WAIT_MS = 30_000
const DEFAULT_TRACES = 50_000

/**
 * The processor `tail_sampling`: spans wait until their trace should be whole, then policies decide. What waits is in memory and was
 * accepted, as in the collector: at a clean end it is decided on at once, after a crash it is lost.
 */
export const tailSampling: ProcessorKind = {
  name: 'tail_sampling',
  signals: ['traces'],
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('policies must be set')
    const settings = readSettings(map)
    map.finish()
    return {
      spans: (next, context) => {
        const waiting = new WaitingTraces(settings, next, countsOf(context), context.nowMs)
        const timer = setInterval(() => void waiting.decideDue(), TICK_MS)
        timer.unref()
        context.onEnd(async () => {
          clearInterval(timer)
          await waiting.decideAll()
        })
        return { append: (batch) => waiting.add(batch) }
      },
    }
  },
}

function readSettings(map: YamlMap): TailSamplingSettings {
  const wait = readGoDuration(map.key('decision_wait')) ?? DEFAULT_WAIT_MS
  if (wait <= 0) map.key('decision_wait').error('must be above 0')
  const list = map.key('policies')
  const policies = (list.asList() ?? []).flatMap((item) => readPolicy(item) ?? [])
  if ((list.asList() ?? []).length === 0) map.node.error('policies must have at least one policy')
  const cache = map.key('decision_cache').asMap()
  const remembered = ['sampled_cache_size', 'non_sampled_cache_size'].map(
    (name) => cache?.key(name).asInteger({ min: 0 }) ?? 0,
  )
  cache?.finish()
  map.key('expected_new_traces_per_sec').asInteger({ min: 0 })
  for (const name of ['decision_wait_after_root_received', 'maximum_trace_size_bytes']) {
    const key = map.key(name)
    if (key.isPresent)
      key.warnAtKey('has no effect: decision_wait alone decides how long a trace waits')
  }
  for (const name of [
    'drop_pending_traces_on_shutdown',
    'block_on_overflow',
    'sample_on_first_match',
  ]) {
    map.key(name).asBool()
  }
  const maxTraces = map.key('num_traces').asInteger({ min: 1, max: 5_000_000 }) ?? DEFAULT_TRACES
  return {
    decisionWaitMs: wait,
    maxTraces,
    policies,
    maxDecisions: Math.max(maxTraces, ...remembered),
  }
}

function countsOf({ registry, name, log }: ProcessorContext): SamplingCounts {
  const decided = registry.counterBy(
    'otelcol_processor_tail_sampling_count_traces_sampled_total',
    'Count of traces that were sampled or not per sampling policy.',
    ['policy', 'sampled'],
  )
  const counter = (what: string, help: string) =>
    registry
      .counterBy(`otelcol_processor_tail_sampling_${what}_total`, help, ['processor'])
      .with(name)
  const early = counter(
    'sampling_trace_dropped_too_early',
    'Count of traces that were decided on early because too many waited.',
  )
  const late = counter('sampling_late_spans', 'Count of spans that came after the decision.')
  return {
    decided: (policy, isSampled) => decided.with(policy, String(isSampled)).inc(),
    early: () => early.inc(),
    late: (spans) => late.inc(spans),
    fault: (thrown, spans) =>
      log.error('sampled spans could not be stored', { reason: messageOf(thrown), spans }),
  }
}
