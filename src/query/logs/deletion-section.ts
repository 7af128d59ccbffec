import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** What a Loki file says of requests to delete lines. */
export interface LineDeletionSettings {
  /** `deletion_mode` of `limits_config` is not `disabled`. */
  readonly isEnabled: boolean
  /**
   * `delete_request_cancel_period` of `compactor`. Loki waits a day by default and hides the lines meanwhile; here they are deleted at
   * once unless a period is set.
   */
  readonly cancelPeriodMs: number
}

export const DEFAULT_LINE_DELETION: LineDeletionSettings = { isEnabled: true, cancelPeriodMs: 0 }

const MODES = ['disabled', 'filter-only', 'filter-and-delete']

/** Reads `compactor` and the mode of `limits_config`. Other keys of `compactor` have no effect. */
export function readLineDeletion(
  compactor: YamlNode,
  limits: YamlMap | undefined,
): LineDeletionSettings {
  const map = compactor.isMap ? compactor.asMap() : undefined
  const cancelPeriodMs = map?.key('delete_request_cancel_period').durationMs()
  if (compactor.isPresent && (map === undefined || map.unread.length > 0)) {
    compactor.warnAtKey('only delete_request_cancel_period has an effect here')
  }
  return {
    isEnabled: readMode(limits?.key('deletion_mode')),
    cancelPeriodMs: cancelPeriodMs ?? DEFAULT_LINE_DELETION.cancelPeriodMs,
  }
}

function readMode(node: YamlNode | undefined): boolean {
  const mode = node?.asString()
  if (node === undefined || mode === undefined) return DEFAULT_LINE_DELETION.isEnabled
  if (!MODES.includes(mode)) node.error(`must be one of ${MODES.join(', ')}`)
  if (mode === 'filter-only') {
    node.warn('lines are not only hidden here: requests to delete are refused, as with disabled')
  }
  return mode === 'filter-and-delete'
}
