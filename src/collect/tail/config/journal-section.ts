import type { YamlNode } from '../../../yaml/node.ts'
import { readPath, type ReadContext } from '../../../yaml/context.ts'
import { readLabelSet } from '../../config/label-set.ts'
import { readGoDurationMs } from '../stages/settings.ts'

/** `journal:` of a scrape job. */
export interface JournalConfig {
  /** Older entries are not read, even when they were not read before. */
  readonly maxAgeMs: number
  /** Lines are all fields as JSON instead of the message. */
  readonly asJson: boolean
  readonly labels: Readonly<Record<string, string>>
  /** The folder of the journal's files; undefined: the system's. */
  readonly folder: string | undefined
  /** Arguments of journalctl: `FIELD=value` and `+`. */
  readonly matches: readonly string[]
}

const DEFAULT_MAX_AGE_MS = 7 * 3_600_000
const FIELD_MATCH = /^[A-Z0-9_]+=.+$/

/** Undefined when there is none. */
export function readJournal(node: YamlNode, context: ReadContext): JournalConfig | undefined {
  if (!node.isPresent) return undefined
  const map = node.asMap()
  const matches = map?.key('matches')
  const config: JournalConfig = {
    maxAgeMs: (map && readGoDurationMs(map.key('max_age'))) ?? DEFAULT_MAX_AGE_MS,
    asJson: map?.key('json').asBool() ?? false,
    labels: map === undefined ? {} : readLabelSet(map.key('labels'), 'legacy'),
    folder: map && readPath(map.key('path'), context),
    matches: matches === undefined ? [] : readMatches(matches),
  }
  map?.finish()
  return config
}

function readMatches(node: YamlNode): readonly string[] {
  const words = (node.asString() ?? '').split(/\s+/).filter((word) => word !== '')
  for (const word of words) {
    if (word !== '+' && !FIELD_MATCH.test(word)) {
      node.error(
        `must be FIELD=value, several with spaces or + between, not ${JSON.stringify(word)}`,
      )
    }
  }
  return words
}
