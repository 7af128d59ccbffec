import type { YamlNode } from '../../../yaml/node.ts'
import { readSettings } from './settings.ts'
import type { StageSpec } from './stage.ts'

/** `sampling`: keeps a share of the lines, each by its own chance. */
export function readSampling(node: YamlNode): StageSpec['compile'] | undefined {
  const settings = readSettings(node, ['rate', 'drop_counter_reason'], (map) => {
    const key = map.key('rate')
    const rate = key.asNumber() ?? 0
    if (key.isEmpty) node.warnAtKey('rate is not set, so that no line stays')
    if (!(rate >= 0 && rate <= 1)) key.error(`must be from 0 to 1, not ${rate}`)
    const reason = map.key('drop_counter_reason').asString() ?? ''
    return { rate, reason: reason === '' ? 'sampling_stage' : reason }
  })
  return (
    settings &&
    (({ drop }) => ({
      step: () => {
        if (Math.random() < settings.rate) return true
        drop(settings.reason)
        return false
      },
    }))
  )
}
