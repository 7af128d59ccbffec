import type { LogsConfig } from './logs-config.ts'
import { readStreamSelector } from './logs-config.ts'
import { readMatch, readRetentionRules, readSeriesSelector } from './storage-config.ts'
import { matcher, type Matcher } from './model/matcher.ts'
import type { Retention } from './store/limits.ts'
import type { TracesConfig } from './tempo-config.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'

/** What vedette.yml says of how long one signal is kept; it goes before the file of Loki or Tempo. */
interface OwnRetention {
  readonly timeMs: number | undefined
  readonly sizeBytes: number | undefined
  readonly rules: Retention['rules']
}

/** `storage.logs` and `storage.traces`. */
export interface SignalRetention {
  readonly logs: OwnRetention
  readonly traces: OwnRetention
}

export function readSignalRetention(storage: YamlMap | undefined): SignalRetention {
  return {
    logs: readOwn(storage?.key('logs'), (rule) => readMatch(rule, readStreamSelector)),
    traces: readOwn(storage?.key('traces'), readTraceMatch),
  }
}

function readOwn(
  node: YamlNode | undefined,
  readMatchers: (rule: YamlMap) => readonly Matcher[] | undefined,
): OwnRetention {
  const map = node?.asMap()
  if (map === undefined) return { timeMs: undefined, sizeBytes: undefined, rules: [] }
  const size = map.key('retention_size')
  const sizeBytes = size.bytes()
  if (sizeBytes !== undefined && sizeBytes < 0) size.error('must not be negative')
  const time = map.key('retention_time').durationMs()
  const rules = readRetentionRules(map.key('retention'), readMatchers)
  map.finish()
  // 0 is the default, as it is for metrics.
  return { timeMs: time === 0 ? undefined : time, sizeBytes, rules }
}

/** `service: NAME`, or `match` with a selector of attributes of the resource. */
function readTraceMatch(rule: YamlMap): readonly Matcher[] | undefined {
  const service = rule.key('service')
  const match = rule.key('match')
  if (service.isEmpty === match.isEmpty) {
    return rule.node.error('either service or match must be set')
  }
  if (match.isEmpty) {
    const name = service.asString()
    return name === undefined ? undefined : [ofResource(matcher('service.name', '=', name))]
  }
  return readSeriesSelector(match)?.map(ofResource)
}

/** Attributes are kept with a letter that tells their type (model/attribute-value.ts); a selector means the text behind it. */
function ofResource(plain: Matcher): Matcher {
  return { ...plain, matches: (value) => plain.matches(value.slice(1)) }
}

interface RetentionSources {
  readonly retention: Retention
  readonly signalRetention: SignalRetention
  readonly logs: LogsConfig
  readonly traces: TracesConfig
}

/** How long log lines are kept: what vedette.yml says, then what the file of Loki says. By size as metrics, unless they have a bound of their own. */
export function retentionOfLogs({ retention, logs, signalRetention }: RetentionSources): Retention {
  const own = signalRetention.logs
  return {
    timeMs: own.timeMs ?? logs.retention.timeMs,
    sizeBytes: own.sizeBytes ?? retention.sizeBytes,
    rules: [...own.rules, ...logs.retention.rules],
  }
}

/** Traces are kept as vedette.yml says, then as a Tempo file says, or else as metrics are, without the rules of single metrics. */
export function retentionOfTraces({
  retention,
  traces,
  signalRetention,
}: RetentionSources): Retention {
  const own = signalRetention.traces
  return {
    timeMs: own.timeMs ?? traces.retentionMs ?? retention.timeMs,
    sizeBytes: own.sizeBytes ?? retention.sizeBytes,
    rules: own.rules,
  }
}
