import type { Labels } from '../model/labels.ts'
import type { LogBatch } from '../model/lines.ts'
import { lineStart } from '../model/lines.ts'
import { DETECTED_LEVEL, levelOfSeverity, normalLogLevel } from '../model/log-level.ts'
import { createLevelFinder, type LevelFields } from './line-level.ts'

const SEVERITY_NUMBER = 'severity_number'

/**
 * Loki's `discover_log_levels` (pkg/distributor): each line has `detected_level` in its structured metadata, what a label says, or else its
 * metadata, or else its text. A level that was sent is kept, in Loki's spelling.
 */
export function discoverLevels(batch: LogBatch, fields: LevelFields): LogBatch {
  const find = createLevelFinder(fields)
  const ofStreams = batch.streams.map((labels) => firstOf(labels, fields.names))
  const sets = new LevelSets(batch.metadata)
  const ofMetadata = batch.metadata.map((labels) => levelInMetadata(labels, fields.names))
  const metadataIndex = new Uint32Array(batch.metadataIndex.length)
  for (let row = 0; row < metadataIndex.length; row++) {
    const set = batch.metadataIndex[row] as number
    const { given, found } = ofMetadata[set] as MetadataLevel
    const level =
      given ??
      ofStreams[batch.streamIndex[row] as number] ??
      found ??
      find(batch.bytes, lineStart(batch, row), batch.ends[row] as number)
    metadataIndex[row] = sets.withLevel(set, level)
  }
  return { ...batch, metadata: sets.all, metadataIndex }
}

interface MetadataLevel {
  /** What `detected_level` says itself. */
  readonly given: string | undefined
  /** What counts where no label says anything. */
  readonly found: string | undefined
}

function levelInMetadata(labels: Labels, names: readonly string[]): MetadataLevel {
  const given = labels.has(DETECTED_LEVEL) ? normalLogLevel(labels.get(DETECTED_LEVEL)) : undefined
  const severity = labels.get(SEVERITY_NUMBER)
  const found = firstOf(labels, names) ?? (severity === '' ? undefined : levelOfSeverity(severity))
  return { given, found }
}

function firstOf(labels: Labels, names: readonly string[]): string | undefined {
  const name = names.find((one) => labels.has(one))
  return name === undefined ? undefined : normalLogLevel(labels.get(name))
}

/** The sets of a batch, and those that they become with a level. */
class LevelSets {
  readonly all: Labels[]
  readonly #known: Map<string, number>[]

  constructor(sets: readonly Labels[]) {
    this.all = [...sets]
    this.#known = sets.map(() => new Map<string, number>())
  }

  withLevel(set: number, level: string): number {
    const known = this.#known[set] as Map<string, number>
    let made = known.get(level)
    if (made === undefined) {
      const labels = this.all[set] as Labels
      const isThere = labels.get(DETECTED_LEVEL) === level
      made = isThere ? set : this.all.push(labels.with({ [DETECTED_LEVEL]: level })) - 1
      known.set(level, made)
    }
    return made
  }
}
