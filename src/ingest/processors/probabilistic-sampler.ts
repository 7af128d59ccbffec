import type { BatchEditor } from './editor.ts'
import { filterRecords, filterSpans } from './filtering.ts'
import type { ProcessorContext, ProcessorKind } from './processor.ts'

/** OpenTelemetry's random part of a trace id: its last 56 bits. */
const TWO_56 = 2 ** 56

/**
 * The processor `probabilistic_sampler`: of so many per cent of traces everything is kept, of the others nothing. The random bits of the
 * trace id decide (OpenTelemetry's consistent probability sampling), so that all samplers of the same share choose the same traces. Log
 * records without a trace id are decided by chance.
 */
export const probabilisticSampler: ProcessorKind = {
  name: 'probabilistic_sampler',
  signals: ['traces', 'logs'],
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('sampling_percentage must be set')
    const place = map.key('sampling_percentage')
    const share = (place.asNumber() ?? 0) / 100
    if (place.isEmpty) node.error('sampling_percentage must be set')
    else if (share < 0) place.error('must not be negative')
    const seed = map.key('hash_seed')
    if (seed.isPresent) seed.warnAtKey('has no effect: the random bits of the trace id decide')
    const mode = map.key('mode').asOneOf(['hash_seed', 'proportional', 'equalizing', ''])
    if (mode === 'equalizing') map.key('mode').warn('is read as proportional')
    for (const name of ['attribute_source', 'from_attribute', 'sampling_priority']) {
      const key = map.key(name)
      if (key.isPresent) key.warnAtKey('has no effect: the trace id decides')
    }
    map.key('fail_closed').asBool()
    map.key('sampling_precision').asInteger({ min: 1, max: 14 })
    map.finish()
    const keeps = (editor: BatchEditor, row: number): boolean => {
      if (editor.signal === 'metrics') return true
      return isSampled(editor.batch.traceIds, row, share)
    }
    return {
      spans: (next, context) => filterSpans(next, keeps, counterOf(context, 'spans')),
      logs: (next, context) => filterRecords(next, keeps, counterOf(context, 'logs')),
    }
  },
}

function counterOf({ registry, name }: ProcessorContext, what: 'spans' | 'logs') {
  return registry
    .counterBy(
      `otelcol_processor_probabilistic_sampler_${what}_dropped_total`,
      `Number of ${what} that were not sampled.`,
      ['processor'],
    )
    .with(name)
}

/** Whether the trace of a row is among that share of all traces. */
export function isSampled(traceIds: Uint8Array, row: number, share: number): boolean {
  if (share >= 1) return true
  const id = traceIds.subarray(row * 16 + 9, row * 16 + 16)
  let random = 0
  for (const byte of id) random = random * 256 + byte
  const isNone = random === 0 && traceIds.subarray(row * 16, row * 16 + 16).every((b) => b === 0)
  return (isNone ? Math.random() : random / TWO_56) >= 1 - share
}
