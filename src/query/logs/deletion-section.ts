import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** What a Loki file says of requests to delete lines. */
export interface LineDeletionSettings {
  /** `deletion_mode` of `limits_config` is not `disabled`. */
  readonly isEnabled: boolean
  /**
   * How long lines that are to be deleted are only hidden: `delete_request_cancel_period` of `compactor`, for ever with the mode
   * `filter-only`. Loki's default is a day; here lines are deleted at once unless a period is set.
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
  const mode = readMode(limits?.key('deletion_mode'))
  return {
    isEnabled: mode !== 'disabled',
    cancelPeriodMs:
      mode === 'filter-only'
        ? Number.POSITIVE_INFINITY
        : (cancelPeriodMs ?? DEFAULT_LINE_DELETION.cancelPeriodMs),
  }
}

function readMode(node: YamlNode | undefined): string {
  const mode = node?.asString() ?? 'filter-and-delete'
  if (!MODES.includes(mode)) node?.error(`must be one of ${MODES.join(', ')}`)
  return mode
}
