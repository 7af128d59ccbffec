import type { SpanGeneratorSettings } from './settings.ts'
import { TEMPO_GENERATOR } from './tempo-form.ts'

/**
 * Which generators run: those of connectors that are used, and Tempo's. Where no Tempo file says anything of metrics (`'unsaid'`), its
 * generator is on and leaves to connectors what they make: two generators of one kind would write the same calls twice.
 */
export function joinGenerators(
  tempo: SpanGeneratorSettings | undefined | 'unsaid',
  connectors: readonly SpanGeneratorSettings[],
): readonly SpanGeneratorSettings[] {
  if (tempo !== 'unsaid') return tempo === undefined ? connectors : [tempo, ...connectors]
  const spanMetrics = connectors.some((one) => one.spanMetrics !== undefined)
    ? undefined
    : TEMPO_GENERATOR.spanMetrics
  const serviceGraph = connectors.some((one) => one.serviceGraph !== undefined)
    ? undefined
    : TEMPO_GENERATOR.serviceGraph
  if (spanMetrics === undefined && serviceGraph === undefined) return connectors
  return [{ ...TEMPO_GENERATOR, spanMetrics, serviceGraph }, ...connectors]
}
