import type { YamlNode } from '../../yaml/node.ts'
import { PASSING, SIGNALS, type ProcessorKind } from './processor.ts'
import { readGoDuration } from '../../yaml/go-duration.ts'

/**
 * The processor `batch`: checked, and nothing more. The stores gather what comes until they write (one second at most), and exporters to
 * others what waits for them, so that a batch of its own would only make senders wait.
 */
export const batch: ProcessorKind = {
  name: 'batch',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return PASSING
    readGoDuration(map.key('timeout'))
    const size = map.key('send_batch_size').asInteger({ min: 0 })
    const most = map.key('send_batch_max_size')
    const mostSize = most.asInteger({ min: 0 })
    if (mostSize !== undefined && mostSize > 0 && mostSize < (size ?? 8192)) {
      most.error(`must be at least send_batch_size (${size ?? 8192})`)
    }
    const keys = map.key('metadata_keys')
    if (keys.isPresent) keys.warnAtKey('has no effect: metadata of requests is not kept')
    keys.asStrings()
    map.key('metadata_cardinality_limit').asInteger({ min: 0 })
    map.finish()
    return PASSING
  },
}

/** The processor `memory_limiter`: checked. The whole program has one bound for memory, and refuses what it cannot hold by itself. */
export const memoryLimiter: ProcessorKind = {
  name: 'memory_limiter',
  signals: SIGNALS,
  read: (node) => {
    const map = node.asMap()
    if (map === undefined) return node.errorAtKey('check_interval and a limit must be set')
    const interval = map.key('check_interval')
    if (interval.isEmpty) node.error('check_interval must be set')
    else if (readGoDuration(interval) === 0) interval.error('must be above 0')
    const limits = [map.key('limit_mib'), map.key('limit_percentage')]
    if (limits.every((each) => each.isEmpty)) {
      node.error('limit_mib or limit_percentage must be set')
    }
    for (const each of [...limits, map.key('spike_limit_mib'), map.key('spike_limit_percentage')]) {
      readLimit(each)
    }
    for (const name of ['min_gc_interval_when_soft_limited', 'min_gc_interval_when_hard_limited']) {
      readGoDuration(map.key(name))
    }
    map.finish()
    node.warnAtKey(
      'memory.budget bounds the whole program instead, and pushes wait or are refused by it',
    )
    return PASSING
  },
}

function readLimit(node: YamlNode): void {
  node.asInteger({ min: 0, max: node.name.endsWith('percentage') ? 100 : 1 << 30 })
}
