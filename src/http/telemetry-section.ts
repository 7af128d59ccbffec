import type { OwnTraceSettings } from '../self/own-traces.ts'
import type { YamlNode } from '../yaml/node.ts'

/** One request in a hundred, and every query of a second and more. */
const DEFAULTS: OwnTraceSettings = { sampling: 0.01, slowMs: 1000 }

/** `telemetry.traces` of vedette.yml: which requests of this program become traces in itself. `false` is none. */
export function readTelemetry(node: YamlNode | undefined): OwnTraceSettings {
  const map = node?.asMap()
  const traces = map?.key('traces')
  const settings = readTraces(traces)
  map?.finish()
  return settings
}

function readTraces(node: YamlNode | undefined): OwnTraceSettings {
  if (node?.isPresent !== true) return DEFAULTS
  if (node.isScalar) return node.asBool() === false ? { ...DEFAULTS, sampling: 0 } : DEFAULTS
  const map = node.asMap()
  const share = map?.key('sampling')
  const sampling = share?.asNumber()
  if (sampling !== undefined && !(sampling >= 0 && sampling <= 1))
    share?.error('must be from 0 (none) to 1 (all)')
  const slowMs = map?.key('slow_query').durationMs()
  map?.finish()
  return { sampling: sampling ?? DEFAULTS.sampling, slowMs: slowMs ?? DEFAULTS.slowMs }
}
